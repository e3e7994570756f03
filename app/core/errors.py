"""A "no" that a person reads, the one case in which there is neither a yes nor a no, and what stops the start."""


class Refused(Exception):
    """An act was refused. The message is the sentence that the person reads: why, and what can be done."""


class OutcomeUnknown(Exception):
    """The connection to the database broke while an act was being kept: it may be kept, or not. Look before doing it again."""


class SettingsError(Exception):
    """A setting is missing or cannot work. The message names the variable and says what would be right."""
