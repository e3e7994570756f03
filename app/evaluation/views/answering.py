"""A questionnaire, one question a screen, without script. What was answered travels with the form; of a confidential one it is also kept as a
draft, so that it can be gone on with elsewhere. Of an anonymous one nothing is kept before it is sent."""

from hmac import compare_digest

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access, anyone, by_secret, wrong_secret
from app.booking.views.mine.answering import answers
from app.catalogue.models import CourseSession
from app.core import clock, tokens
from app.core.errors import Refused
from app.evaluation.forms import LetterForm
from app.evaluation.models import Question
from app.evaluation.queries import asking, of_session, questionnaires
from app.evaluation.rules import links
from app.evaluation.rules.asking import consent_field, read
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.stages import OWN, Mode, Stage
from app.evaluation.rules.windows import check_open, closes_at, opens_at
from app.evaluation.services import anonymous, answering, inviting
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evaluation.views import blueprint
from app.evaluation.views.screens import Facing, Screen, draw, name_of, screen_from_form
from app.mail.office import office
from app.mail.rules.links import FoundLink
from app.ui.dispatch import quiet, repeatable
from app.ui.inputs import row_number
from app.ui.posting import without_cookies

LINK_ENDED = "This link does not work any more. Open the newest letter, or sign in and go to My training."

SENT = "sent"
CODE, LETTER = "code", "letter"
"""How somebody has answered anonymously from a browser; it is noted in the browser and nowhere else."""
ANSWERED = "You have answered already. An anonymous answer can’t be found again, so it can’t be changed."
NOT_BY_THIS_LINK = ("These questions are asked anonymously now. This link was given out by the trainer and is for one person, so it does not open "
                    "them any more: whoever has it could see by it whether that person has answered. Answer by the link in your letter, or sign "
                    "in and go to My training.")
ANSWERED_HERE = "Somebody has answered from this browser already. Thank you."
BY_CODE_HERE = ("Somebody has answered these questions from this browser by the code on the slide. If that was you, thank you: each person answers "
                "once. If it was somebody else, open your letter in another browser.")


@blueprint.route("/bookings/<ref>/questions/<stage>", methods=["GET", "POST"])
@access(*EVERY_ROLE)
@repeatable
@quiet
def questionnaire(ref: str, stage: str) -> ResponseReturnValue:
    """The questions for one's own booking."""
    booking_id = of_session.booking_of(ref, current_user.person_id) or abort(404)
    if stage not in {one.value for one in OWN}:
        abort(404)
    return _of_booking(booking_id, Stage(stage), url_for("home.my_training"))


@blueprint.route("/answer/<token>", methods=["GET", "POST"])
@anyone
@repeatable
@quiet
@by_secret
@without_cookies
def from_link(token: str) -> ResponseReturnValue:
    """The questions without signing in, for whoever was given the link. Whoever gave it has it too, so it shows nothing of what was said."""
    found = links.read(current_app.config["SECRET_KEY"], token)
    if found is None:
        wrong_secret()
        abort(404)
    return _of_booking(*found, url_for("home.front_page"), in_person=False)


@answers(links.IN_LETTERS)
def from_letter(link: FoundLink) -> ResponseReturnValue:
    """The questions for whoever got the letter."""
    found, home = links.of_subject(link.subject), url_for("home.front_page")
    asked = of_session.asked(found[0]) if found is not None and link.live else None
    if found is None or asked is None:
        return render_template("evaluation/closed.html", sentence=link.sentence or LINK_ENDED, session=None, home=home)
    booking_id, stage, mark = found
    if mark and not asking.is_manager(asked.booking.person_id, mark):
        return render_template("evaluation/not_the_manager.html", session=asked.booking.course_session, home=home,
                               name=asked.booking.person.first_name or "the person", sent=asking.has_answered(booking_id, mark))
    # letters to managers of earlier versions do not say to whom they went
    return _of_booking(booking_id, stage, home, in_person=stage is not Stage.MANAGER or bool(mark), by_manager=mark or None)


@blueprint.route("/bookings/<ref>/manager-said")
@access(*EVERY_ROLE)
def manager_said(ref: str) -> ResponseReturnValue:
    """What somebody's manager answered about their practice, for that person."""
    booking_id = of_session.booking_of(ref, current_user.person_id) or abort(404)
    asked = of_session.asked(booking_id)
    response = asking.current(booking_id, Stage.MANAGER)
    if asked is None or response is None:
        abort(404)
    return render_template("evaluation/manager_said.html", session=asked.booking.course_session, at=response.submitted_at,
                           rows=asking.in_words(response), name=asked.booking.person.first_name or "you")


