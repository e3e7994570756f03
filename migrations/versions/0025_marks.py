"""A mark on the register is an event of its booking, so that a corrected one is not lost. The marks that people gave so far get theirs."""

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

OLD = ('book', 'ask', 'ask_coming', 'join', 'walk_in', 'offer', 'offer_first', 'accept', 'let_in', 'take', 'lapse', 'rejoin', 'pass_over',
       'reorder', 'leave', 'decline_offer', 'agree', 'approve', 'refuse', 'no_answer', 'pass_on', 'give_back', 'decline', 'undo', 'free',
       'still_coming', 'keep', 'release', 'substitute', 'come_instead', 'move', 'move_here', 'apologise', 'cancel', 'change_times',
       'leaver', 'reinstate', 'withdraw', 'correct', 'whenever', 'ask_first', 'needs', 'other_manager', 'fit_in')
MARKED = """
    INSERT INTO booking_event (booking_id, at, "by", by_id, act, before, after, reason)
    SELECT attendance.booking_id, attendance.marked_at, COALESCE(NULLIF(TRIM(person.first_name || ' ' || person.last_name), ''), person.email),
           person.id, 'mark', booking.status, booking.status,
           CASE attendance.outcome WHEN 'attended' THEN 'Here' WHEN 'partly_attended' THEN 'Partly' WHEN 'no_show' THEN 'Absent' ELSE 'Excused' END
           || CASE WHEN attendance.minutes IS NULL THEN '' ELSE ', ' || attendance.minutes || ' minutes' END
    FROM attendance JOIN booking ON booking.id = attendance.booking_id JOIN account ON account.id = attendance.marked_by_id
    JOIN person ON person.id = account.person_id ORDER BY attendance.marked_at, attendance.booking_id
"""


def _let(acts):
    """Let an event be one of these acts and no other."""
    words = ', '.join(f"'{act}'" for act in acts)
    with op.batch_alter_table('booking_event') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_booking_event_act'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_booking_event_act'), f"act IN ({words})")


def upgrade() -> None:
    _let((*OLD, 'mark'))
    op.execute(MARKED)


def downgrade() -> None:
    op.execute("DELETE FROM booking_event WHERE act = 'mark'")
    _let(OLD)
