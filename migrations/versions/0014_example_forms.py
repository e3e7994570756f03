"""Which form an example of practice came in with, so that the same form sent again is the same example."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('example') as batch_op:
        batch_op.add_column(sa.Column('attempt', sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_example_attempt'), ['attempt'])


def downgrade() -> None:
    with op.batch_alter_table('example') as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_example_attempt'), type_='unique')
        batch_op.drop_column('attempt')
