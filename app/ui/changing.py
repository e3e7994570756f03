"""Forms that change what others may be changing too: what somebody else saved meanwhile is said before it is overwritten."""

from collections.abc import Mapping
from typing import Any

from wtforms import Field, HiddenField, SelectFieldBase

from app.core.tokens import digest
from app.ui.widgets import Form


class ChangeForm(Form):
    """A form over something that is there. `seen` stands for what the page showed of it."""

    seen = HiddenField()

    def is_unchanged(self, stands: Mapping[str, object]) -> bool:
        """Whether that which `stands` now, by field, is what the page showed.

        If not, the page says what is there now; nothing typed is lost, and sending it once more puts it in its place.
        """
        now = digest(repr(sorted(stands.items())))[:16]
        shown, self.seen.data = self.seen.data, now
        if not shown or shown == now:
            return True
        differing = [f"{self[name].label.text}: {_said(self[name], value)}" for name, value in stands.items()
                     if name in self and (self[name].data or None) != (value or None)]
        there = f" There is now: {'; '.join(differing)}." if differing else ""
        self.refuse(f"Somebody has changed this since you opened the page.{there} To put in its place what stands below, send it once more.")
        return False


def _said(field: Field, value: object) -> str:
    """A value as the field would show it."""
    if isinstance(field, SelectFieldBase):
        choices: list[Any] = list(field.iter_choices())
        return next((str(choice.label) for choice in choices if str(choice.value) == str(value)), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)
