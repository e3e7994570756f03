"""What each act here changes."""
