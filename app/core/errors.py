"""A "no" that a person reads."""


class Refused(Exception):
    """An act was refused. The message is the sentence that the person reads: why, and what can be done."""
