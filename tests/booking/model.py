"""A small pure model of places: what every act should come to, without a database, a lock or a letter.

Bookings stand in the order in which they were made; the engine's rows, by their ids, are compared with them one by one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.working_days import end_of_working_day_after

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AWAITING = ("awaiting_manager", "awaiting_coordinator")
HAS_PLACE = ("booked", *AWAITING)
HOLDING = (*HAS_PLACE, "offered")
LIVE = (*HOLDING, "waiting", "walk_in")


class No(Exception):
    """The act is refused."""


@dataclass
class Booked:
    """One booking. `agency` is where its person worked when the place was decided. `stood` is where it stood before it was given back or the
    session was called off; `over` are places beyond capacity, the `granted`-th that were given. `left` is when they left the list themselves,
    `agreed` whether it was the manager's yes that took the request from them.
    """

    person: int
    session: int
    status: str
    joined: datetime
    agency: int
    due: datetime | None = None
    priority: int = 0
    whenever: bool = False
    lapses: int = 0
    stood: str = ""
    previous: "Booked | None" = None
    moved_up: datetime | None = None
    over: int | None = None
    granted: int = 0
    offered_until: datetime | None = None
    left: datetime | None = None
    agreed: bool = False

    @property
    def holds(self):
        return self.status in HOLDING or (self.status in ("given_back", "left_list") and self.due is not None)


@dataclass
class Quota:
    kind: str
    agency: int
    places: int
    until: datetime | None
    released: bool = False


@dataclass
class Held:
    agency: int
    places: int
    until: datetime


@dataclass
class Run:
    """A session. Two runs with the same `course` are dates of one course; `asks` says that a manager and then a coordinator must agree."""

    starts: datetime
    capacity: int
    course: int
    asks: bool = False
    cancelled_at: datetime | None = None
    extras: list[int] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


class Places:
    """Every session and booking at one moment."""

    def __init__(self, now, runs, agencies):
        self.now, self.runs, self.agencies, self.bookings = now, runs, list(agencies), []

    def on(self, number, *statuses):
        return [one for one in self.bookings if one.session == number and one.status in statuses]

    def live(self, number, person):
        return next((one for one in self.on(number, *LIVE) if one.person == person), None)

    def used(self, number, agency=None):
        holding = [one for one in self.bookings if one.session == number and one.holds and agency in (None, one.agency)]
        return len(holding) + sum(held.places for held in self.runs[number].held if agency in (None, held.agency))

    def extra(self, number):
        return sum(self.runs[number].extras) + sum(one.over or 0 for one in self.bookings if one.session == number and one.holds)

    def used_of_kept(self, number, agency):
        over = [one.over for one in self.bookings if one.session == number and one.holds and one.over and self.agencies[one.person] == agency]
        return self.used(number, agency) - sum(over)

    def left(self, number):
        return max(0, self.runs[number].capacity + self.extra(number) - self.used(number))

    def force(self, number):
        return [one for one in self.runs[number].quotas if not one.released and (one.until is None or self.now < one.until)]

    def kept(self, number):
        return sum(self.unused(number, one) for one in self.force(number) if one.kind == "kept")

    def unused(self, number, quota):
        return max(0, quota.places - self.used_of_kept(number, quota.agency))

    def not_kept_from(self, number, agency):
        kept = sum(self.unused(number, quota) for quota in self.force(number) if quota.kind == "kept" and quota.agency != agency)
        return max(0, self.left(number) - kept)

    def free(self, number, agency):
        room = [quota.places - self.used(number, quota.agency) for quota in self.force(number) if quota.kind == "most" and quota.agency == agency]
        return max(0, min([self.not_kept_from(number, agency), *room]))

    def line(self, number):
        return sorted(self.on(number, "waiting"), key=lambda one: (one.priority, one.joined, self.bookings.index(one)))

    def open(self, number):
        if not self.coming(number):
            raise No

    def coming(self, number):
        return self.runs[number].cancelled_at is None and self.now < self.runs[number].starts

    def offer_ends(self, number):
        last = self.runs[number].starts - 2 * HOUR
        if self.now >= last - 15 * MINUTE:
            return None
        near = self.runs[number].starts - self.now <= 48 * HOUR
        return min(self.now + (2 if near else 24) * HOUR, last)

    def request_ends(self, number):
        starts = self.runs[number].starts
        offers_end = starts - timedelta(hours=2, minutes=30)
        return min(end_of_working_day_after(self.now, 5), offers_end if offers_end - self.now >= timedelta(hours=2) else starts)

    def put(self, one, status, due=None):
        one.agreed &= one.status != "awaiting_manager"
        one.status, one.due = status, due

    def give(self, one):
        asks = self.runs[one.session].asks
        self.put(one, "awaiting_manager" if asks else "booked", self.request_ends(one.session) if asks else None)

    def new(self, number, person, **more):
        one = Booked(person, number, "waiting", self.now, self.agencies[person], **more)
        self.bookings.append(one)
        return one

    def settle(self, number):
        """What is due happens, and what is free is offered to those who wait, in their order."""
        run = self.runs[number]
        for held in run.held:
            held.places = 0 if held.until <= self.now else held.places
        for quota in run.quotas:
            quota.released |= quota.until is not None and quota.until <= self.now
        for one in self.bookings:
            if one.session == number and one.due is not None and one.due <= self.now:
                one.lapses = 0 if one.status in AWAITING else one.lapses + (one.status == "offered")
                self.put(one, one.status if one.status in ("given_back", "left_list") else "lapsed")
        by_name = [one for one in self.bookings if one.session == number and one.holds and one.over]
        for one in sorted(by_name, key=lambda one: -one.granted):
            one.over -= min(one.over, self.not_kept_from(number, self.agencies[one.person]))
        ends = self.offer_ends(number)
        for one in self.line(number) if self.coming(number) else ():
            one.agency = self.agencies[one.person]
            if self.free(number, one.agency) and one.whenever and not self.placed_elsewhere(one):
                self.give(one)
            elif self.free(number, one.agency) and ends is not None:
                self.put(one, "offered", ends)

    def placed_elsewhere(self, one):
        return any(other.person == one.person and other.session != one.session and other.status in HAS_PLACE and one.joined < self.runs[other.session].starts
                   and self.runs[other.session].course == self.runs[one.session].course for other in self.bookings)

    def tick(self, passed):
        self.now += passed
        for number in range(len(self.runs)):
            if self.due(number):
                self.settle(number)

    def due(self, number):
        run = self.runs[number]
        moments = [one.due for one in self.bookings if one.session == number and one.due is not None]
        moments += [held.until for held in run.held if held.places] + [one.until for one in run.quotas if one.until and not one.released]
        return any(moment <= self.now for moment in moments)

    def book(self, number, person, whenever):
        self.settle(number)
        if self.live(number, person):
            return
        back = next((one for one in reversed(self.bookings) if (one.session, one.person) == (number, person) and one.status in ("given_back", "left_list") and one.due), None)
        if back:
            self.undo(back)
            if back.status == "offered":
                self.give(back)
            return
        self.open(number)
        one = self.new(number, person)
        if self.free(number, self.agencies[person]):
            self.give(one)
        one.whenever = whenever and one.status == "waiting"

    def over(self, number, person):
        self.settle(number)
        self.open(number)
        there = self.live(number, person)
        if there and there.status != "waiting":
            raise No
        free, left, kept = self.free(number, self.agencies[person]), self.left(number), self.kept(number)
        one = there or self.new(number, person)
        one.agency = self.agencies[person]
        self.put(one, "booked")
        one.over = None if free else 0 if left > kept else 1
        one.granted = 1 + max(other.granted for other in self.bookings)

    def give_back(self, one):
        self.settle(one.session)
        if one.status in ("given_back", "left_list"):
            return
        if self.now >= self.runs[one.session].starts or one.status not in (*HOLDING, "waiting"):
            raise No
        undo = min(self.now + 15 * MINUTE, self.runs[one.session].starts - 2 * HOUR - 30 * MINUTE)
        undo = undo if undo > self.now else None
        if one.status == "offered":
            one.offered_until = one.due
            self.put(one, "left_list", min(undo, one.due) if undo else None)
        elif one.status == "waiting":
            self.put(one, "left_list")
            one.left = self.now
        else:
            one.stood = one.status
            self.put(one, "given_back", undo)
        self.settle(one.session)

    def undo(self, one):
        self.settle(one.session)
        if one.status in (*HOLDING, "waiting"):
            return
        if one.status == "left_list" and one.due is None and one.left is not None and self.now < one.left + 15 * MINUTE:
            self.open(one.session)
            if self.live(one.session, one.person):
                raise No
            one.left = None
            self.put(one, "waiting")
            self.settle(one.session)
            return
        if one.status not in ("given_back", "left_list") or one.due is None or self.now >= self.runs[one.session].starts or self.live(one.session, one.person):
            raise No
        if one.status == "left_list":
            self.put(one, "offered", one.offered_until)
        else:
            self.put(one, one.stood, self.request_ends(one.session) if one.stood in AWAITING else None)

    def accept(self, one):
        self.settle(one.session)
        if one.status not in HOLDING:
            raise No
        if one.status == "offered":
            self.give(one)

    def rejoin(self, one):
        self.settle(one.session)
        if one.status in ("waiting", "offered"):
            return
        if one.status != "lapsed" or one.lapses != 1 or not self.coming(one.session) or self.live(one.session, one.person):
            raise No
        self.put(one, "waiting")
        self.settle(one.session)

    def say_whenever(self, one, whenever):
        self.settle(one.session)
        if one.status != "waiting":
            raise No
        one.whenever = whenever
        self.settle(one.session)

    def works(self, person, agency):
        self.agencies[person] = agency

    def decide(self, one, answer):
        self.settle(one.session)
        done = {"agrees": ("booked", "awaiting_coordinator"), "approve": ("booked",), "refuse": ("refused",)}[answer]
        if one.status in done and (answer != "agrees" or one.agreed):
            return
        if one.status not in (AWAITING[:1] if answer == "agrees" else AWAITING):
            raise No
        if answer == "agrees":
            self.put(one, "awaiting_coordinator", self.request_ends(one.session))
            one.agreed = True
            return
        self.put(one, "booked" if answer == "approve" else "refused")
        if answer == "refuse":
            self.settle(one.session)

    def substitute(self, one, person):
        self.settle(one.session)
        there = self.live(one.session, person)
        if one.status not in HAS_PLACE or self.now >= self.runs[one.session].starts or (there and there.status != "waiting"):
            raise No
        before = one.status, one.due
        self.put(one, "substituted")
        if one.over is None and not self.free(one.session, self.agencies[person]):
            self.put(one, *before)
            raise No
        if there:
            self.put(there, "left_list")
        colleague = self.new(one.session, person, over=one.over, granted=one.granted)
        one.over = None
        self.give(colleague)
        self.settle(one.session)

    def move(self, one, number):
        self.settle(one.session)
        if number != one.session:
            self.settle(number)
        here, there = self.runs[one.session], self.runs[number]
        if one.status not in HAS_PLACE or self.now >= here.starts or number == one.session or here.course != there.course:
            raise No
        self.open(number)
        mine = self.live(number, one.person)
        if (mine and mine.status != "waiting") or not self.free(number, self.agencies[one.person]):
            raise No
        if mine:
            self.put(mine, "left_list")
        new = self.new(number, one.person)
        new.status, new.agreed = one.status, one.agreed
        self.put(one, "moved")
        self.settle(one.session)

    def on_programme(self, number):
        if self.runs[number].cancelled_at is not None:
            raise No

    def resize(self, number, capacity):
        self.on_programme(number)
        self.settle(number)
        cut = capacity < self.runs[number].capacity
        if capacity + self.extra(number) < self.used(number) + (self.kept(number) if cut else 0):
            raise No
        self.runs[number].capacity = capacity
        self.settle(number)

    def add_extra(self, number, places):
        self.open(number)
        self.runs[number].extras.append(places)
        self.settle(number)

    def take_extra_back(self, number):
        self.on_programme(number)
        self.settle(number)
        run = self.runs[number]
        if self.used(number) + self.kept(number) > run.capacity + self.extra(number) - run.extras[-1]:
            raise No
        run.extras.pop()

    def add_quota(self, number, quota):
        self.on_programme(number)
        if quota.until is not None and not self.now < quota.until <= self.runs[number].starts:
            raise No
        self.settle(number)
        kept, used = self.kept(number), self.used(number, quota.agency)
        if (quota.kind == "most" and used > quota.places) or (quota.kind == "kept" and self.unused(number, quota) > self.left(number) - kept):
            raise No
        self.runs[number].quotas.append(quota)
        self.settle(number)

    def release_quota(self, number, which):
        self.runs[number].quotas[which].released = True
        self.settle(number)

    def hold(self, number, held):
        self.settle(number)
        self.open(number)
        if not self.now < held.until < self.runs[number].starts - 2 * HOUR - 15 * MINUTE or self.line(number) or held.places > self.free(number, held.agency):
            raise No
        self.runs[number].held.append(held)

    def name(self, number, which, person):
        held = self.runs[number].held[which]
        there = self.live(number, person)
        if held.places < 1 or held.until <= self.now or (there and there.status != "waiting"):
            raise No
        self.open(number)
        held.places -= 1
        if not self.free(number, self.agencies[person]):
            held.places += 1
            raise No
        one = there or self.new(number, person)
        one.agency = self.agencies[person]
        self.give(one)
        self.settle(number)

    def release_held(self, number, which):
        self.runs[number].held[which].places = 0
        self.settle(number)

    def cancel(self, number, other):
        run = self.runs[number]
        if not self.coming(number) or self.on(number, "walk_in") or (other is not None and (other == number or self.runs[other].course != run.course or not self.coming(other))):
            raise No
        if other is not None:
            self.settle(other)
        run.cancelled_at = self.now
        for one in self.bookings:
            one.due = None if one.session == number and one.status in ("given_back", "left_list") else one.due
        for one in sorted(self.on(number, *LIVE), key=lambda one: (one.priority, one.joined, self.bookings.index(one))):
            one.stood = one.status
            self.put(one, "session_cancelled")
            if other is None or one.stood not in HAS_PLACE:
                continue
            mine = self.live(other, one.person)
            if mine is not None:
                if mine.status == "waiting" and mine.priority != -1:
                    mine.priority, mine.moved_up = -1, self.now
                continue
            elsewhere = self.new(other, one.person, priority=-1, previous=one)
            last = self.runs[other].starts - 2 * HOUR
            elsewhere.status = ""  # it does not hold a place while its own is looked for
            free = self.now < last - 15 * MINUTE and self.free(other, self.agencies[one.person])
            self.put(elsewhere, "offered" if free else "waiting", min(end_of_working_day_after(self.now, 5), last) if free else None)

    def take_cancelling_back(self, number):
        run = self.runs[number]
        if run.cancelled_at is None or self.now > run.cancelled_at + 10 * MINUTE or self.now >= run.starts:
            raise No
        called_off, run.cancelled_at = run.cancelled_at, None
        touched = {number} | {one.session for one in self.bookings if one.previous and one.previous.session == number}
        people = {one.person for one in self.on(number, "session_cancelled")}
        for one in self.bookings:
            if one.moved_up == called_off and one.person in people and one.status == "waiting" and one.priority == -1 and self.runs[one.session].course == run.course:
                one.priority = 0
                touched.add(one.session)
        for one in self.on(number, "session_cancelled"):
            status = "waiting" if one.stood == "offered" else one.stood
            self.put(one, status, self.request_ends(number) if status in AWAITING else None)
            for elsewhere in self.bookings:
                if elsewhere.previous is one and elsewhere.status in ("offered", "waiting"):
                    self.put(elsewhere, "left_list")
        for one in sorted(touched):
            self.settle(one)

    def walk_in(self, number, person):
        there = self.live(number, person)
        if self.runs[number].cancelled_at or self.now < self.runs[number].starts - 30 * MINUTE or (there and there.status in ("booked", "walk_in")):
            raise No
        self.put(there or self.new(number, person), "walk_in")
