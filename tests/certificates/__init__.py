"""Certificates: issued, ended, checked, printed; and the record of hours."""
