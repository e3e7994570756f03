"""The language in which somebody would like letters, that of a wording, and that of a letter."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

TABLES = ('person', 'letter', 'wording_version')


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column('language', sa.Enum('en', 'cy', name='language', native_enum=False, create_constraint=True, length=40),
                                          server_default='en', nullable=False))
    with op.batch_alter_table('wording_version') as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_wording_version_kind_number'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_wording_version_kind_language_number'), ['kind', 'language', 'number'])


def downgrade() -> None:
    op.execute("DELETE FROM wording_version WHERE language <> 'en'")
    with op.batch_alter_table('wording_version') as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_wording_version_kind_language_number'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_wording_version_kind_number'), ['kind', 'number'])
    for table in reversed(TABLES):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(batch_op.f(f'ck_{table}_language'), type_='check')
            batch_op.drop_column('language')
