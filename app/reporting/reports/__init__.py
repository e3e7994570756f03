"""What reports contain, as plain data; how it looks is for the renderers."""
