"""Which stages may be keyed in from paper: those that people fill in at the session."""

from app.evaluation.rules.stages import Stage

ON_PAPER = (Stage.BEFORE, Stage.AFTER)
