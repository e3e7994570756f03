"""Whoever wrote several texts in one form was asked under each whether it may be quoted, and the last answer was kept for all: it is not known any
more under which text a yes stood, so none of them may be quoted."""

from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        UPDATE response SET may_quote = 'no' WHERE may_quote <> 'no' AND id IN (
            SELECT answer.response_id FROM answer JOIN question ON question.id = answer.question_id
            WHERE question.quotable AND answer.text IS NOT NULL GROUP BY answer.response_id HAVING COUNT(*) > 1)
    """)


def downgrade() -> None:
    pass