@blueprint.route("/q/<ref>", methods=["GET", "POST"])
@blueprint.route("/q/<ref>/<token>", methods=["GET", "POST"])
@anyone
@repeatable
@quiet
@by_secret
@without_cookies
def from_code(ref: str, token: str = "") -> ResponseReturnValue:
    """Where the code on the last slide leads: anonymous questions open at once, by the word at its end; for confidential ones people say who they
    are. Who has signed in and has a place answers with that, once."""
    course_session = of_session.session_with_ref(ref) or abort(404)
    if current_user.is_authenticated:
        booking_ref = of_session.booking_on(course_session.id, current_user.person_id)
        if booking_ref is not None:
            return redirect(url_for("evaluation.questionnaire", ref=booking_ref, stage=Stage.AFTER.value))
    opens, closes, now = opens_at(Stage.AFTER, course_session.ends_at), closes_at(Stage.AFTER, course_session.ends_at), clock.now()
    if opens is None or not opens <= now < closes:
        return render_template("evaluation/code_not_open.html", session=course_session, opens=opens, closes=closes, over=now >= closes)
    anonymously = questionnaires.mode_of(course_session.id, course_session.course_id, Stage.AFTER) is Mode.ANONYMOUS
    if anonymously and _from_the_slide(course_session, token):
        return _by_code(course_session, url_for("home.front_page"))
    form = LetterForm()
    if form.validate_on_submit():
        inviting.write_at_once(session_id=course_session.id, email=form.email.data or "", now=clock.now())
        return render_template("evaluation/on_its_way.html", session=course_session)
    return render_template("evaluation/who.html", form=form, session=course_session, anonymous=anonymously,
                           next=url_for("evaluation.from_code", ref=ref))


def _from_the_slide(course_session: CourseSession, token: str) -> bool:
    """Whether the address ends in the word that only the slide has."""
    right = compare_digest(token.strip().lower().encode(), links.slide_word(office().link_key, course_session.id).encode())
    if token and not right:
        wrong_secret()
    return right


def _by_code(course_session: CourseSession, home: str) -> ResponseReturnValue:
    version = questionnaires.version_for(course_session.course_id, Stage.AFTER)
    facing = Facing(None, course_session, None, Stage.AFTER, version, mode=Mode.ANONYMOUS)
    if not session.get(_answered_here(course_session.id)):
        return _ask(facing, home)
    return _thanks(facing, home) if SENT in request.args else _closed(facing, ANSWERED_HERE, home)


def _of_booking(
    booking_id: int, stage: Stage, home: str, *, in_person: bool = True, by_manager: str | None = None
) -> ResponseReturnValue:
    asked = of_session.asked(booking_id) or abort(404)
    version = questionnaires.version_for(asked.booking.course_session.course_id, stage)
    if version is None and request.method == "POST":
        version = ensure_questionnaires(now=clock.now())[stage]
    return _ask(Facing(asked.booking, asked.booking.course_session, asked.outcome, stage, version, in_person=in_person, by_manager=by_manager), home)


def _ask(facing: Facing, home: str) -> ResponseReturnValue:
    now, times = clock.now(), facing.session
    if facing.version is None:
        return _closed(facing, "There are no questions yet.", home)
    try:
        check_open(facing.stage, times.starts_at, times.ends_at, facing.outcome, now, questionnaires.weeks_told(facing.version, times.id))
    except Refused as no:
        return _closed(facing, str(no), home)
    facing.mode = questionnaires.mode_of(facing.session.id, facing.session.course_id, facing.stage)
    answered = _answered(facing)
    if answered:
        return _thanks(facing, home) if SENT in request.args else _closed(facing, answered, home)
    facing.pairs = facing.anonymous and questionnaires.may_pair(facing.session.id, facing.session.course_id, facing.stage)
    if facing.keeps_drafts and facing.booking is not None and facing.stage is Stage.FOLLOW_UP:
        facing.promise = asking.promise(facing.booking.id)
    if request.method != "POST":
        begun = _begun(facing)
        return _thanks(facing, home) if SENT in request.args and (begun.changing or not facing.keeps_drafts) else draw(begun, home)
    left_out = _go_on_with(facing, _number(request.form.get("version")))
    screen = screen_from_form(facing, facing.version.questions)
    screen.no_longer_asked = [text for question in left_out for text in request.form.getlist(name_of(question.code))[:1] if text.strip()]
    if not screen.form.validate():
        return draw(screen, home)
    if request.form.get("mode") not in (None, facing.mode.value):
        screen.back_to_what_was_not_asked()
        screen.form.refuse("How private these answers are was changed a moment ago. Read what it says below before you go on.")
        return draw(screen, home)
    return _step(screen, home)


def _answered(facing: Facing) -> str:
    """Why this place cannot answer (again) in this way; empty when it can."""
    if not facing.anonymous:
        return answering.BY_ANOTHER_MANAGER if _another_manager_has(facing) else ""
    full = anonymous.ALL_ANSWERED if asking.all_have_answered(facing.session.id, facing.stage) else ""
    if facing.booking is None:
        return full
    if not facing.in_person:
        return NOT_BY_THIS_LINK
    if asking.ticket_of(facing.booking.id, facing.stage) in questionnaires.tickets([facing.session.id]):
        return ANSWERED
    if asking.current(facing.booking.id, facing.stage) is not None:
        return anonymous.BY_NAME
    return BY_CODE_HERE if facing.stage is Stage.AFTER and session.get(_answered_here(facing.session.id)) == CODE else full


