"""Questionnaires that are built here: courses' own, versions with a state, more kinds of question, drafts, anonymous answers, worries."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

OLD_STAGES = ('before', 'after', 'follow_up')
NEW_STAGES = ('before', 'after', 'follow_up', 'manager')
ANCHORS = ['Nothing yet', 'A little', 'Enough to work with, with help', 'Enough to work with on my own', 'Expert: I could teach others']
KINDS = {'knowledge': 'scale_5', 'statement': 'agree', 'comment': 'long_text'}


def _words(values):
    return ', '.join(f"'{value}'" for value in values)


def _choice(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _stages(table, values):
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(batch_op.f(f'ck_{table}_stage'), type_='check')
        batch_op.create_check_constraint(batch_op.f(f'ck_{table}_stage'), f"stage IN ({_words(values)})")


def upgrade() -> None:
    _stages('questionnaire', NEW_STAGES)
    _stages('response', NEW_STAGES)
    with op.batch_alter_table('questionnaire') as batch_op:
        batch_op.add_column(sa.Column('course_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('mode', _choice('mode', 'confidential', 'anonymous'), server_default='confidential', nullable=False))
        batch_op.add_column(sa.Column('weeks', sa.Integer(), server_default='12', nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_questionnaire_stage'), type_='unique')
        batch_op.create_foreign_key(batch_op.f('fk_questionnaire_course_id'), 'course', ['course_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_questionnaire_weeks_possible'), 'weeks BETWEEN 6 AND 26')
    for name, columns, where in (('standard', ['stage'], 'course_id IS NULL'), ('course', ['course_id', 'stage'], 'course_id IS NOT NULL')):
        op.create_index(f'uq_questionnaire_{name}', 'questionnaire', columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))

    with op.batch_alter_table('questionnaire_version') as batch_op:
        batch_op.add_column(sa.Column('state', _choice('version_state', 'draft', 'in_use', 'replaced'), server_default='draft', nullable=False))
        batch_op.add_column(sa.Column('used_since', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('used_by', sa.Text(), nullable=True))
    op.execute("UPDATE questionnaire_version SET state = 'replaced', used_since = created_at")
    op.execute("UPDATE questionnaire_version SET state = 'in_use' WHERE number = ("
               "SELECT max(o.number) FROM questionnaire_version o WHERE o.questionnaire_id = questionnaire_version.questionnaire_id)")
    for state in ('in_use', 'draft'):
        where = sa.text(f"state = '{state}'")
        op.create_index(f'uq_questionnaire_version_{state}', 'questionnaire_version', ['questionnaire_id'], unique=True, sqlite_where=where,
                        postgresql_where=where)

    with op.batch_alter_table('question') as batch_op:
        batch_op.add_column(sa.Column('help', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('section', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('required', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('options', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('quotable', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('shown_if_code', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('shown_if_values', sa.JSON(), server_default='[]', nullable=False))
    question = sa.table('question', sa.column('kind', sa.Text), sa.column('options', sa.JSON), sa.column('required', sa.Boolean), sa.column('quotable', sa.Boolean))
    op.execute(question.update().where(question.c.kind == 'knowledge').values(options=ANCHORS))
    op.execute(question.update().where(question.c.kind.in_(('knowledge', 'statement'))).values(required=sa.true()))
    op.execute(question.update().where(question.c.kind == 'comment').values(quotable=sa.true()))
    for old, new in KINDS.items():
        op.execute(question.update().where(question.c.kind == old).values(kind=new))

    with op.batch_alter_table('response') as batch_op:
        batch_op.add_column(sa.Column('anonymous', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('attempt', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('keyed_by_id', sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_response_attempt'), ['attempt'])
        batch_op.create_foreign_key(batch_op.f('fk_response_keyed_by_id'), 'account', ['keyed_by_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_response_keyed_by_id'), ['keyed_by_id'], unique=False)
    with op.batch_alter_table('answer') as batch_op:
        batch_op.add_column(sa.Column('choices', sa.JSON(), server_default='[]', nullable=False))

    op.create_table('answer_draft',
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('stage', _choice('stage', *NEW_STAGES), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('given', sa.JSON(), nullable=False),
    sa.Column('saved_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_answer_draft_booking_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['questionnaire_version.id'], name=op.f('fk_answer_draft_version_id')),
    sa.PrimaryKeyConstraint('booking_id', 'stage', name=op.f('pk_answer_draft'))
    )
    op.create_index(op.f('ix_answer_draft_version_id'), 'answer_draft', ['version_id'])
    op.create_index(op.f('ix_answer_draft_saved_at'), 'answer_draft', ['saved_at'])
    op.create_table('anonymous_ticket',
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('stage', _choice('stage', *NEW_STAGES), nullable=False),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_anonymous_ticket_course_session_id')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_anonymous_ticket'))
    )
    op.create_index(op.f('ix_anonymous_ticket_course_session_id'), 'anonymous_ticket', ['course_session_id'])
    op.create_table('worry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('about', _choice('about', 'child', 'support'), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('course_session_id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('raised_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_worry_booking_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_worry_course_session_id')),
    sa.ForeignKeyConstraint(['done_by_id'], ['account.id'], name=op.f('fk_worry_done_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_worry')),
    sa.UniqueConstraint('ref', name=op.f('uq_worry_ref'))
    )
    for column in ('booking_id', 'course_session_id', 'done_by_id'):
        op.create_index(op.f(f'ix_worry_{column}'), 'worry', [column])
    op.create_table('safeguarding_contact',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('named_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('named_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_safeguarding_contact_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_safeguarding_contact'))
    )


def downgrade() -> None:
    """Keeps what the earlier version knows: the standard questionnaires of its three stages. What managers said and courses' own go."""
    for table in ('safeguarding_contact', 'worry', 'anonymous_ticket', 'answer_draft'):
        op.drop_table(table)
    gone = "SELECT id FROM questionnaire WHERE stage = 'manager' OR course_id IS NOT NULL"
    versions = f"SELECT id FROM questionnaire_version WHERE questionnaire_id IN ({gone}) OR state = 'draft'"
    questions = (f"SELECT id FROM question WHERE version_id IN ({versions}) OR kind NOT IN ('scale_5', 'agree', 'long_text')")
    op.execute(f"DELETE FROM answer WHERE question_id IN ({questions}) OR response_id IN (SELECT id FROM response WHERE version_id IN ({versions}))")
    op.execute(f"DELETE FROM response WHERE version_id IN ({versions})")
    op.execute(f"DELETE FROM question WHERE id IN ({questions})")
    op.execute(f"DELETE FROM questionnaire_version WHERE questionnaire_id IN ({gone}) OR state = 'draft'")
    op.execute("DELETE FROM questionnaire WHERE stage = 'manager' OR course_id IS NOT NULL")
    for old, new in KINDS.items():
        op.execute(f"UPDATE question SET kind = '{old}' WHERE kind = '{new}'")

    with op.batch_alter_table('answer') as batch_op:
        batch_op.drop_column('choices')
    with op.batch_alter_table('response') as batch_op:
        batch_op.drop_index(batch_op.f('ix_response_keyed_by_id'))
        batch_op.drop_constraint(batch_op.f('fk_response_keyed_by_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_response_attempt'), type_='unique')
        batch_op.drop_column('keyed_by_id')
        batch_op.drop_column('attempt')
        batch_op.drop_column('anonymous')
    with op.batch_alter_table('question') as batch_op:
        for column in ('shown_if_values', 'shown_if_code', 'quotable', 'options', 'required', 'section', 'help'):
            batch_op.drop_column(column)
    for state in ('in_use', 'draft'):
        op.drop_index(f'uq_questionnaire_version_{state}', 'questionnaire_version')
    with op.batch_alter_table('questionnaire_version') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_questionnaire_version_version_state'), type_='check')
        for column in ('used_by', 'used_since', 'state'):
            batch_op.drop_column(column)
    for name in ('standard', 'course'):
        op.drop_index(f'uq_questionnaire_{name}', 'questionnaire')
    with op.batch_alter_table('questionnaire') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_questionnaire_weeks_possible'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_questionnaire_mode'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_questionnaire_course_id'), type_='foreignkey')
        for column in ('weeks', 'mode', 'course_id'):
            batch_op.drop_column(column)
        batch_op.create_unique_constraint(batch_op.f('uq_questionnaire_stage'), ['stage'])
    _stages('response', OLD_STAGES)
    _stages('questionnaire', OLD_STAGES)


