"""The terms that people agree to when a coordinator has written none."""

SHIPPED = "\n".join((
    "A place is for you alone. If you cannot come, give it back, move to another date or send a colleague: each takes a minute, and somebody "
    "else may be waiting.",
    "Until the day and time that we show with your place, giving it back does not count as late. After that please do it all the same, and "
    "tell us why.",
    "Come on time and stay to the end: your certificate depends on how long you were there.",
    "What is said about children, families and colleagues in the room stays in the room, unless somebody is at risk of harm.",
    "We keep your booking, whether you came, and what you answer about the course, to run the training and to find out whether it works. "
    "What you need on the day is deleted 30 days after the session.",
))
"""Each line is a paragraph."""
