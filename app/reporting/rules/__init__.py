"""What a report may count, say and show."""
