"""How bookings and their events are written: by statements that are there already, as most of what people wait for is this."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from app.booking.models import Booking, BookingEvent
from app.core.db import Base, send
from app.core.loading import keep

_NOTE = sa.insert(BookingEvent.__table__).returning(BookingEvent.__table__.c.id)
_ADD = sa.insert(Booking.__table__).returning(Booking.__table__.c.id)
_COLUMNS = [column.key for column in Booking.__table__.columns if column.key != "id"]
_DEFAULTS = {column.key: column.default for column in Booking.__table__.columns if column.default is not None}


def booking(session: Session, new: Booking) -> None:
    """Write the row, and go on with the object as if the session had written it: a third of the time."""
    values = _values(new)
    _as_written(session, new, send(_ADD, values).scalar_one(), values)


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
