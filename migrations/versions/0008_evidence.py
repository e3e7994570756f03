"""Evidence of what training changed: examples of practice, agencies' indicators, promises of reports; and the role of the scrutineer."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0008'
down_revision = "0005"
branch_labels = None
depends_on = None

OLD_ROLES = ('delegate', 'line_manager', 'agency_lead', 'trainer', 'coordinator', 'report_author', 'administrator')
NEW_ROLES = (*OLD_ROLES[:6], 'scrutineer', OLD_ROLES[6])


def _let_roles_be(roles):
    """Let an account hold these roles and no others."""
    words = ', '.join(f"'{role}'" for role in roles)
    with op.batch_alter_table('account_role') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_account_role_role'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_account_role_role'), f"role IN ({words})")


def upgrade() -> None:
    _let_roles_be(NEW_ROLES)
    op.create_table('indicator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('counted', sa.Text(), nullable=False),
    sa.Column('base_of', sa.Text(), nullable=False),
    sa.Column('agency_id', sa.Integer(), nullable=True),
    sa.Column('priority_id', sa.Integer(), nullable=True),
    sa.Column('story', sa.Text(), nullable=False),
    sa.Column('others', sa.Text(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_indicator_added_by_id')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_indicator_agency_id')),
    sa.ForeignKeyConstraint(['priority_id'], ['priority.id'], name=op.f('fk_indicator_priority_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator'))
    )
    with op.batch_alter_table('indicator', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_added_by_id'), ['added_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_indicator_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_indicator_priority_id'), ['priority_id'], unique=False)

    op.create_table('promise',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('promised_in', sa.Text(), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('priority_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.Enum('open', 'shown', 'given_up', name='promise_status', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('shown_in', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('added_by_id', sa.Integer(), nullable=False),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f('ck_promise_ended_or_open')),
    sa.CheckConstraint("status <> 'given_up' OR reason IS NOT NULL", name=op.f('ck_promise_given_up_why')),
    sa.CheckConstraint("status <> 'shown' OR shown_in IS NOT NULL", name=op.f('ck_promise_shown_somewhere')),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_promise_added_by_id')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_promise_ended_by_id')),
    sa.ForeignKeyConstraint(['priority_id'], ['priority.id'], name=op.f('fk_promise_priority_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promise'))
    )
    with op.batch_alter_table('promise', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_promise_added_by_id'), ['added_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_promise_ended_by_id'), ['ended_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_promise_priority_id'), ['priority_id'], unique=False)
        batch_op.create_index('ix_promise_status_due_on', ['status', 'due_on'], unique=False)

    op.create_table('indicator_month',
    sa.Column('indicator_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('base', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('count >= 0 AND count <= base', name=op.f('ck_indicator_month_part_of_base')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_indicator_month_by_id')),
    sa.ForeignKeyConstraint(['indicator_id'], ['indicator.id'], name=op.f('fk_indicator_month_indicator_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('indicator_id', 'month', name=op.f('pk_indicator_month'))
    )
    with op.batch_alter_table('indicator_month', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_indicator_month_by_id'), ['by_id'], unique=False)

    op.create_table('example',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Enum('evaluation', 'follow_up', 'manager', 'audit', 'supervision', name='source', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=True),
    sa.Column('question_id', sa.Integer(), nullable=True),
    sa.Column('course_id', sa.Integer(), nullable=True),
    sa.Column('agency_id', sa.Integer(), nullable=True),
    sa.Column('priority_id', sa.Integer(), nullable=True),
    sa.Column('told_on', sa.Date(), nullable=False),
    sa.Column('original', sa.Text(), nullable=True),
    sa.Column('delete_original_on', sa.Date(), nullable=False),
    sa.Column('wording', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('theme', sa.Enum('tools', 'sharing', 'resources', 'awareness', 'responding', name='theme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('strength', sa.Enum('said', 'example', 'manager', 'audit', 'indicator', name='strength', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('direction', sa.Enum('for', 'against', 'both', name='direction', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('consent', sa.Enum('no', 'anonymous', 'with_role', name='quoting', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('agreed_until', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('to_check', 'waiting', 'sent_back', 'approved', 'expired', 'not_used', 'withdrawn', name='example_status', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=False),
    sa.Column('writer_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status <> 'approved' OR (approved_by_id IS NOT NULL AND wording <> '')", name=op.f('ck_example_approved_by_somebody')),
    sa.CheckConstraint("status <> 'waiting' OR second_id IS NOT NULL", name=op.f('ck_example_waiting_for_somebody')),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> writer_id', name=op.f('ck_example_approved_by_another')),
    sa.CheckConstraint('second_id IS NULL OR second_id <> writer_id', name=op.f('ck_example_second_is_another')),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_example_added_by_id')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_example_agency_id')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['person.id'], name=op.f('fk_example_approved_by_id')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_example_course_id')),
    sa.ForeignKeyConstraint(['priority_id'], ['priority.id'], name=op.f('fk_example_priority_id')),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_example_question_id')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_example_response_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['second_id'], ['person.id'], name=op.f('fk_example_second_id')),
    sa.ForeignKeyConstraint(['writer_id'], ['person.id'], name=op.f('fk_example_writer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_example')),
    sa.UniqueConstraint('response_id', 'question_id', name=op.f('uq_example_response_id_question_id'))
    )
    with op.batch_alter_table('example', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_example_added_by_id'), ['added_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_priority_id'), ['priority_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_question_id'), ['question_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_second_id'), ['second_id'], unique=False)
        batch_op.create_index('ix_example_status_told_on', ['status', 'told_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_writer_id'), ['writer_id'], unique=False)

    op.create_table('example_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('example_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.Enum('add', 'write', 'ask', 'take_back', 'approve', 'send_back', 'reopen', 'print', 'leave_out', 'withdraw', 'expire', 'forget', name='example_act', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('before', sa.Enum('to_check', 'waiting', 'sent_back', 'approved', 'expired', 'not_used', 'withdrawn', name='before', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('after', sa.Enum('to_check', 'waiting', 'sent_back', 'approved', 'expired', 'not_used', 'withdrawn', name='after', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_example_event_by_id')),
    sa.ForeignKeyConstraint(['example_id'], ['example.id'], name=op.f('fk_example_event_example_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_example_event'))
    )
    with op.batch_alter_table('example_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_example_event_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_example_event_example_id'), ['example_id'], unique=False)

    op.create_table('example_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('example_id', sa.Integer(), nullable=False),
    sa.Column('printed_in', sa.Text(), nullable=False),
    sa.Column('used_on', sa.Date(), nullable=False),
    sa.Column('wording', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['example_id'], ['example.id'], name=op.f('fk_example_use_example_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_example_use'))
    )
    with op.batch_alter_table('example_use', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_example_use_example_id'), ['example_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('example_use', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_example_use_example_id'))

    op.drop_table('example_use')
    with op.batch_alter_table('example_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_example_event_example_id'))
        batch_op.drop_index(batch_op.f('ix_example_event_by_id'))

    op.drop_table('example_event')
    with op.batch_alter_table('example', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_example_writer_id'))
        batch_op.drop_index('ix_example_status_told_on')
        batch_op.drop_index(batch_op.f('ix_example_second_id'))
        batch_op.drop_index(batch_op.f('ix_example_question_id'))
        batch_op.drop_index(batch_op.f('ix_example_priority_id'))
        batch_op.drop_index(batch_op.f('ix_example_course_id'))
        batch_op.drop_index(batch_op.f('ix_example_approved_by_id'))
        batch_op.drop_index(batch_op.f('ix_example_agency_id'))
        batch_op.drop_index(batch_op.f('ix_example_added_by_id'))

    op.drop_table('example')
    with op.batch_alter_table('indicator_month', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_indicator_month_by_id'))

    op.drop_table('indicator_month')
    with op.batch_alter_table('promise', schema=None) as batch_op:
        batch_op.drop_index('ix_promise_status_due_on')
        batch_op.drop_index(batch_op.f('ix_promise_priority_id'))
        batch_op.drop_index(batch_op.f('ix_promise_ended_by_id'))
        batch_op.drop_index(batch_op.f('ix_promise_added_by_id'))

    op.drop_table('promise')
    with op.batch_alter_table('indicator', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_indicator_priority_id'))
        batch_op.drop_index(batch_op.f('ix_indicator_agency_id'))
        batch_op.drop_index(batch_op.f('ix_indicator_added_by_id'))

    op.drop_table('indicator')
    op.execute("DELETE FROM account_role WHERE role = 'scrutineer'")
    _let_roles_be(OLD_ROLES)
