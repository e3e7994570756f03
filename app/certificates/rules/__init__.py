"""What is right here, without page or database."""
