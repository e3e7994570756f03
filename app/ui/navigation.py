"""The links over every page, as data: what each role finds there."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """One link: its text, the endpoint that it opens, and the endpoints and blueprints that count as being there."""

    text: str
    endpoint: str
    here: tuple[str, ...]


COURSES = Link("Courses", "booking.catalogue", ("booking.catalogue", "booking.course", "booking.session", "booking.book"))
BRIEFINGS = Link("Briefings", "catalogue.briefings", ("catalogue.briefings",))
MY_TRAINING = Link("My training", "home.my_training", (
    "home.my_training", "booking.booking", "booking.give_back", "booking.move", "booking.substitute", "booking.apologies", "booking.needs",
    "accounts.my_details", "certificates.record", "certificates.of_booking"))
MY_SESSIONS = Link("My sessions", "attendance.my_sessions", ("attendance.my_sessions",))
DESK = Link("Desk", "home.desk", ("home.desk",))
SESSIONS = Link("Sessions", "booking.desk_sessions", (
    "booking.desk_sessions", "booking.desk_session", "booking.session_history", "booking.edit_session", "booking.cancel_session",
    "booking.cancel_rest", "booking.capacity", "booking.quotas", "booking.extra_places", "booking.booking_rules", "booking.book_somebody",
    "booking.over_capacity", "booking.desk_booking", "booking.cancelled_lately", "booking.trainer_sessions", "attendance.register",
))
NO_SHOWS = Link("No-shows", "booking.no_shows", ("booking.no_shows", "booking.charges", "booking.policies", "booking.new_policy", "booking.terms",
                                                     "evaluation.no_shows_ahead", "booking.confirming_measured"))
DESK_COURSES = Link("Programme", "catalogue.desk_courses", (
    "catalogue.desk_courses", "catalogue.edit_course", "catalogue.new_course", "booking.new_session", "booking.course_waiting", "booking.exception",
))
PEOPLE = Link("People", "accounts_desk.people", ("accounts_desk.people", "accounts_desk.person"))
LETTERS = Link("Letters", "letters.letters", ("letters.letters", "letters.letter", "letters.wordings", "letters.wording", "booking.letters_followed"))
QUESTIONNAIRES = Link("Questionnaires", "evaluation.questionnaires", (
    "evaluation.questionnaires", "evaluation.one_questionnaire", "evaluation.draft", "evaluation.use", "evaluation.preview",
    "evaluation.new_question", "evaluation.question", "evaluation.safeguarding_contacts",
))
AGENCIES = Link("Agencies", "accounts_desk.agencies", ("accounts_desk.agencies",))
IMPORTS = Link("Imports", "imports.imports", ("imports.imports", "imports.show"))
EVIDENCE = Link("Evidence", "evidence.examples", (
    "evidence.examples", "evidence.new_example", "evidence.answers", "evidence.example", "evidence.leave_out", "evidence.withdraw",
    "evidence.printed", "evidence.indicators", "evidence.new_indicator", "evidence.indicator", "evidence.change_indicator", "evidence.months",
    "evidence.promises", "evidence.new_promise", "evidence.promise",
))
ANSWERS = Link("Answers", "evaluation.programme_answers", ("evaluation.programme_answers", "evaluation.course_answers"))
REPORTS = Link("Reports", "reporting.annual", ("reporting.annual",))

MY_AGENCY = Link("My agency", "booking.my_agency", ("booking.my_agency", "booking.held_places"))
MY_TEAM = Link("My team", "booking.my_team", ("booking.my_team", "booking.manager_request"))

EVERYBODY = frozenset({"delegate", "line_manager", "agency_lead", "trainer", "coordinator", "report_author", "scrutineer", "administrator"})
ORDER: tuple[tuple[Link, frozenset[str]], ...] = (
    (DESK, frozenset({"coordinator"})),
    (SESSIONS, frozenset({"coordinator"})),
    (DESK_COURSES, frozenset({"coordinator"})),
    (PEOPLE, frozenset({"coordinator", "administrator"})),
    (LETTERS, frozenset({"coordinator"})),
    (QUESTIONNAIRES, frozenset({"coordinator"})),
    (AGENCIES, frozenset({"coordinator", "administrator"})),
    (IMPORTS, frozenset({"coordinator"})),
    (NO_SHOWS, frozenset({"coordinator"})),
    (ANSWERS, frozenset({"coordinator", "report_author"})),
    (EVIDENCE, frozenset({"coordinator", "report_author", "scrutineer", "agency_lead"})),
    (REPORTS, frozenset({"coordinator", "report_author", "scrutineer"})),
    (MY_SESSIONS, frozenset({"trainer"})),
    (MY_AGENCY, frozenset({"agency_lead"})),
    (MY_TEAM, frozenset({"line_manager"})),
    (COURSES, EVERYBODY),
    (BRIEFINGS, EVERYBODY),
    (MY_TRAINING, EVERYBODY),
)


def links_for(roles: Iterable[str]) -> tuple[Link, ...]:
    """The links for somebody who holds these roles (by value, "coordinator"); without any, what everybody sees."""
    held = set(roles)
    if not held:
        return (COURSES, BRIEFINGS)
    return tuple(link for link, who in ORDER if held & who)
