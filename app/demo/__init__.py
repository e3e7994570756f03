"""A demonstration: the year 2024 in full, sessions in the coming months, and an account for each role."""
