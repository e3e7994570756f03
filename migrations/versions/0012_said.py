"""What people say of their own booking is an event of it: how a place that comes free reaches them, that what they need was changed,
and which manager is asked."""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

OLD = ('book', 'ask', 'ask_coming', 'join', 'walk_in', 'offer', 'offer_first', 'accept', 'let_in', 'take', 'lapse', 'rejoin', 'pass_over',
       'reorder', 'leave', 'decline_offer', 'agree', 'approve', 'refuse', 'no_answer', 'pass_on', 'give_back', 'decline', 'undo', 'free',
       'still_coming', 'keep', 'release', 'substitute', 'come_instead', 'move', 'move_here', 'apologise', 'cancel', 'change_times',
       'leaver', 'reinstate', 'withdraw', 'correct')
NEW = ('whenever', 'ask_first', 'needs', 'other_manager')


def _let(acts):
    """Let an event be one of these acts and no other."""
    words = ', '.join(f"'{act}'" for act in acts)
    with op.batch_alter_table('booking_event') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_booking_event_act'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_booking_event_act'), f"act IN ({words})")


def upgrade() -> None:
    _let((*OLD, *NEW))


def downgrade() -> None:
    op.execute("DELETE FROM booking_event WHERE act IN ('whenever', 'ask_first', 'needs', 'other_manager')")
    _let(OLD)