def _another_manager_has(facing: Facing) -> bool:
    """Whether somebody answered about the person who was their manager before."""
    if facing.booking is None or facing.by_manager is None:
        return False
    current = asking.current(facing.booking.id, facing.stage)
    return current is not None and current.by_manager != facing.by_manager


def _number(text: str | None) -> int | None:
    try:
        return row_number(text)
    except ValueError:
        return None


def _go_on_with(facing: Facing, number: int | None) -> list[Question]:
    """Let somebody go on with the version that they have before them, though another is in use since.

    Where the two are not equally private that cannot be: then the questions for words that are not asked any more, as what was typed to them
    must not vanish without a word.
    """
    version = facing.version
    seen = questionnaires.once_asked(number, facing.stage, facing.session.course_id) if version and number not in (None, version.id) else None
    if version is None or seen is None:
        return []
    if seen.questionnaire.mode is version.questionnaire.mode:
        facing.version = seen
        return []
    asked = {question.code for question in version.questions}
    return [question for question in seen.questions if question.code not in asked and QUESTION_TYPES[question.kind].free]


def _begun(facing: Facing) -> Screen:
    """Where somebody goes on: with what they began, else with what they sent before, else at the beginning."""
    if facing.booking is None or not facing.keeps_drafts:
        return Screen(facing, facing.version.questions if facing.version else [], 0, {}, tokens.secret())
    draft = asking.draft(facing.booking.id, facing.stage, clock.now(), facing.by_manager)
    current = asking.current(facing.booking.id, facing.stage)
    earlier = draft or current
    left_out = _go_on_with(facing, earlier.version_id if earlier is not None else None)
    questions = facing.version.questions if facing.version else []
    if draft is not None:
        begun = Screen(facing, questions, 0, draft.given, draft.key, changing=current is not None)
        begun.no_longer_asked = [text for question in left_out for text in draft.given.get(question.code, [])[:1] if text.strip()]
        begun.position = next((at for at, one in enumerate(begun.asked) if one.code not in draft.given), len(begun.asked) - 1)
        return begun
    if current is None:
        return Screen(facing, questions, 0, {}, tokens.secret())
    given = {**asking.given_before(current), **{consent_field(one.code): [current.may_quote.value] for one in questions if one.quotable}}
    return Screen(facing, questions, 0, given, tokens.secret(), changing=True)


def _step(screen: Screen, home: str) -> ResponseReturnValue:
    """One screen on, one back, or the end."""
    facing, go = screen.facing, request.form.get("go")
    if go == "back":
        _keep(screen)
        return draw(screen.moved(-1), home)
    if go == "skip":
        screen.given[screen.question.code] = []
    try:
        if go != "skip" or screen.question.required:
            read(screen.question, screen.given)
        if not screen.is_last:
            _keep(screen)
            return draw(screen.moved(1), home)
        if not _send(screen):
            return _closed(facing, ANSWERED, home)
    except Refused as no:
        screen.error = str(no)
        return draw(screen, home)
    if facing.anonymous and facing.stage is Stage.AFTER:
        session[_answered_here(facing.session.id)] = CODE if facing.booking is None else LETTER
    return redirect(_here(**{SENT: "1"}), 303)


def _here(**more: str) -> str:
    """The page of the same letter or code."""
    kept = {name: value for name, value in request.args.items() if name != SENT}
    return url_for(request.endpoint or "", **(request.view_args or {}), **kept, **more)


def _thanks(facing: Facing, home: str) -> str:
    weeks = questionnaires.weeks_told(facing.version, facing.session.id) if facing.version else 0
    return render_template("evaluation/thank_you.html", session=facing.session, stage=facing.stage, home=home, again=_here(),
                           until=closes_at(facing.stage, facing.session.ends_at, weeks), anonymous=facing.anonymous, in_person=facing.in_person)


def _keep(screen: Screen) -> None:
    facing = screen.facing
    if not facing.keeps_drafts or facing.booking is None or facing.version is None or not screen.key:
        return
    answering.save_draft(booking_id=facing.booking.id, stage=facing.stage, version_id=facing.version.id, key=screen.key, given=screen.given,
                         now=clock.now(), by_manager=facing.by_manager)


def _send(screen: Screen) -> bool:
    facing, version, now = screen.facing, screen.facing.version, clock.now()
    assert version is not None
    if not facing.anonymous and facing.booking is not None:
        answering.submit(booking_id=facing.booking.id, stage=facing.stage, version_id=version.id, given=screen.given, quoting=screen.quoting,
                         now=now, key=screen.key or None, by_manager=facing.by_manager, in_person=facing.in_person)
        return True
    owner = anonymous.owner_of(facing.booking.id) if facing.booking is not None else f"{anonymous.BY_CODE}{facing.session.id}:{screen.key}"
    return anonymous.submit(
        session_id=facing.session.id, stage=facing.stage, version_id=version.id, owner=owner, given=screen.given, quoting=screen.quoting,
        phrase=screen.phrase, outcome=facing.outcome, now=now,
    )


def _answered_here(session_id: int) -> str:
    return f"answered-{session_id}"


def _closed(facing: Facing, sentence: str, home: str) -> str:
    return render_template("evaluation/closed.html", sentence=sentence, session=facing.session, stage=facing.stage, home=home)
