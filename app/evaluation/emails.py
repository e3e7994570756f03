"""Invitations to answer, before and after a session and months later, and their reminders; and the letter to a safeguarding contact."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.accounts.models import Person
from app.booking.emails.wordings import HAD, PLACE
from app.booking.models import Booking
from app.evaluation.models import SafeguardingContactEvent, Worry
from app.evaluation.rules.links import IN_LETTERS, manager_mark, subject
from app.evaluation.rules.stages import PRIVATE, Mode, Stage
from app.evaluation.rules.windows import closes_at
from app.evaluation.rules.worries import ContactAct
from app.letters.emails import short_date
from app.mail.office import office
from app.mail.rules.languages import Both, both
from app.mail.rules.links import LinkTo
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

COMMON = {"name": "the person's first name", "course": "title of the course", "until": "until when it can be answered",
          "privacy": "how private the answers are: it must stand in the letter"}
REMINDED = {**COMMON, "unknown": "that they have not answered, or that nobody knows whether they have"}
NEEDED = frozenset({"course", "privacy"})
OF_MANAGER = {"person": "whom it is about", "first_name": "the first name of the person", "course": "title of the course",
              "day": "the day on which they came", "until": "until when it can be answered"}
NOT_YET = Both("We have not heard from you yet.", "Nid ydym wedi clywed gennych eto.")
NOBODY_KNOWS = Both("If you have answered already, thank you: as answers are anonymous, nobody knows who has.",
                    "Os ydych wedi ateb eisoes, diolch: gan fod yr atebion yn ddienw, nid oes neb yn gwybod pwy sydd wedi ateb.")
CAME = Both("you came to this session", "i chi ddod i’r sesiwn hon")
OF_TEAM = Both("somebody in your team came to this session and named you as their manager",
               "i aelod o’ch tîm ddod i’r sesiwn hon a’ch enwi fel eu rheolwr")
OTHER_CONTACT = Both("If you cannot look today, ask the other contact to.",
                     "Os na allwch edrych heddiw, gofynnwch i’r cyswllt arall wneud hynny.")
NO_CONTACT = Both("Nobody is named as the safeguarding contact, so nobody can read it. Name somebody now, on the page of questionnaires; they "
                  "will find it there.")
NOT_REACHED = Both("When this was written no letter about it had reached the safeguarding contact, so they may not have heard of it. Ring them "
                   "today: it waits on their page of worries, and nobody else can read it. If letters to them come back, correct their address.",
                   "Pan ysgrifennwyd hwn nid oedd unrhyw lythyr amdano wedi cyrraedd y cyswllt diogelu, felly efallai nad ydynt wedi clywed amdano. "
                   "Ffoniwch nhw heddiw: mae’n aros ar eu tudalen bryderon, ac ni all neb arall ei ddarllen. Os yw llythyrau atynt yn dod yn ôl, "
                   "cywirwch eu cyfeiriad.")

WORDINGS = (
    Wording("questions-before", "The questions before a session", "One minute before {course}",
            "Hello {name},\n\nBefore {course} we ask what you know already, so that afterwards we can see what the course changed. It takes less "
            "than a minute.\n\n{act}\n\n{privacy}", COMMON, NEEDED, PLACE, True),
    Wording("questions-after", "The questions after a session", "How was it? {course}",
            "Hello {name},\n\n{course} is over. What did it change, and what should we do better? It takes three minutes, and can be answered until "
            "{until}.\n\n{act}\n\n{privacy}", COMMON, NEEDED, HAD, True),
    Wording("questions-reminder", "A reminder of the questions after a session", "You can still say how it was: {course}",
            "Hello {name},\n\nYou can still say how {course} was for you. {unknown} The fewer answer, the less anybody can say about whether "
            "training helps. It takes three minutes, and can be answered until {until}.\n\n{act}\n\n{privacy}", REMINDED, NEEDED, HAD, True),
    Wording("questions-later", "The questions some months after a session", "What became of it? {course}",
            "Hello {name},\n\nSome time has passed since {course}. What do you do differently, and what got in the way? \"Nothing yet\" is as useful "
            "an answer as any. It takes three minutes, and can be answered until {until}.\n\n{act}\n\n{privacy}", COMMON, NEEDED, CAME, True),
    Wording("questions-later-reminder", "A reminder of the questions some months after", "Still interested in what became of it: {course}",
            "Hello {name},\n\nSome weeks ago we asked what became of {course} in practice. {unknown} It takes three minutes, and can be answered "
            "until {until}.\n\n{act}\n\n{privacy}", REMINDED, NEEDED, CAME, True),
    Wording("questions-manager", "The questions to a line manager", "One minute about {first_name}: {course}",
            "Hello,\n\n{person} came to {course} on {day} and named you as their manager. Have you seen them use it? It takes one minute and needs "
            "no account. \"I can't say\" is an answer too. You can answer until {until}.\n\n{act}\n\n{first_name} can see what you answer.",
            OF_MANAGER, frozenset({"person", "course"}), OF_TEAM, True),
    Wording("questions-manager-reminder", "A reminder of the questions to a line manager", "One minute about {first_name} is still open: {course}",
            "Hello,\n\nWe asked whether you have seen {person} use what {course} taught, and have not heard from you. It takes one minute and needs "
            "no account. You can answer until {until}.\n\n{act}\n\n{first_name} can see what you answer.",
            OF_MANAGER, frozenset({"person", "course"}), OF_TEAM, True),
    Wording("worry", "Somebody raised a worry beside the questions", "Please read today: somebody raised a worry",
            "Hello {name},\n\nSomebody who answered questions about training says that they are worried about a child or need support. What they "
            "wrote is not in this letter.\n\n{act}\n\n{advice}",
            {"name": "the contact's first name", "advice": "what to do when nobody is named as contact, or no letter reaches them"}, frozenset(),
            Both("you are the safeguarding contact, or the training team", "mai chi yw’r cyswllt diogelu, neu’r tîm hyfforddi"), True),
    Wording("worry-contacts", "Who reads worries was changed", "Who reads worries was changed",
            "Hello {name},\n\n{change}\n\nIf this should not be so, speak to the partnership today.",
            {"name": "the contact's first name", "change": "what was changed, and by whom: it must stand in the letter"}, frozenset({"change"}),
            Both("you are a safeguarding contact, or were one until now", "eich bod yn gyswllt diogelu, neu wedi bod yn un tan nawr"), True),
)
CHANGES = {
    ContactAct.NAMED: ("{} has named {} as a safeguarding contact, who reads worries that are raised from now on.",
                       "Mae {} wedi enwi {} yn gyswllt diogelu, a fydd yn darllen pryderon a godir o hyn ymlaen."),
    ContactAct.LET_READ_EARLIER: ("{} has let {} read worries that were raised earlier, too.",
                                  "Mae {} wedi caniatáu i {} ddarllen pryderon a godwyd yn gynharach hefyd."),
    ContactAct.REMOVED: ("{} has ended that {} is a safeguarding contact and reads worries.",
                         "Mae {} wedi dod â rôl {} fel cyswllt diogelu sy’n darllen pryderon i ben."),
}

OUTLIVES = timedelta(days=365)

KINDS = {
    Stage.BEFORE: ("questions-before", "questions-before"), Stage.AFTER: ("questions-after", "questions-reminder"),
    Stage.FOLLOW_UP: ("questions-later", "questions-later-reminder"), Stage.MANAGER: ("questions-manager", "questions-manager-reminder"),
}
"""The wordings of each stage's invitation and of its reminders."""


