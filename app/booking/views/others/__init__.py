"""Places of people whom somebody looks after: a line manager's, an agency lead's, and leavers."""
