"""What a connection is asked for: only to read, or to write, and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from flask import has_request_context


@dataclass(frozen=True)
class Writing:
    """How somebody writes: whether the commit waits for the disk (SQLite), and for how many milliseconds they wait for a lock, unless as always."""

    survives_power_cut: bool = True
    patience: int | None = None


_told_to_read: ContextVar[bool] = ContextVar("told_to_read", default=False)
_writing: ContextVar[Writing | None] = ContextVar("writing", default=None)


def told_to_read() -> bool:
    """Whether whoever runs was told that nothing may be written, whatever it is."""
    return _told_to_read.get()


@contextmanager
def only_reading() -> Iterator[None]:
    """Let the database refuse every write during the block, except what goes through `bookkeeping`."""
    before = _told_to_read.set(True)
    try:
        yield
    finally:
        _told_to_read.reset(before)


def writing() -> Writing | None:
    """How the connection that is asked for now is to write, if it is."""
    return _writing.get()


@contextmanager
def to_write(how: Writing = Writing()) -> Iterator[None]:
    """A connection that is asked for, and what is begun on it, during the block is for writing."""
    before = _writing.set(how)
    try:
        yield
    finally:
        _writing.reset(before)


def only_reads() -> bool:
    """Whether the connection that is asked for now must refuse to write: outside a transaction a request only reads, whatever its method."""
    return writing() is None and (told_to_read() or has_request_context())