def key_of(stage: Stage, wave: int, times_version: int) -> str:
    """What a letter of a stage is about, beside the booking. Before a session that got another time people are asked anew."""
    again = f":v{times_version}" if stage is Stage.BEFORE and times_version else ""
    return f"questions:{stage.value}:{wave}{again}"


def invitation(booking: Booking, stage: Stage, wave: int, *, reminds: bool, mode: Mode, weeks: int, manager: str | None = None) -> Draft:
    """The letter of a stage's wave: an invitation, or one that `reminds` of an earlier. The link in it opens for this booking and stage only."""
    session, person = booking.course_session, booking.person
    until = closes_at(stage, session.ends_at, weeks)
    mark = manager_mark(office().link_key, manager) if manager else ""
    first_name = person.first_name or person.name or "the person"
    fields: dict[str, str | Both] = {"course": session.course.title, "until": short_date(until)}
    if stage is Stage.MANAGER:
        fields |= {"person": person.name or person.email, "first_name": first_name, "day": short_date(session.starts_at)}
    else:
        fields |= {"name": first_name, "privacy": Both(PRIVATE[mode]), "unknown": NOBODY_KNOWS if mode is Mode.ANONYMOUS else NOT_YET}
    return Draft(
        about=f"booking:{booking.id}:{key_of(stage, wave, session.times_version)}", kind=KINDS[stage][int(reminds)],
        to=manager if stage is Stage.MANAGER and manager else person.email, person_id=None if stage is Stage.MANAGER else booking.person_id,
        concerns=(f"booking:{booking.id}", f"session:{session.id}", f"booking:{booking.id}:{stage.value}"),
        valid_until=session.starts_at if stage is Stage.BEFORE else until, fields=fields,
        act=Button(Both("Answer now", "Ateb nawr"), LinkTo(IN_LETTERS, subject(booking.id, stage, mark), _works_until(stage, until))),
    )


