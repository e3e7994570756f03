"""What must be true of bookings in every database."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from app.accounts.models import Account
from app.booking.models import Booking, BookingEvent, BookingGroup, CapacityOverride, SessionQuota
from app.booking.queries import promised
from app.booking.queries.facts import HOLDS_PLACE
from app.booking.queries.programme import EXTRA, TAKEN, WAITING
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import AWAITING, ENDED, HOLDING, LIVE, PAIRS, RETURNED, Act, BookingStatus
from app.catalogue.models import Course, CourseSession, course_agency, course_prerequisite
from app.catalogue.rules import SessionStatus
from app.core.invariants import IN_TWO_DAYS, NOW, Invariant, Rows

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
        _offered.rule.is_(None), _ahead.group_id.is_(None), _ahead.priority == Booking.priority,
        sa.or_(_ahead.booked_at < Booking.booked_at, sa.and_(_ahead.booked_at == Booking.booked_at, _ahead.id < Booking.id)),
        sa.exists().where(_joined.booking_id == _ahead.id, _joined.after == BookingStatus.WAITING, _joined.id < _offered.id),
        ~sa.exists().where(_since.booking_id == _ahead.id, _since.id > _offered.id),
        ~sa.exists().where(_since.booking_id == _ahead.id, _since.act.in_((Act.PASS_OVER, Act.REORDER))),
    )
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
        .where(Booking.status == BookingStatus.LEFT_LIST, Booking.due_at.is_not(None), _last.act != Act.DECLINE_OFFER, _nothing_later),
    ),
    Invariant(
        "back-where-they-stood", "Whoever came back to a waiting list stands there by when they first joined it.",
        sa.select(Booking.ref, _last.id).join(_last, _last.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.WAITING, _last.act.in_((Act.UNDO, Act.REJOIN)), _last.after == BookingStatus.WAITING,
               _last.at < Booking.booked_at),
    ),
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
)
