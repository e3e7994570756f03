"""The office of this installation: whose name its letters bear, where links lead, which wordings the rooms have declared."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, current_app

from app.core.settings import Settings
from app.mail.rules.languages import Address
from app.mail.rules.wording import Wording
from app.mail.rules.writing import House

Reader = Callable[[bytes, datetime], bool]
"""Reads a message that came in; whether it was one for it."""


@dataclass(frozen=True)
class Audience:
    """For whom letters of these kinds are, given by the rooms that know: a condition on the letter (its `person_id` or `address`), asked again
    when it is about to leave."""

    kinds: frozenset[str]
    still: Callable[[sa.Table], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Office:
    """What writing a letter needs to know besides the letter.

    `people` is the table of those who get letters, given by their room, which stands above this one. Of its columns `id`, `email` (in small
    letters) and `language` are read. Where no mail server is named (not `letters_leave`) letters are kept, and read here.
    """

    house: House
    public_url: str
    link_key: bytes
    wordings: Mapping[str, Wording]
    people: sa.Table
    readers: tuple[Reader, ...] = ()
    audiences: tuple[Audience, ...] = ()
    letters_leave: bool = False

    @property
    def secure(self) -> bool:
        """Whether people reach the site over https."""
        return self.public_url.startswith("https:")

    def wording(self, kind: str) -> Wording:
        """The kind of letter with this name.

        Raises:
            LookupError: no room declared it.
        """
        if kind not in self.wordings:
            raise LookupError(f"no room declared the kind of letter {kind!r}; see app/wiring.py")
        return self.wordings[kind]

    def title(self, kind: str) -> str:
        """What a kind of letter is called; its own name when no room declares it any more."""
        return self.wordings[kind].title if kind in self.wordings else kind

    def address_of(self, secret: str) -> Address:
        """The address that a link in a letter leads to."""
        return self.page(f"a/{secret}")

    def page(self, path: str) -> Address:
        """The address of one of our pages."""
        return Address(f"{self.public_url}/{path}")


def open_office(
    app: Flask, wordings: Iterable[Wording], people: sa.Table, readers: Iterable[Reader] = (), audiences: Iterable[Audience] = ()
) -> None:
    """Give the app its office, with the wordings of every room, the table of people, whoever reads what comes in, and for whom letters are.

    Raises:
        ValueError: two rooms declared the same kind.
    """
    settings: Settings = app.extensions["settings"]
    by_kind: dict[str, Wording] = {}
    for wording in wordings:
        if wording.kind in by_kind:
            raise ValueError(f"the kind of letter {wording.kind!r} is declared twice")
        by_kind[wording.kind] = wording
    house = House(settings.service_name, settings.organisation, settings.contact_email, parseaddr(settings.post.sender)[1],
                  urlsplit(settings.public_url).hostname or "localhost")
    app.extensions["office"] = Office(house, settings.public_url, settings.secret_key.encode(), by_kind, people, tuple(readers),
                                          tuple(audiences), settings.post.leaves)


def office() -> Office:
    """The office of the app that is running."""
    found: Office = current_app.extensions["office"]
    return found
