"""A "no" that a person reads, and one that stops the start."""


class Refused(Exception):
    """An act was refused. The message is the sentence that the person reads: why, and what can be done."""


class SettingsError(Exception):
    """A setting is missing or cannot work. The message names the variable and says what would be right."""
