"""The booking engine: states with their acts, offers and requests, quotas, places without names, policies, charges."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

OLD = ('booked', 'waiting', 'given_back', 'session_cancelled', 'walk_in')
NEW = ('awaiting_manager', 'awaiting_coordinator', 'booked', 'waiting', 'offered', 'walk_in', 'given_back', 'left_list', 'refused', 'lapsed',
       'released', 'moved', 'substituted', 'session_cancelled')
OLD_LIVE = ('booked', 'waiting', 'walk_in')
NEW_LIVE = ('booked', 'offered', 'awaiting_manager', 'awaiting_coordinator', 'waiting', 'walk_in')
OLD_ROLES = ('delegate', 'trainer', 'coordinator', 'report_author', 'administrator')
NEW_ROLES = ('delegate', 'line_manager', 'agency_lead', 'trainer', 'coordinator', 'report_author', 'administrator')
BACK = {'awaiting_manager': 'booked', 'awaiting_coordinator': 'booked', 'offered': 'waiting', 'left_list': 'given_back', 'refused': 'given_back',
        'lapsed': 'given_back', 'released': 'given_back', 'moved': 'given_back', 'substituted': 'given_back'}


def _words(values):
    return ', '.join(f"'{value}'" for value in values)


def _let(table, column, name, values):
    """Let a column hold these words and no others."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(batch_op.f(f'ck_{table}_{name}'), type_='check')
        batch_op.create_check_constraint(batch_op.f(f'ck_{table}_{name}'), f"{column} IN ({_words(values)})")


def _live(values):
    """Let there be one of these a person and session."""
    where = sa.text(f"status IN ({_words(values)})")
    op.create_index('uq_booking_live', 'booking', ['course_session_id', 'person_id'], unique=True, sqlite_where=where, postgresql_where=where)


def _words_for_what_happened():
    """What happened, told from the states before and after; leaving the waiting list has a state of its own now."""
    op.execute("UPDATE booking_event SET after = 'left_list' WHERE before = 'waiting' AND after = 'given_back'")
    op.execute(
        "UPDATE booking SET status = 'left_list' WHERE status = 'given_back' AND EXISTS ("
        "SELECT 1 FROM booking_event e WHERE e.booking_id = booking.id AND e.after = 'left_list' AND e.id = ("
        "SELECT max(l.id) FROM booking_event l WHERE l.booking_id = booking.id))"
    )
    op.execute(
        "UPDATE booking_event SET act = CASE WHEN before IS NULL AND after = 'booked' THEN 'book' WHEN before IS NULL AND after = 'waiting' "
        "THEN 'join' WHEN after = 'walk_in' THEN 'walk_in' WHEN before = 'waiting' AND after = 'booked' THEN 'let_in' WHEN after = 'left_list' "
        "THEN 'leave' WHEN after = 'given_back' AND before = 'booked' THEN 'give_back' WHEN after = 'session_cancelled' THEN 'cancel' ELSE 'correct' END"
    )
    op.execute(
        "UPDATE booking SET turnout = (SELECT CASE a.outcome WHEN 'no_show' THEN 'missed' WHEN 'excused' THEN 'excused' ELSE 'came' END "
        "FROM attendance a WHERE a.booking_id = booking.id) WHERE EXISTS (SELECT 1 FROM attendance a WHERE a.booking_id = booking.id)"
    )



