"""What a chance is called in plain English, for the technical detail; never the headline, and never a cause."""

NOT_A_CAUSE = "This says nothing about whether the course was the cause."
FEWEST_CHANGED = 6
"""With fewer people who changed no result could look unlikely: the smallest two-sided chance of five is 1 in 16."""


def in_words(p: float) -> str:
    """How likely so large a difference is by chance alone."""
    if p < 0.001:
        return "very unlikely to be chance alone"
    if p < 0.01:
        return "unlikely to be chance alone"
    return "some evidence beyond chance" if p < 0.05 else "could be chance"


def verdict(signed_rank_p: float | None, sign_p: float | None, changed: int) -> str:
    """What the signed-rank test says, checked by the sign test, which needs no steps to be equal; `changed` is how many people changed."""
    if signed_rank_p is None or sign_p is None:
        return "nobody changed, so there is nothing to test"
    if changed < FEWEST_CHANGED:
        return "too few people changed to test"
    if (signed_rank_p < 0.05) != (sign_p < 0.05):
        return "unclear: two ways of testing disagree"
    return in_words(signed_rank_p)
