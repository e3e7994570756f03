"""Questionnaires before, after and months later; what changed in knowledge."""
