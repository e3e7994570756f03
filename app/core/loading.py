"""Objects made of rows that a statement of columns found, as the session would have made them: in a third of the time.

For what most requests read. Everything else asks the session for its objects.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.orm.util import identity_key

from app.core.db import Base

Kept = TypeVar("Kept", bound=Base)


def columns_of(model: type[Base]) -> list[sa.ColumnElement[Any]]:
    """What a statement asks for, in this order, so that `as_loaded` can make objects of it."""
    return list(model.__table__.columns)


def is_there(session: Session, model: type[Base], number: int) -> bool:
    """Whether the session has this object already, as it was read before."""
    return identity_key(model, number) in session.identity_map


def as_loaded(session: Session, model: type[Kept], values: Sequence[Any]) -> Kept:
    """The object of one row; as it is if the session has it already. `values` stand in the order of `columns_of`."""
    mapper = sa.inspect(model)
    made = mapper.class_manager.new_instance()
    instance_dict(made).update(zip(model.__table__.columns.keys(), values, strict=True))
    there = session.identity_map.get(mapper.identity_key_from_instance(made))
    if there is not None:
        return there  # type: ignore[return-value]
    keep(session, made)
    return made  # type: ignore[return-value]


def keep(session: Session, made: Base) -> None:
    """Let the session go on with an object whose row is in the database, as if it had read it."""
    make_transient_to_detached(made)
    session.add(made)
