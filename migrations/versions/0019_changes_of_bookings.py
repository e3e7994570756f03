"""How often a booking changed is counted, for calendars: they keep the entry with the highest sequence, which went by the clock before."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0016'
branch_labels = None
depends_on = None

SECONDS = {
    "postgresql": "GREATEST(0, CAST(FLOOR(EXTRACT(EPOCH FROM now() - booked_at)) AS INTEGER))",
    "sqlite": "MAX(0, CAST((julianday('now') - julianday(booked_at)) * 86400 AS INTEGER))",
}


def upgrade() -> None:
    """The entries that people have count the seconds since the booking was made, so those of sessions to come go on from there."""
    with op.batch_alter_table('booking') as batch_op:
        batch_op.add_column(sa.Column('changes', sa.Integer(), server_default='0', nullable=False))
    op.execute(sa.text(
        f"UPDATE booking SET changes = {SECONDS[op.get_bind().dialect.name]} WHERE booked_at IS NOT NULL AND course_session_id IN "
        "(SELECT id FROM course_session WHERE ends_at > CURRENT_TIMESTAMP)"))


def downgrade() -> None:
    with op.batch_alter_table('booking') as batch_op:
        batch_op.drop_column('changes')
