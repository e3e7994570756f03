"""An event keeps which person acted; a place over capacity that becomes an ordinary one, and waiting for a course, have events; and what was
seen when a list was last looked at is remembered."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

OLD = ('book', 'ask', 'ask_coming', 'join', 'walk_in', 'offer', 'offer_first', 'accept', 'let_in', 'take', 'lapse', 'rejoin', 'pass_over',
       'reorder', 'leave', 'decline_offer', 'agree', 'approve', 'refuse', 'no_answer', 'pass_on', 'give_back', 'decline', 'undo', 'free',
       'still_coming', 'keep', 'release', 'substitute', 'come_instead', 'move', 'move_here', 'apologise', 'cancel', 'change_times',
       'leaver', 'reinstate', 'withdraw', 'correct', 'whenever', 'ask_first', 'needs', 'other_manager')
EVENTS = ('booking_event', 'session_event')


def _let(acts):
    """Let an event be one of these acts and no other."""
    words = ', '.join(f"'{act}'" for act in acts)
    with op.batch_alter_table('booking_event') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_booking_event_act'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_booking_event_act'), f"act IN ({words})")


def upgrade() -> None:
    for table in EVENTS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column('by_id', sa.Integer(), nullable=True))
            batch_op.create_foreign_key(batch_op.f(f'fk_{table}_by_id'), 'person', ['by_id'], ['id'])
    _let((*OLD, 'fit_in'))
    op.create_table(
        'course_interest_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('interest_id', sa.Integer(), nullable=False),
        sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('by', sa.Text(), nullable=False),
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.Column('act', sa.Enum('any_date', 'tell_me', 'placed', 'again', 'leave', name='waiting_act', native_enum=False, create_constraint=True,
                                 length=40), nullable=False),
        sa.Column('booking_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['interest_id'], ['course_interest.id'], name=op.f('fk_course_interest_event_interest_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_course_interest_event_by_id')),
        sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_course_interest_event_booking_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_course_interest_event')),
    )
    for column in ('interest_id', 'booking_id'):
        op.create_index(op.f(f'ix_course_interest_event_{column}'), 'course_interest_event', [column])
    op.create_table(
        'list_look',
        sa.Column('course_session_id', sa.Integer(), nullable=False),
        sa.Column('seen', sa.Text(), nullable=False),
        sa.Column('places_version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_list_look_course_session_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('course_session_id', name=op.f('pk_list_look')),
    )


def downgrade() -> None:
    op.drop_table('list_look')
    op.drop_table('course_interest_event')
    op.execute("DELETE FROM booking_event WHERE act = 'fit_in'")
    _let(OLD)
    for table in EVENTS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f'fk_{table}_by_id'), type_='foreignkey')
            batch_op.drop_column('by_id')
