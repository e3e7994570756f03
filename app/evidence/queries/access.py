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
SECONDS = (Role.COORDINATOR, Role.REPORT_AUTHOR)
"""Who may be asked to approve an example."""
READ_BY_AUTHORS = (ExampleStatus.APPROVED, ExampleStatus.EXPIRED, ExampleStatus.WITHDRAWN)
"""What a report author sees: wordings that a second person approved, or once did, as long as the answer is as it was then."""


@dataclass(frozen=True)
class Scope:
    """What the viewer may see: everything; inside, what was approved and what they were asked about; and what they added. Others read what a
    report may print, and nothing beside it: all of it, or their agencies'."""

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
        added = Example.added_by_id == self.viewer_id
        if not self.internal:
            return added
        approved = sa.and_(Example.status.in_(READ_BY_AUTHORS), Example.approved_by_id.is_not(None), STANDS)
        return sa.or_(approved, Example.second_id == self.viewer_id, added)

    @property
    def printable(self) -> sa.ColumnElement[bool]:
        """The condition on examples of which a report may print the wording, for whoever reads no more than that."""
        return sa.true() if self.approved else Example.agency_id.in_(self.agency_ids)

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
        return self.everything or (self.internal and example.second_id == self.viewer_id)


def scope_of(visitor: Visitor) -> Scope:
    """The scope of the viewer's roles together."""
    return Scope(
        visitor.person_id, everything=visitor.has(Role.COORDINATOR), approved=visitor.has(Role.REPORT_AUTHOR, Role.SCRUTINEER),
        internal=visitor.has(*SECONDS),
        agency_ids=agency_of(visitor).agency_ids if visitor.has(Role.AGENCY_LEAD) else frozenset(),
    )
