"""How numbers are said: rounded half up, with their base, and true for none, one and many."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def percent(count: int, of: int) -> int | None:
    """A share in whole hundredths, halves upwards; none of nothing."""
    if not of:
        return None
    share = Fraction(100 * count, of)
    return int((Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal(1), ROUND_HALF_UP))


def rounded(value: float | None, places: int = 1) -> str:
    """A number with so many places, halves upwards, as it is written."""
    if value is None:
        return "not known"
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def number(count: int | None) -> str:
    """A count with its thousands marked; a number that may not be shown says so."""
    return "withheld" if count is None else f"{count:,}"


def many(count: int | None, one: str, more: str | None = None) -> str:
    """"no sessions", "1 session", "32 sessions"."""
    more = more or f"{one}s"
    if count is None:
        return f"a withheld number of {more}"
    return f"no {more}" if count == 0 else f"{count:,} {one if count == 1 else more}"


def one_in(count: int | None, of: int) -> str:
    """"about 1 in 4", where the base is large enough to say so and neither side is small; else nothing."""
    if count is None or of < 10 or min(count, of - count) < 5:
        return ""
    nearest = int(Decimal(of / count).quantize(Decimal(1), ROUND_HALF_UP))
    return f"about 1 in {nearest}" if count * 2 <= of else f"{percent(count, of)} in 100"


def times(now: int, before: int) -> str:
    """"10.2 times as many as" for a change between two counts that are known; "as many as" when they are equal."""
    if before == now:
        return "as many as"
    return f"{rounded(now / before)} times as many as" if before else ""
