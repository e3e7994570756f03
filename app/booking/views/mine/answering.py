"""What people do by a link in a letter, without signing in. Opening the page changes nothing; only a button does, and what it does can be undone.

A program that follows links, or even presses the first button it finds, must not give anybody's place away: see `_too_fast`.
"""

from collections.abc import Callable
from datetime import timedelta

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import anyone, by_secret, wrong_secret
from app.booking import services
from app.booking.forms.mine import AnswerForm
from app.booking.models import Booking
from app.booking.queries import asked_by, facts, letters, mine, programme
from app.booking.rules.possible import CHOICES, Can, can, standing_as
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.booking.views.mine.acting import ACTS, Shown
from app.booking.views.mine.changing import giving_back
from app.booking.views.mine.showing import check_in_time_still, contact, own_act, terms_shown
from app.core import clock
from app.core.errors import Refused
from app.letters.queries import LETTER, brought_secret, current_link
from app.mail.queries import last_left_at
from app.mail.rules.links import FoundLink
from app.ui.dispatch import quiet, repeatable

AT_ONCE = timedelta(seconds=60)
"""So soon after a letter left, a button may have been pressed by a program that checks letters."""
UNKNOWN = "We do not know this link. It may be more than three months old, or the page was open for too long."
NO_COOKIE = ("This page finds the link of your letter by a cookie, and your browser sent none. Open the link in your letter again. If you come back "
             "here, allow cookies for this site, or open the letter in another browser.")
GIVES_AWAY = frozenset({"give_back", "decline", "no", "refuse", "not_manager", "move"})
POSSIBLE = {
    "booking": frozenset({"give_back", "undo", "move", "coming", "decline", "rejoin", "take_free", "take", "no"}),
    "offer": frozenset({"take", "no", "rejoin", "undo", "give_back"}),
    "coming": frozenset({"coming", "give_back", "undo", "decline"}),
    "approval": frozenset({"agree", "refuse", "not_manager"}),
}
"""What a link is good for, by its purpose."""

Page = Callable[[FoundLink], ResponseReturnValue]
PURPOSES: dict[str, Page] = {}
"""Who answers a link of a purpose. Rooms above add theirs with `answers`."""


def answers(*purposes: str) -> Callable[[Page], Page]:
    """Let a function answer links of these purposes."""

    def declare(page: Page) -> Page:
        PURPOSES.update(dict.fromkeys(purposes, page))
        return page

    return declare


@blueprint.route("/answer", methods=["GET", "POST"])
@anyone
@repeatable
@quiet
@by_secret
def answer() -> ResponseReturnValue:
    """The page that the link in somebody's letter leads to. It is for one person, so nobody keeps a copy of it."""
    link = current_link(request, clock.now())
    response = make_response(PURPOSES[link.purpose](link) if link is not None and link.purpose in PURPOSES else _unknown())
    response.headers.update({"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"})
    return response


def _unknown() -> ResponseReturnValue:
    if brought_secret(request):
        wrong_secret()
    sentence = UNKNOWN if request.cookies else NO_COOKIE
    return render_template("booking/answer_ended.html", sentence=sentence, booking=None, others=(), now=clock.now()), 404


@answers("booking", "offer", "coming", "approval")
def about_booking(link: FoundLink) -> ResponseReturnValue:
    """Links about one booking: the person's own, and their manager's."""
    booking = mine.booking_numbered(letters.number_in(link.subject, "booking"))
    readable = link.live or link.purpose == "approval"  # a manager who comes late reads what became of the request
    if booking is None or not readable or (link.person_id is not None and link.person_id != booking.person_id):
        return _ended(link, booking)
    form = AnswerForm()
    if link.live and form.validate_on_submit() and form.answer.data in POSSIBLE[link.purpose]:
        if form.sure.data == "keep":
            return redirect(_here(keep=1))
        if form.answer.data in GIVES_AWAY and form.sure.data != "yes" and _too_fast(link, booking):
            return _sure(form, booking)
        try:
            _do(form, link, booking)
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(_here(**({"keep": 1} if form.answer.data == "undo" else {})))
    return _page(link, booking, form)


def _here(**more: int) -> str:
    """The page of the same letter."""
    return url_for("booking.answer", **{LETTER: request.args[LETTER]}, **more)


