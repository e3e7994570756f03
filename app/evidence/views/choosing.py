"""What can be chosen in the forms of this room, and how a page with one act runs."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.accounts import queries as people
from app.catalogue.queries import priority_choices
from app.core.errors import Refused
from app.evidence.queries.access import Scope
from app.ui.widgets import Form, SelectChoice, choices

NOBODY = (0, "None")


def priorities() -> list[SelectChoice]:
    """The catalogue's priorities, and none."""
    return choices([NOBODY, *priority_choices()])


def agencies(scope: Scope) -> list[SelectChoice]:
    """The agencies that the viewer may name: all for a coordinator, a lead's own otherwise."""
    known = people.agency_choices()
    if scope.everything:
        return choices([(0, "Not known, or several"), *known])
    return choices([one for one in known if one[0] in scope.agency_ids])


def acted(form: Form, act: Callable[[], Any], said: str, to: str, field: str = "") -> ResponseReturnValue | None:
    """Do it when the form was sent and can be, then on to `to`, where it is said. None: the page is to be shown (again)."""
    if not form.validate_on_submit():
        return None
    try:
        act()
    except Refused as no:
        form.refuse(no, field)
        return None
    flash(said)
    return redirect(to)


def act_page(form: Form, *, heading: str, over: str, lines: list[str], button: str, back: str, kind: str = "") -> str:
    """The page with one button: what it means in sentences, what is to be filled in, the button, the way back."""
    return render_template("ui/act.html", form=form, heading=heading, over=over, lines=lines, button=button, back=back, kind=kind,
                           keep="Change nothing", links=())
