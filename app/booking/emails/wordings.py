"""How the letters about places are worded as shipped; coordinators may word them otherwise."""

from app.mail.rules.languages import Both
from app.mail.rules.wording import Wording

COMMON = {
    "name": "the person's first name", "course": "title of the course", "when": "days and times", "where": "place, or the address to join",
    "deadline": "until when giving back is in time", "manage": "link to the booking, without signing in",
}
FACTS = "> {when}\n> {where}"
CANNOT_COME = "If you cannot come, give your place back here, so that somebody else can have it: {manage}\n\n{late}"
SURE = "that it is not sure yet whether the session takes place, if it is not"
CHANGED = "what is new, such as New time, or New time and place"
NEWS = "why the letter goes again, where it does: another time (and another place), or that the letter before could not leave in time"
LATE = "until when giving back does not count as late, or that it does by now"

PLACE = Both("you have a place on this session", "bod gennych le ar y sesiwn hon")
LIST = Both("you are on the waiting list of this session", "eich bod ar restr aros y sesiwn hon")
ASKED = Both("you asked for a place on this session", "i chi ofyn am le ar y sesiwn hon")
HAD = Both("you had a place on this session", "i chi gael lle ar y sesiwn hon")
ON_IT = Both("you were booked on this session, or waiting for it", "bod lle wedi’i gadw i chi ar y sesiwn hon, neu eich bod yn aros am un")
ON_THEM = Both("you were booked on these sessions, or waiting for them",
               "bod lle wedi’i gadw i chi ar y sesiynau hyn, neu eich bod yn aros am un")
NAMED = Both("somebody named you as their line manager", "i rywun eich enwi fel eu rheolwr llinell")
HOLDS = Both("you hold places on this session for your agency", "eich bod yn cadw lleoedd ar y sesiwn hon i’ch asiantaeth")
TOLD = Both("you asked to be told when this course runs again", "i chi ofyn am gael gwybod pan gynhelir y cwrs hwn eto")
GIVES = Both("you give this session", "mai chi sy’n cyflwyno’r sesiwn hon")
GAVE = Both("you were to give what is cancelled", "mai chi oedd i gyflwyno’r hyn a ganslwyd")
GAVE_IT = Both("you were to give this session", "mai chi oedd i gyflwyno’r sesiwn hon")
OF_CHARGE = Both("we told you of a charge", "i ni roi gwybod i chi am dâl")


def _wording(kind: str, title: str, subject: str, body: str, because: Both, *, says: str = "", acts: bool = False, **more: str) -> Wording:
    """A letter about somebody's booking. What it `says` besides the course is what it is for: no wording of it does without that."""
    return Wording(kind, title, subject, body, {**COMMON, **more}, frozenset({"course", *says.split()}), because, acts)


MONEY = {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "amount": "how much, such as £25",
         "contact": "how to reach the training team"}


def _held(kind: str, title: str, subject: str, body: str, **more: str) -> Wording:
    known = {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "places": "how many, such as 3 places",
             "agency": "for which agency", "course_page": "link to the course", "my_agency": "link to the agency's page"}
    return Wording(kind, title, subject, body, {**known, **more}, frozenset({"course", "when", "places"}), HOLDS)


