"""What a corrected mark took back can be owed again: a booking may have a second charge of one kind once the first is waived."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('uq_charge_once', table_name='charge')


def downgrade() -> None:
    """Charges that were waived make room where the same is owed twice, with their waivers."""
    twice = "SELECT w.waives_id FROM charge w JOIN charge c ON c.id = w.waives_id WHERE EXISTS (" \
            "SELECT 1 FROM charge later WHERE later.booking_id = c.booking_id AND later.kind = c.kind AND later.id > c.id)"
    numbers = [row[0] for row in op.get_bind().execute(sa.text(twice))]
    for number in numbers:
        op.execute(sa.text(f"DELETE FROM charge WHERE waives_id = {int(number)}"))
        op.execute(sa.text(f"DELETE FROM charge WHERE id = {int(number)}"))
    op.create_index('uq_charge_once', 'charge', ['booking_id', 'kind'], unique=True,
                    **{f"{name}_where": sa.text("kind <> 'waiver'") for name in ("sqlite", "postgresql")})
