"""What happens at each address of this room."""
