"""Accounts by letter: requests to sign in, changes of address, counted tries. When to look for reminders that are due."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0005'
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'sign_in_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('browser_digest', sa.Text(), nullable=False),
        sa.Column('asked_at', app.core.db.UtcDateTime(), nullable=False),
        sa.Column('expires_at', app.core.db.UtcDateTime(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('ended_at', app.core.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_request_account_id_account'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_request')),
        sa.UniqueConstraint('browser_digest', name=op.f('uq_sign_in_request_browser_digest')),
    )
    op.create_index(op.f('ix_sign_in_request_account_id'), 'sign_in_request', ['account_id'])
    op.create_index(op.f('ix_sign_in_request_asked_at'), 'sign_in_request', ['asked_at'])
    op.create_table(
        'address_change',
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('asked_at', app.core.db.UtcDateTime(), nullable=False),
        sa.CheckConstraint('address = lower(address)', name=op.f('ck_address_change_address_small_letters')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_address_change_person_id_person'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_address_change')),
    )
    op.create_index(op.f('ix_address_change_asked_at'), 'address_change', ['asked_at'])
    op.create_table(
        'counted_try',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key_digest', sa.Text(), nullable=False),
        sa.Column('at', app.core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_counted_try')),
    )
    op.create_index('ix_counted_try_key_digest', 'counted_try', ['key_digest', 'at'])
    op.create_index(op.f('ix_counted_try_at'), 'counted_try', ['at'])
    op.create_table(
        'reminder_look',
        sa.Column('course_session_id', sa.Integer(), nullable=False),
        sa.Column('look_at', app.core.db.UtcDateTime(), nullable=False),
        sa.Column('places_version', sa.Integer(), nullable=False),
        sa.Column('starts_at', app.core.db.UtcDateTime(), nullable=False),
        sa.Column('settings', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['course_session_id'], ['course_session.id'], name=op.f('fk_reminder_look_course_session_id_course_session'),
                                ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('course_session_id', name=op.f('pk_reminder_look')),
    )


def downgrade():
    op.drop_table('reminder_look')
    op.drop_table('counted_try')
    op.drop_table('address_change')
    op.drop_table('sign_in_request')
