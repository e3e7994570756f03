"""Registers: who came, who came in part, who did not, who was excused, and who walked in."""
