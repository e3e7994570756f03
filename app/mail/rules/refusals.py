"""What a mail server's no is about: by the codes in its words (RFC 5321, 4.2.3; RFC 3463, 3) and, where there is only a plain code, by the command
that it answers. Sending, reports and offers ask here.

Most servers say at the receiver's turn what they have against us as well, so that a no came there tells nothing by itself.
"""

import re
from collections.abc import Iterable
from enum import Enum

ENHANCED, BASIC = re.compile(r"[45]\.\d{1,3}\.\d{1,3}"), re.compile(r"5\d\d")
CODES_STAND_IN = 6
"""So many of the first words: "It came back: 5.1.1 550 5.1.1 no such user"."""
UNSPECIFIED = "5.0.0"


class About(Enum):
    """Whom or what a no for good is about. `LEAVE`: whether we may send through this server, or to this place, at all."""

    RECEIVER = "the receiver's address"
    SENDER = "our own address"
    LEAVE = "whether we may"
    LETTER = "this letter, or the room that there is for it"


class Phase(Enum):
    """The command of the conversation to which a no is the answer."""

    SENDER = "MAIL FROM"
    RECEIVER = "RCPT TO"
    START = "DATA"
    END = "end of DATA"


IN_REPLY = "{} (in reply to {} command)"
"""How the record of a no says at which command it came, as Postfix writes it too."""
REPLY_TO = re.compile(r"\(in reply to ({}) command\)".format("|".join(phase.value for phase in Phase)))

OURS = (About.SENDER, About.LEAVE)
"""What the training team can put right; then the same letter is taken."""
BY_ENHANCED = (
    (re.compile(r"5\.1\.(?:[1-6]|10)|5\.2\.1|5\.4\.(?:4|310)"), About.RECEIVER),
    (re.compile(r"[45]\.1\.[78]"), About.SENDER),
    (re.compile(r"5\.7\.\d+"), About.LEAVE),
)
OF_EITHER = ("5.1.0", "5.4.1")
"""Said of an unknown receiver by some servers, and of the sender or of relaying by others: the words tell."""
BY_WORDS = (("recipient", About.RECEIVER), ("sender", About.SENDER), ("relay", About.LEAVE), ("", About.RECEIVER))
LATER, IN_TROUBLE = re.compile(r"4\d\d"), re.compile(r"421|4\.[345]\.\d{1,3}|4\.1\.[78]")
AGAINST_US, GREYLISTED = re.compile(r"4\.7\.\d{1,3}"), re.compile(r"gr[ea]y.?list|(?:try again|come back|retry) in", re.I)
"""Who greylists says it with the code of those who have something against us; only its words tell."""
ADDRESSES = re.compile(r"<[^>]*>|\S+@\S+")
OF_ADDRESSES, SIGN_IN = ("550", "551", "553", "556"), "530"
"""The plain codes that mean an address when they answer the command that gives it, and anything at other times: spam, a policy, the size."""
WHO = "(?:user|recipient|mailbox|account|address)"
NO_SUCH_ADDRESS = re.compile(
    rf"(?:no such|unknown) {WHO}|{WHO}.{{0,60}}(?:unknown|not found|not exist|unavailable|disabled)|recipient address rejected|mailbox name", re.I)
"""Words of a report that leave no doubt, where neither a code nor a command says what the no is about."""


def about(words: str) -> About | None:
    """What these words of a server, or of its report, are about; none when there is no code in them that says so.

    The enhanced code says more than the basic one, which is a "550" for many things. The first of several counts: one that says "not now" (4.4.7
    after days without an answer, say) is never about the address.
    """
    codes = _codes(words)
    enhanced = [code for code in codes if ENHANCED.fullmatch(code)]
    basic = [code for code in codes if BASIC.fullmatch(code)]
    said = next((code for code in enhanced if code != UNSPECIFIED), None)
    if said in OF_EITHER:
        return _by_words(words)
    if said is not None:
        return next((what for pattern, what in BY_ENHANCED if pattern.fullmatch(said)), About.LETTER)
    if basic:
        return _by_phase(basic[0], phase_of(words), words)
    return About.LETTER if enhanced else None


def _by_phase(code: str, phase: Phase | None, words: str) -> About:
    """What a plain code is about. Only at the receiver's turn, or where the words say so, it is their address."""
    if code == SIGN_IN:
        return About.LEAVE
    if code not in OF_ADDRESSES:
        return About.LETTER
    if phase is Phase.RECEIVER or (phase is None and NO_SUCH_ADDRESS.search(words)):
        return _by_words(words)
    return About.SENDER if phase is Phase.SENDER else About.LETTER


def _by_words(words: str) -> About:
    said = ADDRESSES.sub("", words).lower()
    return next(what for word, what in BY_WORDS if word in said)


def phase_of(words: str) -> Phase | None:
    """At which command these words came, if they say it."""
    found = REPLY_TO.search(words)
    return Phase(found.group(1)) if found else None


def of_one_receiver(words: str) -> bool:
    """Whether what was said at the receiver's turn concerns this one only, for now: greylisting, a full mailbox. Then the others go on, and nothing
    is wrong with how letters leave. Not when the server is in trouble itself, or has something against us."""
    codes = _codes(words)
    if _any(IN_TROUBLE, codes) or (_any(AGAINST_US, codes) and not GREYLISTED.search(words)):
        return False
    return _any(LATER, codes) or about(words) in (About.LETTER, About.RECEIVER)


def _any(pattern: re.Pattern[str], codes: Iterable[str]) -> bool:
    return any(pattern.fullmatch(code) for code in codes)


def _codes(words: str) -> list[str]:
    return [word.strip("#<>()[]:;,") for word in words.replace("-", " ").split()[:CODES_STAND_IN]]
