"""Tables of people in which small numbers are withheld, so that nothing that is printed gives them back."""

from app.evaluation.rules.statistics.suppression.publishing import suppressed

__all__ = ["suppressed"]
