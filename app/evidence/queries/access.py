"""Whose examples and indicators somebody sees. Everything is loaded through this scope: what is outside it is as if not there."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts.queries import Visitor
from app.accounts.rules import Role
from app.booking.queries.others import agency_of
from app.evidence.models import Example, Indicator
from app.evidence.queries.standing import STANDS
from app.evidence.rules.states import ExampleStatus

READERS = (Role.COORDINATOR, Role.REPORT_AUTHOR, Role.SCRUTINEER, Role.AGENCY_LEAD)
"""Who finds the pages of the evidence."""
READ_BY_ALL = (ExampleStatus.APPROVED, ExampleStatus.EXPIRED, ExampleStatus.WITHDRAWN)
"""What somebody who only reads sees: wordings that a second person approved, or once did, as long as the answer is as it was then."""


@dataclass(frozen=True)
class Scope:
    """What the viewer may see: everything, what was approved, the own agencies', and what they added or were asked about."""

    viewer_id: int
    everything: bool = False
    approved: bool = False
    internal: bool = False
    agency_ids: frozenset[int] = frozenset()

    @property
    def examples(self) -> sa.ColumnElement[bool]:
        """The condition on `Example`."""
        if self.everything:
            return sa.true()
        approved = sa.and_(Example.status.in_(READ_BY_ALL), Example.approved_by_id.is_not(None), STANDS)
        ways = [Example.second_id == self.viewer_id, Example.added_by_id == self.viewer_id]
        ways += [approved] if self.approved else []
        ways += [sa.and_(approved, Example.agency_id.in_(self.agency_ids))] if self.agency_ids else []
        return sa.or_(*ways)

    @property
    def indicators(self) -> sa.ColumnElement[bool]:
        """The condition on `Indicator`."""
        return sa.true() if self.everything or self.approved else Indicator.agency_id.in_(self.agency_ids)

    def keeps(self, indicator: Indicator) -> bool:
        """Whether the viewer may write its numbers and its story."""
        return self.everything or indicator.agency_id in self.agency_ids

    def sees_every_month(self, indicator: Indicator) -> bool:
        """Whether small numbers of it are shown to the viewer: to the training team, and to the agency whose numbers they are.

        How many people came to training is no agency's own number: small ones are shown to the training team only (`internal`).
        """
        return self.internal or indicator.agency_id in self.agency_ids

    def reads_original(self, example: Example) -> bool:
        """Whether the viewer may read what was written, with the names in it."""
        return self.everything or example.second_id == self.viewer_id


def scope_of(visitor: Visitor) -> Scope:
    """The scope of the viewer's roles together."""
    return Scope(
        visitor.person_id, everything=visitor.has(Role.COORDINATOR), approved=visitor.has(Role.REPORT_AUTHOR, Role.SCRUTINEER),
        internal=visitor.has(Role.COORDINATOR, Role.REPORT_AUTHOR),
        agency_ids=agency_of(visitor).agency_ids if visitor.has(Role.AGENCY_LEAD) else frozenset(),
    )
