"""What a mail server's no is about, by the codes in its words (RFC 5321, 4.2.3; RFC 3463, 3). Sending, reports and offers ask here.

Most servers say at the receiver's turn what they have against us as well, so that a no came there tells nothing.
"""

import re
from enum import Enum

ENHANCED, BASIC = re.compile(r"5\.\d{1,3}\.\d{1,3}"), re.compile(r"5\d\d")
CODES_STAND_IN = 6
"""So many of the first words: "It came back: 5.1.1 550 5.1.1 no such user"."""
UNSPECIFIED = "5.0.0"


class About(Enum):
    """Whom or what a no for good is about. `LEAVE`: whether we may send through this server, or to this place, at all."""

    RECEIVER = "the receiver's address"
    SENDER = "our own address"
    LEAVE = "whether we may"
    LETTER = "this letter, or the room that there is for it"


OURS = (About.SENDER, About.LEAVE)
"""What the training team can put right; then the same letter is taken."""
BY_ENHANCED = (
    (re.compile(r"5\.1\.(?:[1-6]|10)|5\.2\.1|5\.4\.(?:4|310)"), About.RECEIVER),
    (re.compile(r"5\.1\.[78]"), About.SENDER),
    (re.compile(r"5\.7\.\d+"), About.LEAVE),
)
OF_EITHER = ("5.1.0", "5.4.1")
"""Said of an unknown receiver by some servers, and of the sender or of relaying by others: the words tell."""
BY_WORDS = (("recipient", About.RECEIVER), ("sender", About.SENDER), ("relay", About.LEAVE), ("", About.RECEIVER))
LATER, IN_TROUBLE = re.compile(r"4\d\d"), re.compile(r"421|4\.3\.\d{1,3}|4\.1\.[78]")
BY_BASIC = {"550": About.RECEIVER, "551": About.RECEIVER, "553": About.RECEIVER, "556": About.RECEIVER, "530": About.LEAVE}


def about(words: str) -> About | None:
    """What these words of a server, or of its report, are about; none when there is no code of a no for good in them.

    The enhanced code says more than the basic one, which is a "550" for many things.
    """
    codes = _codes(words)
    enhanced = [code for code in codes if ENHANCED.fullmatch(code)]
    basic = [code for code in codes if BASIC.fullmatch(code)]
    said = next((code for code in enhanced if code != UNSPECIFIED), None)
    if said in OF_EITHER:
        return next(what for word, what in BY_WORDS if word in words.lower())
    if said is not None:
        return next((what for pattern, what in BY_ENHANCED if pattern.fullmatch(said)), About.LETTER)
    if basic:
        return BY_BASIC.get(basic[0], About.LETTER)
    return About.LETTER if enhanced else None


def of_one_receiver(words: str) -> bool:
    """Whether what was said at the receiver's turn concerns this one only, for now: greylisting, a full mailbox. Then the others go on, and nothing
    is wrong with how letters leave. Not when the server is in trouble itself, or has something against us."""
    codes = _codes(words)
    later = any(LATER.fullmatch(code) for code in codes) and not any(IN_TROUBLE.fullmatch(code) for code in codes)
    return later or about(words) in (About.LETTER, About.RECEIVER)


def _codes(words: str) -> list[str]:
    return [word.strip("#<>()[]:;,") for word in words.replace("-", " ").split()[:CODES_STAND_IN]]
