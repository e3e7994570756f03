"""Since when and why what a letter says is no longer true, also of one that had left."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('letter') as batch_op:
        batch_op.add_column(sa.Column('outdated_at', app.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('outdated', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('letter') as batch_op:
        batch_op.drop_column('outdated')
        batch_op.drop_column('outdated_at')
