"""What is the case here, read and never written."""
