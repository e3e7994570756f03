"""Somebody who has the database's own files, copied once, and reads in them what was there before."""

import re
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from app.core.db import db

SAID = re.compile(rb"person (\d+)")
HEADER, FRAME = 32, 24
"""Bytes of SQLite's write-ahead log before its frames, and of a frame before its page."""


def pictures(backend: str, folder: Path) -> list[set[int]]:
    """Which answers there were at each moment of which the files still tell, the earliest first."""
    return _of_the_log(folder) if backend == "sqlite" else _of_dead_rows()


def order_of(found: list[set[int]]) -> list[set[int]]:
    """Those who came in, picture by picture."""
    known: set[int] = set()
    groups = []
    for picture in found:
        groups += [picture - known] if picture - known else []
        known |= picture
    return groups


def copies() -> dict[int, int]:
    """How often the bytes of each answer are in SQLite's files."""
    path = Path(str(db.engine.url.database))
    raw = path.read_bytes() + _log(path)
    counts: dict[int, int] = {}
    for found in SAID.finditer(raw):
        counts[int(found[1])] = counts.get(int(found[1]), 0) + 1
    return counts


def _log(path: Path) -> bytes:
    log = path.with_name(path.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def _of_the_log(folder: Path) -> list[set[int]]:
    path, copy = Path(str(db.engine.url.database)), folder / "copy.sqlite3"
    database, log = path.read_bytes(), _log(path)
    found = []
    for end in [0, *_commits(log)]:
        copy.write_bytes(database)
        copy.with_name("copy.sqlite3-wal").write_bytes(log[:end])
        connection = sqlite3.connect(copy)
        with suppress(sqlite3.DatabaseError):  # a moment of which some pages are in the file, and newer
            found.append({int(text.removeprefix("person ")) for (text,) in connection.execute("SELECT text FROM answer WHERE text IS NOT NULL")})
        connection.close()
    return found


def _commits(log: bytes) -> Iterator[int]:
    """Where each commit of the log ends."""
    if len(log) < HEADER:
        return
    page, salt = struct.unpack(">I", log[8:12])[0], log[16:24]
    for at in range(HEADER, len(log) - FRAME - page + 1, FRAME + page):
        if log[at + 8:at + 16] != salt:
            return
        if struct.unpack(">I", log[at + 4:at + 8])[0]:
            yield at + FRAME + page


def _of_dead_rows() -> list[set[int]]:
    """By the transactions that wrote the rows of all ages that the pages of the table point to."""
    db.session.rollback()
    by_transaction: dict[int, set[int]] = {}
    for row in _rows_of_all_ages("answer"):
        if said := SAID.search(row):
            by_transaction.setdefault(struct.unpack("<I", row[:4])[0], set()).add(int(said[1]))
    return [by_transaction[number] for number in sorted(by_transaction)]


def begun() -> set[int]:
    """Whose words of the drafts, which stand beside their bookings there, PostgreSQL's file of that table still points to."""
    return {int(said[1]) for row in _rows_of_all_ages("answer_draft") if (said := SAID.search(row))}


def _rows_of_all_ages(table: str) -> Iterator[bytes]:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        raw = bytes(connection.scalar(sa.text("SELECT pg_read_binary_file(pg_relation_filepath(:name))"), {"name": table}))
    for start in range(0, len(raw), 8192):
        page = raw[start:start + 8192]
        for at in range(24, struct.unpack("<H", page[12:14])[0], 4):
            pointer = struct.unpack("<I", page[at:at + 4])[0]
            if (pointer >> 15) & 3 == 1:
                yield page[pointer & 0x7FFF:][:pointer >> 17]
