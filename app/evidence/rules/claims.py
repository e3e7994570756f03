"""What a story beside an indicator must not claim: a chart of an agency's cases cannot show that training was the reason."""

import re

from app.core.errors import Refused

OF_TRAINING = (
    r"(?:(?:the|this|our|its|their|that|new|recent|more|better|multi-agency|these|those)\s+){0,3}(?:\w+\s+){0,2}?"
    r"(?:training|course|courses|sessions?|programme|briefings?|workshops?|e-learning|learning)"
)
"""What may have been the reason, as somebody names it."""
CHANGED = (
    r"(?:(?:has|have|had|directly|clearly|really|also|helped|to)\s+){0,3}(?:increased?|improved?|reduced?|raised?|lowered|doubled|halved|boosted|"
    r"cut|brought (?:about|down|up)|made (?:the|a|our|all)|works?\b|worked|changed|drove|pushed|lifted)"
)
CLAIMS = (
    r"caus(?:e|es|ed|ing|ally)", r"prove[sdn]?", r"proving", r"proof", r"(?:led|leads?|leading) (?:directly )?to", r"attribut(?:ed|able) to",
    r"(?:driven|produced|achieved|explained|triggered|generated|brought about) by", r"responsible for",
    r"(?:results?|resulted|resulting|stem(?:s|med)?) from",
    r"(?:because|as a (?:direct )?(?:result|consequence)) of " + OF_TRAINING, r"(?:due|owing|thanks|down) to " + OF_TRAINING,
    r"(?:because|since) (?:we|staff|people|they|practitioners) (?:were |had been |have been |are )?trained",
    r"(?:shows?|showed|showing|demonstrates?|demonstrated|confirms?|confirmed|evidences?) (?:clearly )?(?:that |how )?" + OF_TRAINING,
    r"(?:the )?(?:impact|effect|success) of " + OF_TRAINING, OF_TRAINING + r" " + CHANGED,
)
_CLAIM = re.compile(r"\b(?:" + "|".join(CLAIMS) + r")\b", re.IGNORECASE)
"""Words that make training the reason, or anything the reason of anything: what a chart of an agency's cases cannot show."""
_DENIED = re.compile(
    r"\b(?!no (?:doubt|question)|not only|without (?:an?y? )?(?:doubt|question))"
    r"(?:not|cannot|never|no|neither|nor|whether|without|if|unclear|unknown)\b[^.;!?]*$|n[’']t\b[^.;!?]*$", re.IGNORECASE)


def claim_in(text: str) -> str | None:
    """The first words that claim more than a chart can show."""
    return next((found.group() for found in _CLAIM.finditer(text) if not _DENIED.search(text, 0, found.start())), None)


def check_modest(text: str) -> str:
    """The story as it may stand beside a chart.

    Raises:
        Refused: it says that training was the reason.
    """
    claim = claim_in(text)
    if claim:
        raise Refused(f"This says “{claim}”, and no chart can show that. Write “is consistent with”, and what else could explain it.")
    return text
