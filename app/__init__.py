"""Uplift: training booking and impact evaluation. Imports nothing, so that reading a rule loads no web framework."""
