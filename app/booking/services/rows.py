"""How bookings and their events are written: by statements that are there already, as most of what people wait for is this."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified, instance_dict

from app.booking.models import Attempt, Booking, BookingEvent
from app.core.db import Base, db, send
from app.core.loading import keep

_booking, _event, _attempt = Booking.__table__, BookingEvent.__table__, Attempt.__table__
_NOTE = sa.insert(_event).returning(_event.c.id)
_ADD = sa.insert(_booking).returning(_booking.c.id)
_ANSWER = sa.insert(_attempt)
_COLUMNS = [column.key for column in _booking.columns if column.key != "id"]
_DEFAULTS = {column.key: column.default for column in _booking.columns if column.default is not None}


def booking(session: Session, new: Booking, happened: Mapping[str, Any], form: Mapping[str, Any] | None = None) -> BookingEvent:
    """Write a booking with the first thing that happened to it, and what the form that asked for it did (see `attempts.form_row`); the object
    goes on as if the session had written it, which takes a third of the time."""
    values = _values(new)
    if db.engine.dialect.name == "postgresql":
        number, noted = send(_begun(tuple(happened), form is not None), _marked("booking", values) | _marked("event", happened) | _marked(
            "form", form or {})).one()
    else:
        number = send(_ADD, values).scalar_one()
        noted = send(_NOTE, {"booking_id": number, **happened}).scalar_one()
        if form is not None:
            send(_ANSWER, {"booking_id": number, **form})
    _as_written(session, new, number, values)
    return BookingEvent(id=noted, booking_id=number, **happened)


def _marked(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind}_{name}": value for name, value in values.items()}


@cache
def _begun(happened: tuple[str, ...], with_form: bool) -> Any:
    """All of it in one statement: it is sent while the lock of a session is held, and each round trip is one for everybody who waits for that."""
    new = _ADD.values(_asked("booking", _booking, _COLUMNS)).cte("new")
    noted = _of_new(_event, new, "event", happened)
    if with_form:
        noted = noted.add_cte(_of_new(_attempt, new, "form", [one.key for one in _attempt.columns if one.key != "booking_id"]).cte("answered"))
    return noted.returning(_event.c.booking_id, _event.c.id)


def _of_new(table: sa.Table, new: sa.CTE, kind: str, names: Sequence[str]) -> sa.Insert:
    return sa.insert(table).from_select(["booking_id", *names], sa.select(new.c.id, *_asked(kind, table, names).values()), include_defaults=False)


def _asked(kind: str, table: sa.Table, names: Sequence[str]) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(f"{kind}_{name}", type_=table.c[name].type) for name in names}


def bookings(session: Session, new: Sequence[Booking]) -> None:
    """Write many rows, in this order, in one statement for some hundreds of them."""
    every = [_values(one) for one in new]
    numbers = _inserted(session, Booking, "ref", every)
    for one, values in zip(new, every, strict=True):
        _as_written(session, one, numbers[values["ref"]], values)


def event(values: Mapping[str, Any]) -> BookingEvent:
    """Write what happened to a booking."""
    return BookingEvent(id=send(_NOTE, values).scalar_one(), **values)


def events(session: Session, every: Sequence[dict[str, Any]]) -> list[BookingEvent]:
    """Write what happened to many bookings, one thing to each, as `bookings` writes those."""
    numbers = _inserted(session, BookingEvent, "booking_id", every)
    return [BookingEvent(id=numbers[values["booking_id"]], **values) for values in every]


def all_alike(bookings: Sequence[Booking]) -> None:
    """Let the session write the same columns of each of these, whichever of them differ: then it writes all of them in one statement."""
    for one in bookings:
        for name in ("status", "due_at", "changes", "ended_at", "reason"):
            flag_modified(one, name)


def _inserted(session: Session, model: type[Base], name: str, every: Sequence[dict[str, Any]]) -> dict[Any, int]:
    """The numbers of the rows, by what tells them apart: a database does not say in which order it wrote them."""
    table = model.__table__
    return dict(session.execute(sa.insert(table).returning(table.c[name], table.c.id), list(every)).all())


def _values(new: Booking) -> dict[str, Any]:
    values = {name: getattr(new, name) for name in _COLUMNS}
    return values | {name: default.arg(None) if default.is_callable else default.arg for name, default in _DEFAULTS.items() if values[name] is None}


def _as_written(session: Session, new: Booking, number: int, values: Mapping[str, Any]) -> None:
    new.id = number
    instance_dict(new).update(values)
    keep(session, new)
