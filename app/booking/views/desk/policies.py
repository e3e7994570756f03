"""The policies and terms of the partnerships: what holds, what held, what will hold, and adding the next."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.policies import PolicyForm, TermsForm, policy_as_typed, terms_as_typed
from app.booking.queries import desk_policies
from app.booking.rules.charges import money
from app.booking.rules.policy import Policy, WhenUnanswered
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.core import clock
from app.core.errors import Refused
from app.ui.filters import count
from app.ui.inputs import number_if_any, row_number
from app.ui.widgets import choices

COMMON = "Everybody without a policy of their own"


@blueprint.route("/desk/policies")
@access(Role.COORDINATOR)
def policies() -> ResponseReturnValue:
    """The policy of each partnership and the common one: in force, to come, past."""
    today, saved = clock.london_date(clock.now()), desk_policies.policies()
    areas = [(None, COMMON), *people.partnership_choices()]
    rows = []
    for number, name in areas:
        own = [one for one in saved if one.partnership_id == number]
        current = next((one for one in own if one.starts_on <= today), None)
        rows.append({
            "number": number, "name": name, "current": current, "lines": _in_words(desk_policies.in_force(saved, number, today)),
            "coming": [(one.starts_on, _in_words(one.policy)) for one in reversed(own) if one.starts_on > today],
            "past": [(one.starts_on, _in_words(one.policy)) for one in own if one.starts_on <= today and one is not current],
        })
    return render_template("booking/policies.html", rows=rows)


def _in_words(policy: Policy) -> list[str]:
    """A policy as a coordinator would read it aloud."""
    lines = [
        f"A place comes back in time until {policy.notice_words} before the session; giving back can be undone for "
        f"{count(policy.undo_minutes, 'minute')}.",
        f"An offer from the waiting list stands for {count(policy.offer_hours, 'hour')}, for {count(policy.near_offer_hours, 'hour')} when the "
        f"session is nearer than {count(policy.near_hours, 'hour')}, and nothing is offered in the last {count(policy.no_offers_hours, 'hour')}.",
        f"A request is answered within {count(policy.approval_days, 'working day')}; if nobody answers "
        f"{'it ends' if policy.when_unanswered is WhenUnanswered.ENDS else 'it goes on to the coordinator'}.",
        _reminders(policy), _strikes(policy),
    ]
    if policy.tell_manager:
        lines.append("Line managers get a copy.")
    return [*lines, _charges(policy)]


def _reminders(policy: Policy) -> str:
    days = " and ".join(count(day, "day") for day in policy.reminder_days)
    reminded = f"People are reminded {days} before" if days else "People are not reminded"
    joining = f"are told how to join {count(policy.joining_days, 'day')} before" if policy.joining_days else "are not told how to join"
    return f"{reminded}, and {joining}; a course may say otherwise."


def _strikes(policy: Policy) -> str:
    told = []
    if policy.strikes_note:
        told.append(f"from {policy.strikes_note} on a note is made")
    if policy.strikes_ask:
        told.append(f"from {policy.strikes_ask} on the coordinator decides about the next request")
    if not told:
        return "Missed sessions have no consequence."
    return f"Missed sessions count for {count(policy.strike_months, 'month')}: {', '.join(told)}."


def _charges(policy: Policy) -> str:
    if not policy.charges:
        return "Nothing is charged."
    outside = f", {money(policy.external_pence)} for people from {', '.join(policy.external_sectors)}" if policy.external_sectors else ""
    return f"Charged: {money(policy.late_pence)} for a late return, {money(policy.no_show_pence)} for a missed session{outside}."


@blueprint.route("/desk/policies/new", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def new_policy() -> ResponseReturnValue:
    """A policy from a day on; the form begins with what holds today."""
    now = clock.now()
    area = request.args.get("partnership", type=row_number)
    held = desk_policies.in_force(desk_policies.policies(), area, clock.london_date(now))
    form = PolicyForm(data={**policy_as_typed(held), "partnership": str(area or ""), "starts_on": clock.london_date(now)})
    form.partnership.choices = choices([("", COMMON), *people.partnership_choices()])
    form.external_sectors.choices = choices((name, name) for name in sorted({*desk_policies.sectors(), *held.external_sectors}))
    chosen = number_if_any(form.partnership.data)
    there = desk_policies.in_force(desk_policies.policies(), chosen, form.starts_on.data or clock.london_date(now))
    unchanged = form.is_unchanged(policy_as_typed(there))
    done = acting.run(form, lambda: services.save_policy(
        partnership_id=int(form.partnership.data) if form.partnership.data else None, starts_on=form.starts_on.data, facts=form.facts(), now=now,
        check=lambda held: form.check(policy_as_typed(held)),
    ), "The policy is saved.", url_for("booking.policies")) if unchanged else None
    return done or render_template("booking/policy_form.html", form=form)


@blueprint.route("/desk/terms", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def terms() -> ResponseReturnValue:
    """The terms that people agree to when they book, every version of them, and the next."""
    now = clock.now()
    stands = terms_as_typed(desk_policies.terms_now(now))
    form = TermsForm(data=stands)
    unchanged = form.is_unchanged(stands)
    if form.validate_on_submit() and unchanged:
        try:
            services.save_terms(text=form.text.data, by=current_user.name, now=now, key=form.once.data or "",
                                check=lambda latest: form.check(terms_as_typed(latest)))
        except Refused as no:
            form.refuse(no, "text")
        else:
            flash("The terms are saved. Who books from now on agrees to them.")
            return redirect(url_for("booking.terms"))
    return render_template("booking/desk_terms.html", form=form, versions=desk_policies.terms())
