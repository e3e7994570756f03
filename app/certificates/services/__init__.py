"""What is done to certificates. Each act is one transaction, and may be done again without harm."""
