"""The code of somebody's own phrase is another on each session; an answer of a manager, and what they have begun, says which manager's it is."""

import hashlib
import random
import secrets

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0019'
branch_labels = None
depends_on = None

OF_MANAGERS = ('response', 'answer_draft')
response = sa.table('response', sa.column('course_session_id', sa.Integer), sa.column('respondent', sa.Text), sa.column('anonymous', sa.Boolean))


def _forget_what_sessions_have_in_common():
    """Codes followed from the course and the phrase, so that somebody who came twice had one in both sessions. The phrases are not kept: what a
    session has paired stays so under a code that follows from nothing, and what comes in later does not pair with it."""
    bind = op.get_bind()
    codes = bind.execute(sa.select(response.c.course_session_id, response.c.respondent).where(response.c.anonymous).distinct()).all()
    salts = {session: secrets.token_bytes(32) for session, _code in codes}
    for session, code in random.SystemRandom().sample(codes, len(codes)):
        bind.execute(
            sa.update(response).where(response.c.course_session_id == session, response.c.respondent == code, response.c.anonymous)
            .values(respondent=hashlib.sha256(salts[session] + code.encode()).hexdigest()[:32]))


def upgrade() -> None:
    for table in OF_MANAGERS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column('by_manager', sa.Text(), nullable=True))
    _forget_what_sessions_have_in_common()


def downgrade() -> None:
    for table in OF_MANAGERS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column('by_manager')
