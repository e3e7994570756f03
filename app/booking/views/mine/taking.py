"""Taking a place: check and book."""

import secrets

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import EVERY_ROLE, access
from app.booking import services
from app.booking.forms.mine import BookForm, WorkForm
from app.booking.queries import facts, mine, programme, session_page
from app.booking.rules.states import BookingStatus
from app.booking.rules.terms import SHIPPED
from app.booking.views import blueprint
from app.booking.views.mine.showing import contact, deadline_of
from app.core import clock
from app.core.errors import Refused
from app.ui.dispatch import repeatable
from app.ui.widgets import choices

NO_AGENCY = "0"
HOPED = "place"


@blueprint.route("/sessions/<ref>/book", methods=["GET", "POST"])
@access(*EVERY_ROLE)
@repeatable
def book(ref: str) -> ResponseReturnValue:
    """Check and book: a person of whom nothing is missing needs the button only."""
    session_id, works = programme.to_book(ref, current_user.person_id) or abort(404)
    form = BookForm() if works else _work_form()
    if form.validate_on_submit():
        try:
            booked = _book(form, session_id)
        except Refused as no:
            form.refuse(no)
        else:
            missed = form.hoped.data == HOPED and booked.status is BookingStatus.WAITING
            return redirect(url_for("booking.booking", ref=booked.ref, new="late" if missed else "1"))
    return _book_page(ref, form)


def _book(form: BookForm, session_id: int) -> services.Taken:
    """What was asked for, done; the same form sent again finds what it did.

    Raises:
        Refused: the rule that stands in the way.
    """
    now = clock.now()
    work = services.Work(int(form.agency.data) or None, form.job_title.data) if isinstance(form, WorkForm) else None
    return services.take_place(
        session_id=session_id, person_id=current_user.person_id, by=current_user.name, now=now, wish=form.wish(), key=form.once.data or "",
        contact=contact(), work=work, times=form.shown_times(), terms=form.shown_terms(),
    )


def _book_page(ref: str, form: BookForm) -> ResponseReturnValue:
    now, person_id = clock.now(), current_user.person_id
    found = programme.session(ref, person_id) or abort(404)
    there = facts.there(found.session.id, person_id)
    if there is not None:  # with what was given back just now its own page has the button that takes it back
        return redirect(url_for("booking.booking", ref=there.ref))
    prospect = session_page.prospect(found.session, person_id, contact(), now)
    form.once.data = form.once.data or secrets.token_urlsafe(24)
    form.show_times(found.session)
    form.hoped.data = HOPED if prospect.state == "free" else "list"
    person = people.person(person_id)
    affiliation = person.affiliation if person else None
    terms = mine.terms(now)
    form.terms.data = str(terms.id if terms else 0)
    return render_template(
        "booking/book.html", form=form, found=found, session=found.session, person=person, affiliation=affiliation, prospect=prospect,
        manager=mine.name_at(affiliation.manager_email) if affiliation else "", terms=terms,
        terms_text=(terms.text if terms else SHIPPED).splitlines(), clashes=mine.clashes(person_id, found.session), sent=request.method == "POST",
        **deadline_of(prospect.policy, found.session.starts_at, now),
    )


def _work_form() -> WorkForm:
    form = WorkForm()
    form.agency.choices = choices([
        ("", "Choose one"), *people.agency_choices(), (NO_AGENCY, "Somewhere else, or nowhere at present"),
    ])
    return form