def _do(form: AnswerForm, link: FoundLink, booking: Booking) -> None:
    """The act of the button.

    Raises:
        Refused: it is not possible any more, with what is.
    """
    now, what = clock.now(), str(form.answer.data)
    if link.purpose == "approval":
        if current_user.is_authenticated and current_user.person_id == booking.person_id:
            raise Refused("Nobody agrees to their own request. Your manager opens this letter, or the coordinator decides.")
        if what != "not_manager" and _has_another_manager(booking):
            raise Refused(f"{booking.person.name} no longer names you as their manager. Press “I am not {booking.person.first_name}’s manager”, "
                          "and the coordinator decides.")
        by = mine.name_at(booking.manager_email) or "the manager"
        acts = {
            "agree": lambda: services.manager_agrees(booking_id=booking.id, by=by, now=now, times=form.shown_times()),
            "refuse": lambda: services.refuse(booking_id=booking.id, reason=form.more.data or "", by=by, now=now, manager=True),
            "not_manager": lambda: services.not_the_manager(booking_id=booking.id, by=by, now=now),
        }
        acts[what]()
        return
    by = booking.person.acting
    if what in ("give_back", "move"):
        check_in_time_still(booking, now)
    if what == "give_back":
        services.give_back(booking_id=booking.id, by=by, now=now, reason=form.reason(), only_the_list="on_list" in request.form)
    elif what == "move":
        number = programme.session_id(form.to.data or "")
        if number is None:
            raise Refused("Choose another date of the same course.")
        services.move(booking_id=booking.id, to_session_id=number, by=by, now=now, contact=contact(), times=form.shown_times(),
                      terms=form.shown_terms())
    else:
        ACTS[what](booking, by, now, Shown(form.shown_times(), form.shown_terms()))


def _has_another_manager(booking: Booking) -> bool:
    """Whether the person has named another manager since this one was asked, or nobody: this one answers for them no longer."""
    at = people.affiliation_of(booking.person_id)
    return at is None or at.manager_email != booking.manager_email


def _too_fast(link: FoundLink, booking: Booking) -> bool:
    """Whether the button was pressed so soon after the letter left that a person must say it again. What a browser did before says nothing: a
    program that checks the letters of many people keeps cookies too."""
    if current_user.is_authenticated:
        return False
    left_at = last_left_at(f"booking:{booking.id}") or link.made_at
    return clock.now() < max(left_at, link.made_at) + AT_ONCE


def _sure(form: AnswerForm, booking: Booking) -> ResponseReturnValue:
    if form.asked.data:
        form.refuse("Choose one of the two", "sure")
    form.asked.data = "1"
    return render_template("booking/answer_sure.html", form=form, booking=booking, session=booking.course_session, on_list="on_list" in request.form)


def _page(link: FoundLink, booking: Booking, form: AnswerForm) -> ResponseReturnValue:
    now, course_session = clock.now(), booking.course_session
    promised = facts.policy_of(booking)
    held = mine.held(booking, promised.no_offers_hours)
    status, can_do = standing_as(held, now), can(held, now)
    possible = {one.value for one in can_do}
    shown = giving_back(booking, now)
    return render_template(
        f"booking/answer_{link.purpose}.html", form=form, booking=booking, session=course_session, status=status.value, can=possible,
        name=masked(booking.person.first_name, booking.person.last_name), open=course_session.starts_at > now, live=link.live,
        own_act=own_act(booking, mine.history(booking.id)), keep="keep" in request.args, here=_here, back_until=held.back_until,
        clashes=mine.clashes(booking.person_id, course_session) if can_do & CHOICES else (),
        agrees=asked_by.agrees_next(booking).who if Can.ANSWER_OFFER.value in possible else "",
        follower=mine.follower(booking), manager=mine.name_at(booking.manager_email) if link.purpose == "approval" else "",
        asked_again=_asked_again(link, booking), waits=mine.interest(course_session.course_id, booking.person_id),
        position=mine.position(booking) if status is BookingStatus.WAITING else None,
        others=programme.dates_of(course_session.course_id, now, without=course_session.id, count=5, person_id=booking.person_id),
        **terms_shown(can_do - {Can.CHOOSE_WHENEVER}, now), **shown,
    )


def _asked_again(link: FoundLink, booking: Booking) -> bool:
    """Whether a later letter asks the manager the same, as the time of the session has changed."""
    return not link.live and booking.status is BookingStatus.AWAITING_MANAGER and booking.due_at is not None and booking.due_at > clock.now()


def _ended(link: FoundLink, booking: Booking | None) -> ResponseReturnValue:
    """What became of an old link, and what can be done now."""
    now = clock.now()
    sentence = link.sentence or "What this link was about is not there any more."
    others = programme.dates_of(
        booking.course_session.course_id, now, without=booking.course_session_id, count=5, person_id=booking.person_id) if booking else ()
    return render_template("booking/answer_ended.html", sentence=sentence, booking=booking, others=others, now=now)


def masked(first_name: str, last_name: str) -> str:
    """ "Amina Y.": enough for the person to know whom a letter is about, and no more for anybody else."""
    return f"{first_name} {last_name[:1]}." if last_name else first_name
