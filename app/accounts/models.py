"""Who takes part: partnerships, agencies, people with their affiliations over time, and the accounts with which they sign in."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.rules import Role, full_name
from app.core.actors import Actor
from app.core.db import Base, choice_of
from app.mail.rules.languages import Language

partnership_succession = sa.Table(
    "partnership_succession",
    Base.metadata,
    sa.Column("predecessor_id", sa.ForeignKey("partnership.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("successor_id", sa.ForeignKey("partnership.id", ondelete="CASCADE"), primary_key=True, index=True),
)

agency_partnership = sa.Table(
    "agency_partnership",
    Base.metadata,
    sa.Column("agency_id", sa.ForeignKey("agency.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("partnership_id", sa.ForeignKey("partnership.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Partnership(Base):
    """A safeguarding partnership: the area it answers for, from when to when, and who follows it."""

    __tablename__ = "partnership"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    successors: Mapped[list["Partnership"]] = relationship(
        secondary=partnership_succession,
        primaryjoin=id == partnership_succession.c.predecessor_id,
        secondaryjoin=id == partnership_succession.c.successor_id,
        order_by="Partnership.name",
    )


class Agency(Base):
    """An organisation that people work for; a service may stand under another agency, and one may follow another."""

    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sector: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    parent: Mapped["Agency | None"] = relationship(remote_side=[id])
    partnerships: Mapped[list[Partnership]] = relationship(secondary=agency_partnership, order_by="Partnership.name")
    aliases: Mapped[list["AgencyAlias"]] = relationship(cascade="all, delete-orphan", order_by="AgencyAlias.name")


class AgencyAlias(Base):
    """Another name under which people know an agency; unique, so that a name leads to one agency."""

    __tablename__ = "agency_alias"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(unique=True)


class Person(Base):
    """Someone who books, comes, trains or works here. The work address, in small letters, tells people apart.

    `language` is the one in which they would like letters.
    """

    __tablename__ = "person"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_small_letters"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    language: Mapped[Language] = mapped_column(choice_of(Language), default=Language.ENGLISH, server_default="en")
    affiliation: Mapped["Affiliation | None"] = relationship(
        primaryjoin="and_(Person.id == Affiliation.person_id, Affiliation.ends_on.is_(None))", viewonly=True
    )

    @property
    def name(self) -> str:
        """First and last name, as they gave them."""
        return full_name(self.first_name, self.last_name)

    @property
    def acting(self) -> Actor:
        """The person as whoever does something."""
        return Actor(self.name or self.email, self.id)


class Affiliation(Base):
    """Where a person works, as what and at which level of training, from one day to another; the one without an end is the present one."""

    __tablename__ = "affiliation"
    __table_args__ = (
        sa.Index(
            "uq_affiliation_present", "person_id", unique=True,
            sqlite_where=sa.text("ends_on IS NULL"), postgresql_where=sa.text("ends_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    partnership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partnership.id"), index=True)
    job_title: Mapped[str | None]
    manager_email: Mapped[str | None] = mapped_column(index=True)
    level: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    agency: Mapped[Agency | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()


class Account(Base):
    """How a person signs in; closed rather than deleted."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
    held_roles: Mapped[list["AccountRole"]] = relationship(cascade="all, delete-orphan", order_by="AccountRole.role")

    @property
    def roles(self) -> frozenset[Role]:
        """What the person may do here."""
        return frozenset(held.role for held in self.held_roles)


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(choice_of(Role), primary_key=True)


class SignIn(Base):
    """A browser that is signed in. The cookie's secret is kept as its digest only; deleting the row signs it out."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    secret_digest: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    account: Mapped[Account] = relationship()


class SignInFailure(Base):
    """A try to sign in that failed, counted so that guessing becomes slow. The address is kept as its digest only."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_digest: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class SignInRequest(Base):
    """A browser from which somebody asked to sign in by a letter. Without an account the address was nobody's, and no letter went.

    The browser's secret is kept as its digest only; the code that may be typed instead of following the link follows from it by a key that
    is not in the database.
    """

    __tablename__ = "sign_in_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    browser_digest: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    ended_at: Mapped[datetime | None]


class AddressChange(Base):
    """The address that somebody wants to have from now on; it counts once they have followed the link in a letter to it."""

    __tablename__ = "address_change"
    __table_args__ = (sa.CheckConstraint("address = lower(address)", name="address_small_letters"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class CountedTry(Base):
    """Something that may be done only so often, such as asking for a letter: by what it is counted, as a digest only, and when."""

    __tablename__ = "counted_try"
    __table_args__ = (sa.Index("ix_counted_try_key_digest", "key_digest", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_digest: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