WORDINGS = (
    _wording("place-confirmed", "A place is confirmed", "You have a place: {course}",
             f"Hello {{name}},\n\nYou have a place on {{course}}.\n\n{FACTS}\n\n{{sure}}\n\n{CANNOT_COME}", PLACE,
             says="when where manage", late=LATE, sure=SURE),
    _wording("booked-for-you", "Somebody booked a place for a colleague", "{booker} booked a place for you: {course}",
             f"Hello {{name}},\n\n{{booker}} booked you on {{course}}.\n\n{FACTS}\n\n{{sure}}\n\n{{also}}\n\nPlease say whether you will come. "
             "If you do not want the place, declining it is never late.\n\n{act}", PLACE,
             says="booker when where", acts=True, booker="who booked", sure=SURE, also="what else they have at that time, if anything"),
    _wording("list-joined", "Somebody joined the waiting list", "You are on the waiting list: {course}",
             f"Hello {{name}},\n\n{{by}}\n\nNo place on {{course}} is free for you at present. You are {{position}} on its waiting list.\n\n{FACTS}"
             "\n\nWhen a place comes free for you we write to you. Nobody who joins later comes before you, except people whose own date was "
             "cancelled or who were moved from this one without being asked, and whom the training team lets go first for a reason that you can "
             "read. You can leave the list at any time: {manage}",
             LIST, says="position when manage",
             position="place on the list, such as 3rd of 9", by="who asked, if it was somebody else, or that the date is for those who wait"),
    _wording("offer", "A place is offered from the waiting list", "A place is free for you until {until}: {course}",
             f"Hello {{name}},\n\n{{news}}\n\nA place on {{course}} is free for you. We hold it for you until {{until}}.\n\n{FACTS}\n\n"
             "{also}\n\n{act}\n\nIf we hear nothing it goes to the next person.", LIST, says="when where until", acts=True,
             news=NEWS, until="until when it is held",
             also="that each of a group answers alone, who has to agree, which other place they have, that they go on waiting, where that is so"),
    _wording("offer-lapsed", "An offer was not answered", "Are you still interested? {course}",
             "Hello {name},\n\nWe held a place on {course} for you and heard nothing, so we no longer hold it.\n\n{still}\n\n{act}", LIST,
             says="still",
             acts=True, still="whether the old place on the list can be had again"),
    _wording("off-list", "Somebody was taken off the waiting list by another", "You are no longer on the waiting list: {course}",
             f"Hello {{name}},\n\n{{by}} took you off the waiting list of {{course}}. {{held}}\n\n{FACTS}\n\n"
             "If you want to come all the same, you can join the list again, at its end: {session}",
             Both("you were on the waiting list of this session", "eich bod ar restr aros y sesiwn hon"), says="by",
             by="who did it", held="what becomes of a place that was held for them", session="link to the session"),
    _wording("request-made", "Somebody asked for a place", "{asked}: {course}",
             f"Hello {{name}},\n\n{{news}}\n\n{{asked}} on {{course}}. {{who}} has until {{until}} to agree. The place is held meanwhile, and "
             f"we write to you as soon as there is an answer.\n\n{FACTS}\n\nThe request can be taken back: {{manage}}", ASKED, says="when until",
             news=NEWS, who="who has to agree", until="until when", asked="You have asked for a place, or who has asked for one for the person"),
    _wording("approval-asked", "A manager is asked to agree", "Can {person} take this place? {course}",
             f"Hello,\n\n{{news}}\n\n{{asked}} on {{course}}. You are named as {{person}}’s manager.\n\n{FACTS}\n\nPlease say yes or "
             "no by {until}. {after}\n\n{act}", NAMED, says="person when until", acts=True,
             news=NEWS, person="who is to have the place", asked="who asks, and for whom if that is somebody else",
             until="until when", after="what happens when nobody answers"),
    _wording("request-refused", "A request was not agreed", "Your request was not agreed: {course}",
             "Hello {name},\n\nYour request for a place on {course} was not agreed. {reason}\n\n{other}", ASKED, says="reason",
             reason="the reason, if one was given",
             other="other dates"),
    _wording("request-lapsed", "A request was not answered in time", "Nobody answered your request: {course}",
             "Hello {name},\n\nNobody answered your request for a place on {course} in time, so the place has gone on. It is no fault of yours: "
             "speak to your manager, and ask again.\n\n{other}", ASKED, other="other dates"),
    _wording("given-back", "A place was given back", "Your place was given back: {course}",
             f"Hello {{name}},\n\nYour place on {{course}} was given back. {{thanks}}\n\n{FACTS}\n\n{{undo}}\n\n{{waits}}", HAD,
             says="when thanks undo",
             waits="that the person waits for the course again, where that is so",
             thanks="thanks, or who gave it back for the person; in time or late", undo="until when it can be undone"),
    _wording("place-released", "A place went on, as nobody said that they still come", "Your place has gone on: {course}",
             "Hello {name},\n\nWe asked whether you can still come to {course} and heard nothing, so somebody else can have the place.\n\n"
             "If you want to come all the same, book again: {session}", HAD, says="session", session="link to the session"),
    _wording("substituted", "A colleague is to go instead", "Your place is for {colleague}: {course}",
             f"Hello {{name}},\n\nYou no longer have a place on {{course}}: a colleague is to go instead of you. {{sure}}\n\n{FACTS}", HAD,
             says="when sure",
             colleague="who is to go", sure="that the colleague has the place, or that somebody has to agree first"),
    _wording("substitute-not-agreed", "A colleague cannot go instead", "{colleague} does not go instead of you: {course}",
             f"Hello {{name}},\n\nYou named {{colleague}} to go instead of you to {{course}}. {{why}} The place has gone on to others, and "
             f"nothing counts against you.\n\n{FACTS}\n\n{{other}}", HAD, says="colleague when why",
             colleague="who was to go", why="that it was not agreed, or that nobody answered", other="other dates"),
    _wording("moved", "Somebody moved to another date", "Your place is on another date now: {course}",
             f"Hello {{name}},\n\nYou have a place on {{course}} at its new date. Your place on the date before has gone on."
             f"\n\n{FACTS}\n\n{{sure}}\n\n{CANNOT_COME}", PLACE, says="when where manage", late=LATE, sure=SURE),
    _wording("taken-out", "A date is taken out of a calendar", "No longer in your calendar: {course}",
             f"Hello {{name}},\n\nYou no longer have a place on {{course}} at this time, so it is taken out of your calendar.\n\n{FACTS}",
             HAD, says="when"),
    _wording("session-cancelled", "A session is cancelled", "We have to cancel {course}",
             f"Hello {{name}},\n\nWe are sorry: we have to cancel {{course}}. {{reason}}\n\n{FACTS}\n\n{{instead}}\n\n{{act}}",
             ON_IT, says="when reason instead", acts=True, reason="the reason", instead="what is offered instead"),
    _wording("rest-cancelled", "The rest of a session that is under way is cancelled", "The rest is cancelled: {course}",
             "Hello {name},\n\nWe are sorry: the rest of {course} is cancelled. {reason}\n\nThis does not take place:\n\n> {gone}\n> {where}\n\n"
             "What took place counts as the whole of it. Nothing is charged, and you need not do anything.\n\n{other}", HAD, says="gone reason",
             reason="the reason", gone="days and times that do not take place", other="other dates"),
    Wording(
        "sessions-cancelled", "Several sessions of one person are cancelled at once", "We have to cancel {number} of yours",
        "Hello {name},\n\nWe are sorry: we have to cancel {number} on which you had a place, or for which you were waiting. {reason}"
        "\n\n{sessions}",
        {"name": COMMON["name"], "reason": "the reason", "number": "how many, such as 2 sessions",
         "sessions": "each session, and what is offered instead of it"},
        frozenset({"sessions", "reason"}), ON_THEM,
    ),
    _wording("two-dates", "A cancellation was undone, and somebody took another date meanwhile", "You have a place on two dates: {course}",
             f"Hello {{name}},\n\nWe cancelled this date of {{course}}, and it takes place after all. You have your place on it as before:\n\n"
             f"{FACTS}\n\nMeanwhile you took a place on another date, which you have too:\n\n> {{other}}\n> {{other_where}}\n\nPlease give back "
             "the place that you do not need, so that somebody else can have it; it does not count as late. On the first date: {manage}\n\nOn the "
             "other one: {manage_other}",
             PLACE,
             says="when other manage manage_other", other="the other date", other_where="where that is",
             manage_other="link to the booking on the other date"),
    _wording("times-changed", "A session has another time", "{changed}: please say whether you can still come to {course}",
             f"Hello {{name}},\n\n{{changed}} for {{course}}:\n\n{FACTS}\n\nPlease say whether you can still come. If you cannot, giving your place "
             "back does not count as late.\n\n{act}", PLACE, says="when where", acts=True, changed=CHANGED),
    _wording("list-times-changed", "A session that somebody waits for has another time", "{changed}: {course}",
             f"Hello {{name}},\n\n{{changed}} for {{course}}, for which you are waiting:\n\n{FACTS}\n\nYou keep your place on the list. If it does "
             "not suit you any more, leave it: {manage}", LIST, says="when manage", changed=CHANGED),
    _wording("place-changed", "A session has another place or link", "New place: {course}",
             f"Hello {{name}},\n\n{{course}} is held at another place, or has another address to join. You keep your place.\n\n{FACTS}", PLACE,
             says="where"),
    _wording("still-coming", "People are asked whether they still come", "Can you still come? {course}",
             f"Hello {{name}},\n\nYou have a place on {{course}}. Please say by {{until}} whether you can still come. If we hear nothing, somebody "
             f"else can have it.\n\n{FACTS}\n\n{{act}}", PLACE, says="when until", acts=True, until="until when"),
    _wording("declined", "Somebody declined a place that was booked for them", "{person} declined the place: {course}",
             f"Hello {{name}},\n\n{{person}} does not want the place on {{course}} that you booked for them. It has gone on.\n\n{FACTS}",
             Both("you booked this place", "i chi archebu’r lle hwn"), says="person when", person="who declined"),
    _wording("calendar-entry", "A further part for the calendar", "Part {part} of {course}",
             f"Hello {{name}},\n\nThis letter holds part {{part}} of {{course}} for your calendar.\n\n{FACTS}", PLACE,
             says="when part", part="which part"),
    _wording("reminder", "A reminder before a session", "{ahead}: {course}. Can you still come?",
             f"Hello {{name}},\n\nCan you still come to {{course}}?\n\n{FACTS}\n\nIf not, give your place back. It takes two taps and no "
             "password.\n\n{act}\n\n{late}", PLACE, says="when where", acts=True, late=LATE,
             ahead="when it is, such as Tomorrow or On Monday 5 October"),
    _wording("invitation-declined", "Somebody declined the entry in their calendar", "Do you want to give your place back? {course}",
             f"Hello {{name}},\n\nYour calendar told us that you declined {{course}}. You still have your place.\n\n{FACTS}\n\nIf you cannot come, "
             "give it back, so that somebody else can have it. {late}\n\n{act}\n\nIf you come, do nothing.",
             PLACE, says="when", acts=True, late=LATE),
    _wording("joining-instructions", "How to get there or join", "What you need for {course}",
             f"Hello {{name}},\n\nHere is what you need for {{course}}.\n\n{FACTS}\n\n{{joining}}\n\n{CANNOT_COME}", PLACE,
             says="when where", late=LATE,
             joining="that the address to join always leads to the present meeting, where there is one"),
    Wording(
        "charge", "A charge is written to the ledger", "A charge of {amount}: {course}",
        "Hello {name},\n\n{amount} is charged for your place on {course}.\n\n> {when}\n\n{why}\n\nYou need not do "
        "anything now: the training team sends the invoice. If this is wrong, or there was a good reason, tell us: {contact}\n\n{act}",
        {**MONEY, "why": "for what it is charged"}, frozenset({"amount", "course", "why"}), HAD, True,
    ),
    Wording(
        "charge-waived", "A charge is taken back", "No charge after all: {course}",
        "Hello {name},\n\nWe told you of a charge of {amount} for your place on {course}. It is taken back, and nothing is to be paid.\n\n> {when}"
        "\n\n{reason}\n\n{act}",
        {**MONEY, "reason": "why it is taken back"}, frozenset({"amount", "course"}), OF_CHARGE, True,
    ),
    Wording(
        "runs-again", "A course runs again", "It runs again: {course}",
        f"Hello {{name}},\n\nYou asked to be told when {{course}} runs again. Here is a new date:\n\n{FACTS}\n\nSee the date and book a place: "
        "{session}\n\nWe tell you of each new date until you have a place. If you no longer want that, say so on the course’s page: {course_page}",
        {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "where": "place, or that it is online",
         "session": "link to the date", "course_page": "link to the course"},
        frozenset({"course", "when", "session"}), TOLD,
    ),
    Wording(
        "leaver", "Somebody left, and their places went on", "{person} has left: {number} ended",
        "Hello {name},\n\n{person} has left: {why}. With that ended:\n\n{bookings}\n\nPlaces that came free are offered to those who wait. Everybody "
        "who left: {page}",
        {"name": COMMON["name"], "person": "who left", "why": "who said so, or that their account has ended",
         "number": "how many, such as 2 bookings", "bookings": "each booking, with its session", "page": "link to the page of those who left"},
        frozenset({"person", "bookings"}), Both("you are a coordinator of this service", "eich bod yn gydlynydd y gwasanaeth hwn"),
    ),
    Wording(
        "trainer-left", "A trainer has left, and their sessions need another", "{person} has left and was to give {number}",
        "Hello {name},\n\n{person} has left and was to give {number}:\n\n{sessions}\n\nThey are sent no list of who comes. Please name another "
        "trainer for each session, or call it off: {page}\n\nUntil then the desk shows them as sessions without a trainer.",
        {"name": COMMON["name"], "person": "who left", "number": "how many, such as 2 sessions", "sessions": "each session, with its day",
         "page": "link to the page with all of their sessions"},
        frozenset({"person", "sessions", "page"}), Both("you are a coordinator of this service", "eich bod yn gydlynydd y gwasanaeth hwn"),
    ),
    Wording(
        "lead-left", "Who held places for an agency has left", "{person} has left and held {number} without a name",
        "Hello {name},\n\n{person} has left and held {number} without a name:\n\n{places}\n\nThey belong to the agency and stay held for it until "
        "then; those that have no name by then go to those who wait.\n\n{what}\n\n{page}",
        {"name": COMMON["name"], "person": "who left", "number": "how many, such as 3 places", "what": "who can give them names, and what to do",
         "places": "the places, with agency, session and until when they are held", "page": "link to the agency’s page, or to the first session’s"},
        frozenset({"person", "places", "what"}),
        Both("you lead the agency, or are a coordinator of this service", "eich bod yn arwain yr asiantaeth, neu’n gydlynydd y gwasanaeth hwn"),
    ),
    Wording(
        "group-without-room", "A group that waits together has lost its room", "Your group can no longer come together: {course}",
        "Hello {name},\n\nYou booked {number} who wait to come together to {course}. There are fewer places for them than before: {room} "
        "could ever come together, so as it is they would wait in vain.\n\n> {when}\n> {where}\n\nThey wait: {people}.\n\nYou can let them come one "
        "by one, as places come free; each keeps their place on the list.\n\n{act}\n\nOr take some of them off the list, or look for another "
        "date: {course_page}",
        {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "where": COMMON["where"],
         "number": "how many, such as 5 people", "people": "their names", "room": "how many could, such as at most 3 of them",
         "course_page": "link to the course"},
        frozenset({"course", "when", "people", "room"}), Both("you booked this group", "i chi archebu i’r grŵp hwn"), True,
    ),
    Wording(
        "trainer-changed", "A session has another time or place: its trainer", "{changed} for the session that you give: {course}",
        f"Hello {{name}},\n\n{{changed}} for {{course}}, which you give:\n\n{FACTS}\n\nPeople who are booked are told too. If you cannot give it "
        "like this, tell the training team: {contact}",
        {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "where": COMMON["where"], "changed": CHANGED,
         "contact": MONEY["contact"]}, frozenset({"course", "when", "where"}), GIVES,
    ),
    Wording(
        "trainer-named", "A session has a trainer: to them", "You give {course}",
        f"Hello {{name}},\n\nThis session of {{course}} is yours to give:\n\n{FACTS}\n\nIt stands under My sessions. Who is booked is on its "
        "register, and comes by mail the day before.\n\n{act}\n\nIf you cannot give it, tell the training team: {contact}",
        {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "where": COMMON["where"], "contact": MONEY["contact"]},
        frozenset({"course", "when", "where"}), GIVES, True,
    ),
    Wording(
        "trainer-released", "A session is no longer somebody's to give: to them", "You no longer give {course}",
        "Hello {name},\n\nThis session of {course}, which you were to give, is no longer yours to give:\n\n> {when}\n\nYou need not do anything. "
        "If that surprises you, ask the training team: {contact}",
        {"name": COMMON["name"], "course": COMMON["course"], "when": COMMON["when"], "contact": MONEY["contact"]},
        frozenset({"course", "when"}), GAVE_IT,
    ),
    Wording(
        "trainer-cancelled", "Sessions are cancelled: their trainer", "We have to cancel {number} that you give",
        "Hello {name},\n\nWe have to cancel {number} that you were to give. {reason}\n\n{sessions}\n\nPeople who are booked are told too. You need "
        "not do anything.",
        {"name": COMMON["name"], "reason": "the reason", "number": "how many, such as 2 sessions", "sessions": "each session, with its day"},
        frozenset({"sessions", "reason"}), GAVE,
    ),
    _held("held-places-cancelled", "A session with places held for an agency is cancelled", "We have to cancel {course}: your held places",
          "Hello {name},\n\nWe are sorry: we have to cancel {course}. {reason}\n\n> {when}\n\nYou hold {places} without a name on it for {agency}. "
          "They go with it. People whom you have named already are written to themselves.\n\nOther dates of the course: {course_page}",
          reason="the reason"),
    _held("held-places-times", "A session with places held for an agency has another time", "{changed} for the places that you hold: {course}",
          "Hello {name},\n\n{changed} for {course}:\n\n> {when}\n> {where}\n\nYou hold {places} without a name on it for {agency} until {until}. "
          "They stay yours to name until then. If it does not suit any more, give them back: {my_agency}",
          until="until when they are held", changed=CHANGED, where=COMMON["where"]),
    _held("held-places-released", "Places held for an agency have gone on to others", "The places that you held have gone on: {course}",
          "Hello {name},\n\nYou held {places} without a name on {course} for {agency}.\n\n> {when}\n\n{why} Others can have them now. People whom "
          "you have named keep their places.\n\nIf you need more places, book people by name: {course_page}", why="why they went on"),
)
