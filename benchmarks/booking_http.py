"""Bookings as browsers make them: the form is fetched beforehand, its sending is timed, over kept-alive connections on loopback."""

from collections.abc import Iterator

import programme
from load import Answers, Plan, ask
from stage import BOTH, Database, Site, Stage, rounds
from table import Row, at_least, at_most, exactly, middle

CLIENTS = 8
ROUNDS = 5
EACH = 320
WORDS = {"words": "x" * 100}


def over_http(stage: Stage) -> Iterator[Row]:
    """Eight people book one session after another, other eight each round, beside a bare site that writes one row a request; rounds in turn."""
    for kind in BOTH:
        on = stage.database(kind)
        rates: list[float] = []
        shares: list[float] = []
        bares: list[float] = []
        with stage.site(on) as site, stage.site(on, bare=True) as bare:
            _eight_book(on, site, 80)
            _write(bare, 200)
            for _ in rounds(ROUNDS):
                rates.append(_eight_book(on, site, EACH).rate)
                bares.append(_write(bare, 4 * EACH).rate)
                shares.append(rates[-1] / bares[-1])
        with stage.site(on, bare=True, BARE_DRIVER="1") as driver:
            _write(driver, 200)
            by_driver = _write(driver, 4 * EACH).rate
        durable = "fsync on, synchronous_commit on" if kind == "PostgreSQL" else "WAL, synchronous FULL"
        yield at_least(f"booking over HTTP, {kind}", middle(rates), 300, "a second", f"{CLIENTS} clients; {durable}; stretch 600")
        yield at_least(f"  to one row of a bare site, {kind}", middle(shares), 0.25, "%",
                       f"bare {middle(bares):,.0f} a second; by the bare driver {by_driver:,.0f}")


def _eight_book(on: Database, site: Site, count: int) -> Answers:
    """Each of the eight begins with another session, as people do: how it is when all want the same is the row of the hot session."""
    people = programme.people(on, CLIENTS)
    sessions = programme.sessions(on, count // CLIENTS, places=100)
    apart = len(sessions) // CLIENTS
    asked = [(str(who), book_address(sessions[(at + who * apart) % len(sessions)][1])) for at in range(len(sessions)) for who in range(CLIENTS)]
    return all_went_on(ask(Plan(site.port, CLIENTS, asked, "FORM", people.cookies, programme.BOOK_FIELDS)))


def _write(bare: Site, count: int) -> Answers:
    return all_went_on(ask(Plan(bare.port, CLIENTS, [("", "/write")] * count, "POST", fields=WORDS)))


def book_address(ref: str) -> str:
    """The page that books a place on this session."""
    return f"/sessions/{ref}/book"


def all_went_on(answers: Answers) -> Answers:
    """The answers, when each of them led on to another page.

    Raises:
        RuntimeError: one did not.
    """
    if set(answers.statuses) != {"302"}:
        raise RuntimeError(f"not every request was answered with a next page: {answers.statuses}\n{answers.sample[:1500]}")
    return answers


def rush(stage: Stage) -> Iterator[Row]:
    """150 people send their form for a session of 100 places in the same moment, each on a connection of their own."""
    for kind in BOTH:
        on = stage.database(kind)
        people = programme.people(on, 150)
        seconds: list[float] = []
        outcomes = set()
        with stage.site(on) as site:
            for _ in range(3):
                ((number, ref),) = programme.sessions(on, 1, places=100, courses=1)
                asked = [(who, book_address(ref)) for who in people.cookies]
                seconds.append(all_went_on(ask(Plan(site.port, 150, asked, "FORM", people.cookies, programme.BOOK_FIELDS))).seconds)
                outcomes.add(_outcome(on, number))
        yield at_most(f"150 people for 100 places, {kind}", middle(seconds), 1, "s", "from the first request to the last answer; each round")
        yield exactly("  booked and waiting, in the order of the lock", "; ".join(sorted(outcomes)), "100, 50, yes")


def _outcome(on: Database, session_id: int) -> str:
    """Booked, waiting, and whether the waiting list is in the order in which the session's lock let people in."""
    with on.app.app_context():
        booked, waiting = programme.counts(session_id)
        order = programme.waiting_order(session_id)
    return f"{booked}, {waiting}, {'yes' if order == sorted(order) else 'no'}"


def hot_session(stage: Stage) -> Iterator[Row]:
    """Everybody wants the same session: what 64 clients get through beside what 4 do, rounds in turn."""
    for kind in BOTH:
        on = stage.database(kind)
        people = programme.people(on, EACH)
        shares: list[float] = []
        rates: dict[int, list[float]] = {4: [], 64: []}
        with stage.site(on) as site:
            _all_book(on, site, people, 8)
            for _ in rounds(ROUNDS):
                for clients, found in rates.items():
                    found.append(_all_book(on, site, people, clients).rate)
                shares.append(rates[64][-1] / rates[4][-1])
        yield at_least(f"one session, 64 clients to 4, {kind}", middle(shares), 0.70, "%",
                       f"{middle(rates[64]):,.0f} and {middle(rates[4]):,.0f} a second")


def _all_book(on: Database, site: Site, people: programme.People, clients: int) -> Answers:
    ((_, ref),) = programme.sessions(on, 1, places=10_000, courses=1)
    asked = [(who, book_address(ref)) for who in people.cookies]
    return all_went_on(ask(Plan(site.port, clients, asked, "FORM", people.cookies, programme.BOOK_FIELDS)))
