"""What is known of the letters about a booking."""

from datetime import datetime

from app.mail import queries as mail


def number_in(subject: str, kind: str) -> int:
    """The number in what a link or letter is about, such as 42 in "booking:42"; 0 when it is about something else."""
    name, _colon, number = subject.partition(":")
    return int(number) if name == kind and number.isascii() and number.isdigit() else 0


def left_at(subject: str) -> datetime | None:
    """When the latest letter about this left; none when none has."""
    return max((letter.sent_at for letter in mail.letters_about(subject, most=10) if letter.sent_at), default=None)