def _works_until(stage: Stage, until: datetime) -> datetime:
    """A session can still move, so whether its questions before can be answered is asked when the link is opened, not by the link."""
    return until + OUTLIVES if stage is Stage.BEFORE else until


def worry_raised(worry: Worry, contacts: Sequence[Person], *, reached: bool) -> list[Draft]:
    """To each safeguarding contact that there is something to read; to the training team, when nobody is named or letters reach none of them, what
    to do about that."""
    page = f"{office().public_url}/worries"
    told = [Draft(about=f"worry:{worry.id}:{person.id}", kind="worry", to=person.email, person_id=person.id,
                  concerns=(of_worry(worry.id), of_reader(person.id)),
                  fields={"name": person.first_name or person.name, "advice": OTHER_CONTACT},
                  act=Button(Both("Read it", "Ei ddarllen"), page)) for person in contacts]
    return told if reached else [*told, *to_team(worry, named=bool(contacts))]


def of_worry(number: int) -> str:
    """How letters name the worry that they are about."""
    return f"worry:{number}"


def of_reader(person_id: int) -> str:
    """How letters about worries name the contact who reads them."""
    return f"safeguarding-contact:{person_id}"


def of_team(number: int) -> str:
    """How the letter to the training team about a worry is named."""
    return f"worry:{number}:team"


def to_team(worry: Worry, *, named: bool) -> list[Draft]:
    """To the training team, if it has an address: that no letter about this worry reaches anybody who reads it, or that nobody is named."""
    team = office().house.contact_email
    if not team:
        return []
    advice, does = (NOT_REACHED, Both("Who they are", "Pwy ydynt")) if named else (NO_CONTACT, Both("Name somebody", "Enwi rhywun"))
    return [Draft(about=of_team(worry.id), kind="worry", to=team, concerns=(of_worry(worry.id), of_team(worry.id)),
                  fields={"name": "training team", "advice": advice},
                  act=Button(does, f"{office().public_url}/desk/safeguarding-contacts"))]


def contacts_changed(event: SafeguardingContactEvent, told: Sequence[Person]) -> list[Draft]:
    """To these contacts that somebody reads worries, or reads more or none of them, from now on."""
    change = both(*CHANGES[event.act], event.by, event.person.name or event.person.email)
    return [Draft(about=f"worry-contacts:{event.id}:{person.id}", kind="worry-contacts", to=person.email, person_id=person.id,
                  fields={"name": person.first_name or person.name, "change": change}) for person in told]
