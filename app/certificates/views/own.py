"""A person's own certificates and hours: why one is not there yet, and the record of each year as page, PDF and table."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access
from app.certificates.forms import OpenForm
from app.certificates.queries import due, showing
from app.certificates.renderers import facts
from app.certificates.renderers.as_pdf import RECORD, SignMissing, as_pdf
from app.certificates.rules.record import Year, by_year
from app.certificates.services import issuing
from app.certificates.views import blueprint
from app.certificates.views.checking import pdf_headers
from app.core import clock
from app.core.errors import Refused
from app.core.spreadsheets import as_csv, attachment
from app.evaluation.rules.stages import Stage
from app.mail.office import office


@blueprint.route("/bookings/<ref>/certificate", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def of_booking(ref: str) -> ResponseReturnValue:
    """The certificate of one's own booking, or what is in its way. The button opens the questions that it may wait for."""
    booking, form = showing.own_booking(ref, current_user.person_id) or abort(404), OpenForm()
    if form.validate_on_submit():
        try:
            issuing.open_questions(booking_id=booking.id, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(url_for("evaluation.questionnaire", ref=ref, stage=Stage.AFTER.value), 303)
    held = due.held(booking.course_session_id)
    (one,) = due.on_register(booking.course_session_id, booking_id=booking.id) or (None,)
    return render_template(
        "certificates/of_booking.html", form=form, booking=booking, session=booking.course_session, terms=held.terms, attended=one,
        state=held.earned(one, clock.now()).value if one else "no_place", certificate=one.standing if one else None,
        ended=showing.ended_before(booking.id), lines=facts.certificate_lines(one.standing) if one and one.standing else (),
    )


@blueprint.route("/my-training/record")
@access(*EVERY_ROLE)
def record() -> ResponseReturnValue:
    """The hours of every year, with the certificates."""
    years = by_year(showing.record(current_user.person_id))
    return render_template("certificates/record.html", years=years, total=facts.total, time_shown=facts.time_shown)


@blueprint.route("/my-training/record/<form>")
@access(*EVERY_ROLE)
def record_file(form: str) -> ResponseReturnValue:
    """The record, of one year or of all, as PDF or as a table."""
    year = request.args.get("year", type=int)
    if form not in ("pdf", "csv") or (year is not None and not 1 <= year <= 9999):
        abort(404)
    years = by_year(showing.record(current_user.person_id, year=year))
    name = f"training-record{f'-{year}' if year else ''}.{form}"
    if form == "csv":
        return as_csv(facts.HEADER, facts.rows(years, address=f"{office().public_url}/certificates")), 200, attachment(name)
    return _pdf(years, year, name)


def _pdf(years: list[Year], year: int | None, name: str) -> ResponseReturnValue:
    now = clock.now()
    printed = facts.of_record(years, name=current_user.name, organisation=office().house.organisation, year=year, today=clock.london_date(now))
    try:
        pdf = as_pdf(RECORD, printed, timestamp=int(now.timestamp()))
    except SignMissing:
        return render_template("certificates/record.html", years=years, total=facts.total, time_shown=facts.time_shown, sign_missing=True)
    return pdf, 200, pdf_headers(name)
