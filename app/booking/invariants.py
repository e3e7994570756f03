"""What must be true of bookings in every database."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.booking.models import (
    Booking,
    BookingEvent,
    BookingGroup,
    BookingNeed,
    CapacityOverride,
    Charge,
    CourseInterest,
    CourseInterestEvent,
    HeldPlaces,
    SessionQuota,
)
from app.booking.queries import promised
from app.booking.queries.facts import HOLDS_PLACE
from app.booking.queries.programme import EXTRA, TAKEN, WAITING
from app.booking.rules.charges import ChargeKind
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice
from app.booking.rules.states import AWAITING, ENDED, HOLDING, LIVE, PAIRS, RETURNED, Act, BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.rules.waiting import FROM_LIST, WHERE_THEY_STOOD, WaitingAct
from app.booking.rules.windows import NEEDS_KEPT
from app.catalogue.models import Course, CourseSession, SessionPart, course_agency, course_prerequisite
from app.catalogue.rules import SessionStatus
from app.core.invariants import IN_TWO_DAYS, NOW, Invariant, Rows, Select, left_undone
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import LetterStatus

_coming = sa.and_(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > NOW)
_not_near = CourseSession.starts_at > IN_TWO_DAYS
_limit = CourseSession.capacity + EXTRA
_over_by_name = sa.exists().where(
    CapacityOverride.course_session_id == CourseSession.id, CapacityOverride.booking_id == Booking.id, CapacityOverride.places > 0, HOLDS_PLACE)

_open_to_all = sa.and_(
    Course.least_level.is_(None), ~sa.exists().where(course_agency.c.course_id == Course.id),
    ~sa.exists().where(course_prerequisite.c.course_id == Course.id), sa.cast(Course.for_sectors, sa.Text) == "[]",
    sa.cast(Course.for_jobs, sa.Text) == "[]",
)
_can_be_offered = (
    sa.select(Booking.id).outerjoin(BookingGroup, BookingGroup.id == Booking.group_id)
    .where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.WAITING,
           sa.or_(BookingGroup.id.is_(None), BookingGroup.together.is_(False)),
           ~sa.exists().where(Account.person_id == Booking.person_id, Account.closed_at.is_not(None)))
    .correlate(CourseSession).exists()
)
_has_quota = sa.exists().where(SessionQuota.course_session_id == CourseSession.id, SessionQuota.released.is_(False))


def _broken(kind: QuotaKind) -> Callable[[Connection, datetime], Rows]:
    """(session, which of its quotas, how many places too many), as the engine counts."""
    return lambda connection, now: [
        (at.ref, place + 1, at.broken.places) for (_number, place), at in promised.broken(now, connection).items() if at.broken.quota.kind is kind]


_numbered = sa.select(
    BookingEvent.id, BookingEvent.booking_id, BookingEvent.act, BookingEvent.before, BookingEvent.after,
    sa.func.lag(BookingEvent.after).over(partition_by=BookingEvent.booking_id, order_by=BookingEvent.id).label("earlier"),
).subquery()
_last = aliased(BookingEvent)
_later = aliased(BookingEvent)
_nothing_later = ~sa.exists().where(_later.booking_id == Booking.id, _later.id > _last.id)

_ahead = aliased(Booking)
_offered = aliased(BookingEvent)
_since = aliased(BookingEvent)
_joined = aliased(BookingEvent)
_offer_out_of_order = (
    sa.select(Booking.ref, _ahead.ref.label("ahead")).join(_ahead, _ahead.course_session_id == Booking.course_session_id)
    .join(_offered, sa.and_(_offered.booking_id == Booking.id, _offered.act == Act.OFFER))
    .join(CourseSession, CourseSession.id == Booking.course_session_id).join(Course, Course.id == CourseSession.course_id)
    .where(
        _coming, _open_to_all, ~_has_quota, Booking.status == BookingStatus.OFFERED, _ahead.status == BookingStatus.WAITING,
        _offered.rule.is_(None), _offered.before.is_distinct_from(BookingStatus.OFFERED), _ahead.group_id.is_(None),
        sa.or_(_ahead.priority < Booking.priority, sa.and_(_ahead.priority == Booking.priority, sa.or_(
            _ahead.booked_at < Booking.booked_at, sa.and_(_ahead.booked_at == Booking.booked_at, _ahead.id < Booking.id)))),
        sa.exists().where(_joined.booking_id == _ahead.id, _joined.after == BookingStatus.WAITING, _joined.id < _offered.id),
        ~sa.exists().where(_since.booking_id == _ahead.id, _since.id > _offered.id),
        ~sa.exists().where(_since.booking_id == _ahead.id, _since.act.in_((Act.PASS_OVER, Act.REORDER))),
    )
)

_first = aliased(BookingEvent)
_follower = aliased(Booking)
_waived = aliased(Charge)
_waiver = aliased(Charge)
_parts = sa.select(
    SessionPart.course_session_id, sa.func.min(SessionPart.starts_at).label("starts_at"), sa.func.max(SessionPart.ends_at).label("ends_at"),
).group_by(SessionPart.course_session_id).subquery()

_wait = aliased(CourseInterestEvent)
_wait_later = aliased(CourseInterestEvent)


def _overdue(before: datetime) -> Select:
    """(what, its number) of limits that ended before then and of which nothing came."""
    return sa.union_all(
        sa.select(sa.literal("booking"), Booking.id).where(Booking.due_at < before),
        sa.select(sa.literal("held places"), HeldPlaces.id).where(HeldPlaces.places > 0, HeldPlaces.releases_at < before),
        sa.select(sa.literal("quota"), SessionQuota.id).where(SessionQuota.released.is_(False), SessionQuota.releases_at < before),
    )


def _date_not_offered(before: datetime) -> Select:
    """(wait, session) of a free place that somebody for whom any date will do could have had since then: nothing has happened to them meanwhile."""
    there, place, other, event = aliased(Booking), aliased(Booking), aliased(CourseSession), aliased(BookingEvent)
    mine, of_course = place.person_id == CourseInterest.person_id, other.course_id == CourseInterest.course_id
    placed = sa.select(place.id).join(other, other.id == place.course_session_id).where(
        mine, of_course, sa.or_(place.status.in_(HOLDING), place.due_at.is_not(None)), other.starts_at > before).exists()
    moved = sa.select(event.id).join(place, place.id == event.booking_id).join(other, other.id == place.course_session_id).where(
        mine, of_course, event.at >= before).exists()
    return sa.select(CourseInterest.id, CourseSession.ref).join(Course, Course.id == CourseInterest.course_id).join(
        CourseSession, CourseSession.course_id == Course.id).where(
        CourseInterest.any_date, CourseInterest.ended_at.is_(None), CourseInterest.joined_at < before, _open_to_all, ~_has_quota,
        CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > before + timedelta(days=3), _limit > TAKEN,
        CourseSession.list_rests.is_(False), ~placed, ~moved,
        ~sa.exists().where(there.person_id == CourseInterest.person_id, there.course_session_id == CourseSession.id),
        ~sa.exists().where(_wait.interest_id == CourseInterest.id, _wait.at >= before),
        ~sa.exists().where(Account.person_id == CourseInterest.person_id, Account.closed_at.is_not(None)))


def _needs_too_long(connection: Connection, _now: datetime) -> Rows:
    """(booking, until when) of needs that would be kept for longer after the session than people were told."""
    planned = connection.execute(
        sa.select(Booking.ref, BookingNeed.delete_at, CourseSession.ends_at).join(Booking, Booking.id == BookingNeed.booking_id)
        .join(CourseSession, CourseSession.id == Booking.course_session_id))
    return [(ref, delete_at) for ref, delete_at, ends_at in planned if delete_at > ends_at + NEEDS_KEPT]


_here = aliased(BookingEvent)
_beside = aliased(Booking)
_joined_otherwise = (
    sa.select(Booking.ref, _here.at).join(_here, _here.booking_id == Booking.id)
    .where(_here.before.is_(None), _here.act.in_((Act.JOIN, Act.BOOK, Act.ASK)),
           ~sa.exists().where(_later.booking_id == Booking.id, _later.by == "import"),
           sa.or_(_here.reason.is_(None), _here.reason.not_in((FROM_LIST, WHERE_THEY_STOOD))),
           sa.or_(Booking.booked_at.is_(None), Booking.booked_at < _here.at, sa.and_(Booking.booked_at > _here.at, ~sa.exists().where(
               _beside.course_session_id == Booking.course_session_id, _beside.id != Booking.id, _beside.booked_at == Booking.booked_at))))
)
"""Whoever joined says when: as the clock said, or where that was put back as whoever joined last before them. Who was put on a list as they wait for
the course, or declined a place into which another turned their wait, asked before."""

_asked_still = (
    sa.select(Letter.ref, Booking.ref.label("booking")).join(LetterConcern, LetterConcern.letter_id == Letter.id)
    .join(Booking, LetterConcern.subject == sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(":unanswered"))
    .where(Letter.status.in_((LetterStatus.QUEUED, LetterStatus.HELD)), Booking.agreed_at > Letter.written_at)
)

INVARIANTS = (
    Invariant(
        "within-capacity", "No session to come has more places held (booked, offered, asked for, without a name) than capacity and overrides.",
        sa.select(CourseSession.ref, _limit.label("places"), TAKEN.label("held")).where(_coming, _limit < TAKEN),
    ),
    Invariant(
        "over-capacity-as-needed", "No place that was added over capacity for somebody by name is free for those who wait.",
        sa.select(CourseSession.ref, _limit.label("places"), TAKEN.label("held"))
        .where(_coming, _not_near, ~_has_quota, _limit > TAKEN, _over_by_name, WAITING > 0, CourseSession.list_rests.is_(False)),
    ),
    Invariant("within-quota", "No agency or sector holds more places than its limit and overrides.", _broken(QuotaKind.MOST)),
    Invariant("kept-places-there", "Places that are kept for an agency, a sector or the coordinator are there for them.", _broken(QuotaKind.KEPT)),
    Invariant(
        "no-place-idle", "Nobody who could have it waits for a free place of a session that is not near and whose list moves.",
        sa.select(CourseSession.ref, _limit.label("places"), TAKEN.label("held")).join(Course, Course.id == CourseSession.course_id)
        .where(_coming, _not_near, _open_to_all, ~_has_quota, _can_be_offered, _limit > TAKEN, CourseSession.list_rests.is_(False)),
    ),
    Invariant(
        "any-date-offered", "A free place of a session that is not near is offered to those for whom any date will do when the worker has looked.",
        left_undone("places-opened", _date_not_offered),
    ),
    Invariant(
        "one-live-booking", "Nobody has two live bookings on one session.",
        sa.select(Booking.course_session_id, Booking.person_id).where(Booking.status.in_(LIVE))
        .group_by(Booking.course_session_id, Booking.person_id).having(sa.func.count() > 1),
    ),
    Invariant(
        "cancelled-sessions-empty", "Nobody has a live booking on a session that was cancelled.",
        sa.select(Booking.ref).join(Booking.course_session).where(CourseSession.status == SessionStatus.CANCELLED, Booking.status.in_(LIVE)),
    ),
    Invariant(
        "offers-in-order", "Nobody was offered a place while somebody stood before them, unless that was decided and said.", _offer_out_of_order,
    ),
    Invariant(
        "limits-in-time", "Offers and requests have an end; places on the waiting list have none.",
        sa.select(Booking.ref, Booking.status).where(sa.or_(
            sa.and_(Booking.status.in_((BookingStatus.OFFERED, *AWAITING)), Booking.due_at.is_(None)),
            sa.and_(Booking.due_at.is_not(None), Booking.status.not_in((*HOLDING, *RETURNED))),
        )),
    ),
    Invariant(
        "left-lists-hold-nothing", "No place is held for whoever left a waiting list; only, for a while, for who said no to an offer.",
        sa.select(Booking.ref, _last.act).join(_last, _last.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.LEFT_LIST, Booking.due_at.is_not(None),
               _last.act.not_in((Act.DECLINE_OFFER, Act.REINSTATE)), _nothing_later),
    ),
    Invariant(
        "back-where-they-stood", "Whoever came back to a waiting list stands there by when they first joined it.",
        sa.select(Booking.ref, _last.id).join(_last, _last.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.WAITING, _last.act.in_((Act.UNDO, Act.REJOIN)), _last.after == BookingStatus.WAITING,
               _last.at < Booking.booked_at),
    ),
    Invariant("joined-when-they-joined", "When somebody asked for a place or joined a list is never changed afterwards.", _joined_otherwise),
    Invariant("nothing-left-due", "What was to end by itself has ended when the worker has looked: offers, requests, returns, what is held or kept.",
              left_undone("places", _overdue)),
    Invariant("needs-kept-as-said", "What somebody needs on the day is kept until thirty days after the session, and no longer.", _needs_too_long),
    Invariant("needs-are-gone", "What somebody needed on the day is gone when its day has come and the worker has looked.", left_undone(
        "forget-needs", lambda before: sa.select(BookingNeed.booking_id, BookingNeed.delete_at).where(BookingNeed.delete_at < before))),
    Invariant(
        "ended-bookings-have-an-end", "A booking that ended says when.",
        sa.select(Booking.ref).where(Booking.status.in_(ENDED), Booking.ended_at.is_(None), Booking.booked_at.is_not(None),
                                     sa.exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.by != "import")),
    ),
    Invariant(
        "history-follows", "Each change of a booking starts where the one before it ended.",
        sa.select(Booking.ref, _numbered.c.id).join(_numbered, _numbered.c.booking_id == Booking.id)
        .where(_numbered.c.earlier.is_not(None), sa.or_(_numbered.c.before.is_(None), _numbered.c.before != _numbered.c.earlier)),
    ),
    Invariant(
        "history-leads-here", "A booking stands where its last change left it.",
        sa.select(Booking.ref, _last.id).join(_last, _last.booking_id == Booking.id)
        .where(_last.after != Booking.status, _nothing_later),
    ),
    Invariant(
        "only-known-changes", "Nothing happened to a booking that the table of states does not have.",
        sa.select(BookingEvent.id, BookingEvent.before, BookingEvent.after).where(
            BookingEvent.act != Act.CORRECT, BookingEvent.by != "import",
            ~sa.or_(*(sa.and_(BookingEvent.before == before if before else BookingEvent.before.is_(None), BookingEvent.after == after)
                      for before, after in sorted(PAIRS, key=str))),
        ),
    ),
    Invariant(
        "history-has-a-beginning", "The history of every booking begins with how it came to be.",
        sa.select(Booking.ref).where(~sa.exists().where(_first.booking_id == Booking.id, _first.before.is_(None))),
    ),
    Invariant(
        "limits-before-the-start", "What is offered, asked for or held for an undo of a session to come ends when it starts at the latest.",
        sa.select(Booking.ref, Booking.due_at).join(Booking.course_session).where(_coming, Booking.due_at > CourseSession.starts_at),
    ),
    Invariant(
        "live-bookings-have-no-end", "A booking that stands has no end, and was not given back in time or late.",
        sa.select(Booking.ref).where(Booking.status.in_(LIVE), sa.or_(Booking.ended_at.is_not(None), Booking.notice.is_not(None))),
    ),
    Invariant(
        "moved-to-somewhere", "Whoever moved has another booking, and whoever sent a colleague has one who follows.",
        sa.select(Booking.ref).where(
            Booking.status.in_((BookingStatus.MOVED, BookingStatus.SUBSTITUTED)), ~sa.exists().where(_follower.previous_id == Booking.id)),
    ),
    Invariant(
        "overrides-of-the-session", "A place over capacity is that of a booking of the same session.",
        sa.select(CapacityOverride.id, Booking.ref).join(Booking, Booking.id == CapacityOverride.booking_id)
        .where(Booking.course_session_id != CapacityOverride.course_session_id),
    ),
    Invariant(
        "waits-as-they-were-left", "Whoever waits for a course, or no longer does, was left so by the last that happened to their wait.",
        sa.select(CourseInterest.id, _wait.act).join(_wait, _wait.interest_id == CourseInterest.id).where(
            ~sa.exists().where(_wait_later.interest_id == CourseInterest.id, _wait_later.id > _wait.id),
            CourseInterest.ended_at.is_(None) == _wait.act.in_((WaitingAct.PLACED, WaitingAct.LEAVE))),
    ),
    Invariant(
        "drafts-empty", "Nobody has a place, or waits for one, on a session that was never on the programme.",
        sa.select(Booking.ref).join(Booking.course_session).where(CourseSession.status == SessionStatus.DRAFT, Booking.status.in_(LIVE)),
    ),
    Invariant(
        "only-cancelled-are-cancelled", "A session that goes ahead does not say when it was called off.",
        sa.select(CourseSession.ref).where(CourseSession.status != SessionStatus.CANCELLED, CourseSession.cancelled_at.is_not(None)),
    ),
    Invariant(
        "times-as-the-parts", "A session starts with its first part and ends with its last.",
        sa.select(CourseSession.ref).outerjoin(_parts, _parts.c.course_session_id == CourseSession.id).where(sa.or_(
            _parts.c.starts_at.is_(None), _parts.c.starts_at != CourseSession.starts_at, _parts.c.ends_at != CourseSession.ends_at)),
    ),
    Invariant(
        "waivers-of-charges", "A charge is more than nothing; a waiver takes back one charge of the same booking, and all of it.",
        sa.select(Charge.id).outerjoin(_waived, _waived.id == Charge.waives_id).where(sa.or_(
            sa.and_(Charge.kind != ChargeKind.WAIVER, sa.or_(Charge.pence <= 0, Charge.waives_id.is_not(None))),
            sa.and_(Charge.kind == ChargeKind.WAIVER, sa.or_(
                _waived.id.is_(None), _waived.kind == ChargeKind.WAIVER, _waived.booking_id != Charge.booking_id, _waived.pence != -Charge.pence)),
        )),
    ),
    Invariant(
        "answered-is-not-asked", "No letter waits that asks for a yes, or says that giving back is not late, once that yes was said.", _asked_still),
    Invariant(
        "late-once", "Nobody is charged twice for giving back the same session late.",
        sa.select(Booking.course_session_id, Booking.person_id).join(Charge, Charge.booking_id == Booking.id)
        .outerjoin(_waiver, _waiver.waives_id == Charge.id).where(Charge.kind == ChargeKind.LATE, _waiver.id.is_(None))
        .group_by(Booking.course_session_id, Booking.person_id).having(sa.func.count() > 1),
    ),
    Invariant(
        "charged-for-what-happened", "What is owed is owed for what the booking says: given back late, missed, or came.",
        sa.select(Charge.id, Booking.ref).join(Booking, Booking.id == Charge.booking_id).outerjoin(_waiver, _waiver.waives_id == Charge.id).where(
            _waiver.id.is_(None), sa.or_(
                sa.and_(Charge.kind == ChargeKind.LATE, sa.or_(Booking.notice.is_(None), Booking.notice != Notice.LATE)),
                sa.and_(Charge.kind == ChargeKind.NO_SHOW, sa.or_(Booking.turnout.is_(None), Booking.turnout != Turnout.MISSED)),
                sa.and_(Charge.kind == ChargeKind.EXTERNAL, sa.or_(Booking.turnout.is_(None), Booking.turnout != Turnout.CAME)),
            )),
    ),
)
