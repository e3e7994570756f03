"""What a register says of a booked person, in the three words that places need."""

from enum import Enum


class Turnout(Enum):
    """Came (in whole or in part), missed without being excused, or excused."""

    CAME = "came"
    MISSED = "missed"
    EXCUSED = "excused"
