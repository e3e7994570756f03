"""Certificates of attendance, whether each still stands, and the hours that a person may count for their profession."""