def upgrade() -> None:
    op.create_table('terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('starts_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terms'))
    )
    op.create_table('booking_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('together', sa.Boolean(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_booking_group_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_group'))
    )
    with op.batch_alter_table('booking_group', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_group_by_id'), ['by_id'], unique=False)

    op.create_table('booking_policy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('partnership_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('notice', sa.Integer(), nullable=False),
    sa.Column('notice_unit', sa.Enum('working_days', 'days', 'hours', name='notice_unit', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('offer_hours', sa.Integer(), nullable=False),
    sa.Column('near_offer_hours', sa.Integer(), nullable=False),
    sa.Column('near_hours', sa.Integer(), nullable=False),
    sa.Column('no_offers_hours', sa.Integer(), nullable=False),
    sa.Column('undo_minutes', sa.Integer(), nullable=False),
    sa.Column('approval_days', sa.Integer(), nullable=False),
    sa.Column('when_unanswered', sa.Enum('ends', 'goes_on', name='when_unanswered', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('strikes_note', sa.Integer(), nullable=False),
    sa.Column('strikes_ask', sa.Integer(), nullable=False),
    sa.Column('strike_months', sa.Integer(), nullable=False),
    sa.Column('charges', sa.Boolean(), nullable=False),
    sa.Column('late_pence', sa.Integer(), nullable=False),
    sa.Column('no_show_pence', sa.Integer(), nullable=False),
    sa.Column('external_pence', sa.Integer(), nullable=False),
    sa.Column('external_sectors', sa.JSON(), nullable=False),
    sa.Column('tell_manager', sa.Boolean(), nullable=False),
    sa.Column('reminder_days', sa.JSON(), nullable=False),
    sa.Column('joining_days', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['partnership_id'], ['partnership.id'], name=op.f('fk_booking_policy_partnership_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_policy')),
    sa.UniqueConstraint('partnership_id', 'starts_on', name=op.f('uq_booking_policy_partnership_id_starts_on'))
    )
    op.create_table('course_agency',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_course_agency_agency_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_agency_course_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('course_id', 'agency_id', name=op.f('pk_course_agency'))
    )
    with op.batch_alter_table('course_agency', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_agency_agency_id'), ['agency_id'], unique=False)

    op.create_table('course_interest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('any_date', sa.Boolean(), nullable=False),
    sa.Column('joined_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_interest_course_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_course_interest_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_interest'))
    )
    with op.batch_alter_table('course_interest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_interest_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_course_interest_live', ['course_id', 'person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('course_prerequisite',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('required_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_prerequisite_course_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['required_id'], ['course.id'], name=op.f('fk_course_prerequisite_required_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('course_id', 'required_id', name=op.f('pk_course_prerequisite'))
    )
    with op.batch_alter_table('course_prerequisite', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_prerequisite_required_id'), ['required_id'], unique=False)

    op.create_table('eligibility_exception',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_eligibility_exception_course_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_eligibility_exception_person_id')),
    sa.PrimaryKeyConstraint('course_id', 'person_id', name=op.f('pk_eligibility_exception'))
    )
    with op.batch_alter_table('eligibility_exception', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_eligibility_exception_person_id'), ['person_id'], unique=False)

    op.create_table('held_places',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('releases_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('places >= 0', name=op.f('ck_held_places_places_not_negative')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_held_places_agency_id')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_held_places_by_id')),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_held_places_course_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_held_places')),
    sa.UniqueConstraint('ref', name=op.f('uq_held_places_ref'))
    )
    with op.batch_alter_table('held_places', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_places_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_held_places_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_held_places_course_session_id'), ['course_session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_held_places_releases_at'), ['releases_at'], unique=False)

    op.create_table('session_quota',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('most', 'kept', name='quota_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('agency_id', sa.Integer(), nullable=True),
    sa.Column('sector', sa.Text(), nullable=True),
    sa.Column('releases_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('released', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.CheckConstraint('places > 0', name=op.f('ck_session_quota_places_positive')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_session_quota_agency_id')),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_session_quota_course_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_quota'))
    )
    with op.batch_alter_table('session_quota', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_quota_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_quota_course_session_id'), ['course_session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_quota_releases_at'), ['releases_at'], unique=False)

    op.create_table('attempt',
    sa.Column('key_digest', sa.Text(), nullable=False),
    sa.Column('asked_digest', sa.Text(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_attempt_booking_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key_digest', name=op.f('pk_attempt'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_booking_id'), ['booking_id'], unique=False)

    op.create_table('booking_need',
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('dietary', sa.Text(), nullable=True),
    sa.Column('access', sa.Text(), nullable=True),
    sa.Column('delete_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_booking_need_booking_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('booking_id', name=op.f('pk_booking_need'))
    )
    with op.batch_alter_table('booking_need', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_need_delete_at'), ['delete_at'], unique=False)

    op.create_table('capacity_override',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('risk', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('places >= 0', name=op.f('ck_capacity_override_places_not_negative')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_capacity_override_booking_id')),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_capacity_override_course_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_capacity_override')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_capacity_override_booking_id'))
    )
    with op.batch_alter_table('capacity_override', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_capacity_override_course_session_id'), ['course_session_id'], unique=False)

    op.create_table('charge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('late', 'no_show', 'external', 'waiver', name='charge_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('pence', sa.Integer(), nullable=False),
    sa.Column('waives_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('exported_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_charge_booking_id')),
    sa.ForeignKeyConstraint(['waives_id'], ['charge.id'], name=op.f('fk_charge_waives_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charge')),
    sa.UniqueConstraint('waives_id', name=op.f('uq_charge_waives_id'))
    )
    with op.batch_alter_table('charge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_charge_at'), ['at'], unique=False)
        batch_op.create_index('uq_charge_once', ['booking_id', 'kind'], unique=True, sqlite_where=sa.text("kind <> 'waiver'"), postgresql_where=sa.text("kind <> 'waiver'"))
        batch_op.create_index(batch_op.f('ix_charge_booking_id'), ['booking_id'], unique=False)

    op.create_table('strike_waiver',
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_strike_waiver_booking_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('booking_id', name=op.f('pk_strike_waiver'))
    )
    with op.batch_alter_table('affiliation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('level', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_affiliation_manager_email'), ['manager_email'], unique=False)

    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('manager_email', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('notice', sa.Enum('in_time', 'late', 'excused', name='notice', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('turnout', sa.Enum('came', 'missed', 'excused', name='turnout', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('priority', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('whenever', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('lapses', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('booked_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('agreed_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('asked_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('group_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('terms_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('previous_id', sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_booking_course_session_id_status'))
        batch_op.create_index('ix_booking_course_session_id_status', ['course_session_id', 'status', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_booked_by_id'), ['booked_by_id'], unique=False)
        batch_op.create_index('ix_booking_due_at', ['due_at'], unique=False, sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_booking_group_id'), ['group_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_previous_id'), ['previous_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_booking_previous_id'), 'booking', ['previous_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_booking_terms_id'), 'terms', ['terms_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_booking_booked_by_id'), 'person', ['booked_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_booking_group_id'), 'booking_group', ['group_id'], ['id'])

    with op.batch_alter_table('booking_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('act', sa.Enum('book', 'ask', 'ask_coming', 'join', 'walk_in', 'offer', 'offer_first', 'accept', 'let_in', 'take', 'lapse', 'rejoin', 'pass_over', 'reorder', 'leave', 'decline_offer', 'agree', 'approve', 'refuse', 'no_answer', 'pass_on', 'give_back', 'decline', 'undo', 'free', 'still_coming', 'keep', 'release', 'substitute', 'come_instead', 'move', 'move_here', 'apologise', 'cancel', 'change_times', 'leaver', 'reinstate', 'withdraw', 'correct', name='act', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('rule', sa.Text(), nullable=True))

    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.add_column(sa.Column('approval', sa.Enum('nobody', 'manager', 'coordinator', 'both', name='approval', native_enum=False, create_constraint=True, length=40), server_default='nobody', nullable=False))
        batch_op.add_column(sa.Column('least_level', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('for_sectors', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('reminder_days', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('joining_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('for_jobs', sa.JSON(), server_default='[]', nullable=False))

    with op.batch_alter_table('course_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cancelled_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('times_version', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('place_version', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('times_changed_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('opens_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closes_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('minimum', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('decide_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('tentative', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('confirm_days', sa.Integer(), nullable=True))

    _let('booking', 'status', 'booking_status', NEW)
    _let('booking_event', 'before', 'before', NEW)
    _let('booking_event', 'after', 'after', NEW)
    _let('account_role', 'role', 'role', NEW_ROLES)
    op.drop_index('uq_booking_live', table_name='booking')
    _live(NEW_LIVE)
    _words_for_what_happened()
    with op.batch_alter_table('booking_event') as batch_op:
        batch_op.alter_column('act', existing_type=sa.String(40), nullable=False)


def downgrade() -> None:
    op.drop_index('uq_booking_live', table_name='booking')
    for table, column in (('booking', 'status'), ('booking_event', 'before'), ('booking_event', 'after')):
        for new, old in BACK.items():
            op.execute(f"UPDATE {table} SET {column} = '{old}' WHERE {column} = '{new}'")
    op.execute("DELETE FROM account_role WHERE role IN ('line_manager', 'agency_lead')")
    _live(OLD_LIVE)
    _let('account_role', 'role', 'role', OLD_ROLES)
    _let('booking_event', 'after', 'after', OLD)
    _let('booking_event', 'before', 'before', OLD)
    _let('booking', 'status', 'booking_status', OLD)
    with op.batch_alter_table('course_session', schema=None) as batch_op:
        batch_op.drop_column('confirm_days')
        batch_op.drop_column('tentative')
        batch_op.drop_column('decide_on')
        batch_op.drop_column('minimum')
        batch_op.drop_column('closes_at')
        batch_op.drop_column('opens_at')
        batch_op.drop_column('times_changed_at')
        batch_op.drop_column('place_version')
        batch_op.drop_column('times_version')
        batch_op.drop_column('cancelled_at')

    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_course_approval'), type_='check')
        batch_op.drop_column('joining_days')
        batch_op.drop_column('reminder_days')
        batch_op.drop_column('for_jobs')
        batch_op.drop_column('for_sectors')
        batch_op.drop_column('least_level')
        batch_op.drop_column('approval')

    with op.batch_alter_table('booking_event', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_booking_event_act'), type_='check')
        batch_op.drop_column('rule')
        batch_op.drop_column('act')

    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_booking_turnout'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_booking_notice'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_booking_group_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_booking_booked_by_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_booking_terms_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_booking_previous_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_booking_previous_id'))
        batch_op.drop_index(batch_op.f('ix_booking_group_id'))
        batch_op.drop_index('ix_booking_due_at', sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_booking_booked_by_id'))
        batch_op.drop_index('ix_booking_course_session_id_status')
        batch_op.create_index(batch_op.f('ix_booking_course_session_id_status'), ['course_session_id', 'status'], unique=False)
        batch_op.drop_column('previous_id')
        batch_op.drop_column('terms_id')
        batch_op.drop_column('group_id')
        batch_op.drop_column('asked_at')
        batch_op.drop_column('agreed_at')
        batch_op.drop_column('booked_by_id')
        batch_op.drop_column('lapses')
        batch_op.drop_column('whenever')
        batch_op.drop_column('priority')
        batch_op.drop_column('turnout')
        batch_op.drop_column('notice')
        batch_op.drop_column('manager_email')
        batch_op.drop_column('due_at')

    with op.batch_alter_table('affiliation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_affiliation_manager_email'))
        batch_op.drop_column('level')

    op.drop_table('strike_waiver')
    with op.batch_alter_table('charge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_charge_booking_id'))
        batch_op.drop_index(batch_op.f('ix_charge_at'))
        batch_op.drop_index('uq_charge_once')

    op.drop_table('charge')
    with op.batch_alter_table('capacity_override', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_capacity_override_course_session_id'))

    op.drop_table('capacity_override')
    with op.batch_alter_table('booking_need', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_booking_need_delete_at'))

    op.drop_table('booking_need')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_booking_id'))
        batch_op.drop_index(batch_op.f('ix_attempt_at'))

    op.drop_table('attempt')
    with op.batch_alter_table('session_quota', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_quota_releases_at'))
        batch_op.drop_index(batch_op.f('ix_session_quota_course_session_id'))
        batch_op.drop_index(batch_op.f('ix_session_quota_agency_id'))

    op.drop_table('session_quota')
    with op.batch_alter_table('held_places', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_held_places_releases_at'))
        batch_op.drop_index(batch_op.f('ix_held_places_course_session_id'))
        batch_op.drop_index(batch_op.f('ix_held_places_by_id'))
        batch_op.drop_index(batch_op.f('ix_held_places_agency_id'))

    op.drop_table('held_places')
    with op.batch_alter_table('eligibility_exception', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_eligibility_exception_person_id'))

    op.drop_table('eligibility_exception')
    with op.batch_alter_table('course_prerequisite', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_prerequisite_required_id'))

    op.drop_table('course_prerequisite')
    with op.batch_alter_table('course_interest', schema=None) as batch_op:
        batch_op.drop_index('uq_course_interest_live', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_course_interest_person_id'))

    op.drop_table('course_interest')
    with op.batch_alter_table('course_agency', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_agency_agency_id'))

    op.drop_table('course_agency')
    op.drop_table('booking_policy')
    with op.batch_alter_table('booking_group', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_booking_group_by_id'))

    op.drop_table('booking_group')
    op.drop_table('terms')
