"""Forms that change what others may be changing too: what somebody else saved meanwhile is said before it is overwritten."""

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectFieldBase

from app.core.errors import Refused
from app.core.tokens import digest
from app.ui.widgets import Form


class ChangedMeanwhile(Refused):
    """What a form shows is not there any more."""


class ChangeForm(Form):
    """A form over something that is there. `seen` stands for what the page showed of it.

    A view asks `is_unchanged` for the page; the service that changes the thing calls `check` once it holds it, as of two who press at once
    each has read the same before.
    """

    seen = HiddenField()
    chooses: frozenset[str] = frozenset()
    """Fields that say which thing is changed, and are no part of how it stands."""
    meanwhile = "Somebody has changed this since you opened the page."

    def is_unchanged(self, stands: Mapping[str, object]) -> bool:
        """Whether that which `stands` now, by field, is what the page showed.

        If not, the page says what is there now; nothing typed is lost, and sending it once more puts it in its place.
        """
        changed = self._changed(stands)
        if changed:
            self.refuse(changed)
        return not changed

    def check(self, stands: Mapping[str, object]) -> None:
        """The same, of what stands while nobody else can change it.

        Raises:
            ChangedMeanwhile: it is not what the page showed, with what is there now.
        """
        changed = self._changed(stands)
        if changed:
            raise ChangedMeanwhile(changed)

    def refuse(self, sentence: object, field: str = "") -> None:
        """As any form does it; what concerns the whole form stands over it, wherever a refusal would stand."""
        super().refuse(sentence, "" if isinstance(sentence, ChangedMeanwhile) else field)

    def _changed(self, stands: Mapping[str, object]) -> str:
        now = digest(repr(sorted(stands.items())))[:16]
        shown, self.seen.data = self.seen.data, now
        shows = [field for field in self if not isinstance(field, (HiddenField, PasswordField)) and field.name not in self.chooses]
        differing = [field for field in shows if _plain(field.data) != _plain(stands.get(field.name))]
        if not shown or shown == now or not differing:  # the last when the same form came twice
            return ""
        there = "; ".join(f"{field.label.text}: {_said(field, stands.get(field.name))}" for field in differing)
        return (f"{self.meanwhile} There is now: {there}. "
                "To put in its place what stands below, send it once more.")


def _plain(value: object) -> object:
    """A value as it is compared: nothing is nothing however it is kept, lines end as they may, and what is chosen has no order."""
    if isinstance(value, str):
        return [line.strip() for line in value.strip().splitlines()] or None
    if isinstance(value, (list, tuple)):
        return sorted(map(str, value)) or None
    return value or None


def _said(field: Field, value: object) -> str:
    """A value as the field would show it."""
    if isinstance(field, BooleanField):
        return "yes" if value else "no"
    if value in (None, "", [], ()):
        return "nothing"
    if not isinstance(field, SelectFieldBase):
        return str(value)
    choices: list[Any] = list(field.iter_choices())
    labels = {str(choice.value): str(choice.label) for choice in choices}
    chosen = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(labels.get(str(one), str(one)) for one in chosen)
