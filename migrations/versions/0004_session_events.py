"""What happened to a session itself: places, limits, rules, times, calling off; and lists that rest since an import."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('session_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('stood', sa.Enum('draft', 'scheduled', 'delivered', 'cancelled', name='stood', native_enum=False, create_constraint=True, length=40),
              nullable=True),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_session_event_course_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_event'))
    )
    with op.batch_alter_table('session_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_event_course_session_id'), ['course_session_id'], unique=False)

    with op.batch_alter_table('course_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('list_rests', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE booking SET lapses = 0 WHERE status = 'lapsed' AND EXISTS (SELECT 1 FROM booking_event e WHERE e.booking_id = booking.id "
               "AND e.act = 'no_answer')")


def downgrade() -> None:
    with op.batch_alter_table('course_session', schema=None) as batch_op:
        batch_op.drop_column('list_rests')

    op.drop_table('session_event')
