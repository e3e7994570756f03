"""What holds for forms on paper: which stages may be filled in on them, and what they say about who will read them."""

from app.evaluation.rules.stages import PRIVATE, Mode, Stage

ON_PAPER = (Stage.BEFORE, Stage.AFTER)
"""Those that people fill in at the session."""
NEWEST_SHEETS = 6
"""So many versions are offered when sheets are keyed in; older ones lie in nobody's drawer."""

PRIVATE_ON_PAPER = {
    Mode.CONFIDENTIAL: PRIVATE[Mode.CONFIDENTIAL] + " On paper, whoever keys in this sheet reads it and finds you by its reference.",
    Mode.ANONYMOUS: PRIVATE[Mode.ANONYMOUS] + " On paper: write no name. The sheets are mixed before anybody keys them in.",
}
"""What a sheet says of its mode: the words of the page, and what paper adds to who reads it."""


def sheet_name(version_id: int) -> str:
    """What a sheet bears to say from which version it was printed."""
    return f"V{version_id}"
