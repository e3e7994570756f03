"""Dates that an import brought without telling those who had asked to be told."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('course_session') as batch_op:
        batch_op.add_column(sa.Column('untold', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('course_session') as batch_op:
        batch_op.drop_column('untold')
