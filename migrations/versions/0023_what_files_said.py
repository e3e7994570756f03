"""What files said last of what they brought. Nothing is known of earlier ones, so the next folder is taken in as before."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'imported_row',
        sa.Column('of_table', sa.Text(), nullable=False),
        sa.Column('row_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('said', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('of_table', 'row_id', name=op.f('pk_imported_row')),
    )


def downgrade() -> None:
    op.drop_table('imported_row')
