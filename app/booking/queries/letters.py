"""What links and letters about bookings name."""

def number_in(subject: str, kind: str) -> int:
    """The number in what a link or letter is about, such as 42 in "booking:42"; 0 when it is about something else."""
    name, _colon, number = subject.partition(":")
    return int(number) if name == kind and number.isascii() and number.isdigit() else 0
