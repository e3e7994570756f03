"""What people were told holds: after how many weeks a later stage is asked is kept of each session once its people are, and nobody is quoted for a yes
of which it is not known any more under which of their texts it stood (the last answer was kept for all)."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'asked_after',
        sa.Column('course_session_id', sa.Integer(), nullable=False),
        sa.Column('stage', sa.Enum('before', 'after', 'follow_up', 'manager', name='stage', native_enum=False, create_constraint=True, length=40),
                  nullable=False),
        sa.Column('weeks', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_asked_after_course_session_id')),
        sa.PrimaryKeyConstraint('course_session_id', 'stage', name=op.f('pk_asked_after')),
    )
    op.execute("""
        UPDATE response SET may_quote = 'no' WHERE may_quote <> 'no' AND id IN (
            SELECT answer.response_id FROM answer JOIN question ON question.id = answer.question_id
            WHERE question.quotable AND answer.text IS NOT NULL GROUP BY answer.response_id HAVING COUNT(*) > 1)
    """)


def downgrade() -> None:
    op.drop_table('asked_after')
