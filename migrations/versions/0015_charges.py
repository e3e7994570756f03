"""What a corrected mark took back can be owed again: a booking may have a second charge of one kind, at another moment."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

A_CHARGE = {f"{name}_where": sa.text("kind <> 'waiver'") for name in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.drop_index('uq_charge_once', table_name='charge')
    op.create_index('uq_charge_once', 'charge', ['booking_id', 'kind', 'at'], unique=True, **A_CHARGE)


def downgrade() -> None:
    op.drop_index('uq_charge_once', table_name='charge')
    op.create_index('uq_charge_once', 'charge', ['booking_id', 'kind'], unique=True, **A_CHARGE)
