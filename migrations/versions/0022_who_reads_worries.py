"""Since when a safeguarding contact reads worries, and what was done about who does. Whoever is one now reads all, as before."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

MOMENT = app.core.db.UtcDateTime(timezone=True)
CONTACT = sa.table('safeguarding_contact', sa.column('reads_from', MOMENT))
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    with op.batch_alter_table('safeguarding_contact') as batch_op:
        batch_op.add_column(sa.Column('reads_from', MOMENT, nullable=True))
    op.execute(CONTACT.update().values(reads_from=BEGINNING))
    with op.batch_alter_table('safeguarding_contact') as batch_op:
        batch_op.alter_column('reads_from', existing_type=MOMENT, nullable=False)
    op.create_table(
        'safeguarding_contact_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('act', sa.Enum('named', 'let_read_earlier', 'removed', name='contact_act', native_enum=False, create_constraint=True, length=40),
                  nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('by', sa.Text(), nullable=False),
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_safeguarding_contact_event_person_id')),
        sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_safeguarding_contact_event_by_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safeguarding_contact_event')),
    )
    for column in ('person_id', 'by_id'):
        op.create_index(op.f(f'ix_safeguarding_contact_event_{column}'), 'safeguarding_contact_event', [column])


def downgrade() -> None:
    op.drop_table('safeguarding_contact_event')
    with op.batch_alter_table('safeguarding_contact') as batch_op:
        batch_op.drop_column('reads_from')
