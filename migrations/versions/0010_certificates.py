"""Certificates, what a course asks of people for one, and who opened the questions it may wait for."""

import sqlalchemy as sa
from alembic import op

import app.core.db

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('course') as batch_op:
        batch_op.add_column(sa.Column('certificate_percent', sa.Integer(), nullable=False, server_default='100'))
        batch_op.add_column(sa.Column('certificate_after_questions', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(batch_op.f('ck_course_certificate_percent_is_one'), 'certificate_percent BETWEEN 1 AND 100')
    op.create_table(
        'certificate',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('booking_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('issue', sa.Integer(), nullable=False),
        sa.Column('code', sa.Text(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('course', sa.Text(), nullable=False),
        sa.Column('partnership', sa.Text(), nullable=False),
        sa.Column('days', sa.JSON(), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=False),
        sa.Column('issued_at', app.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('ended_at', app.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column('ended_as', sa.Enum('replaced', 'withdrawn', name='certificate_end', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.CheckConstraint('minutes > 0', name=op.f('ck_certificate_minutes_positive')),
        sa.CheckConstraint('(ended_at IS NULL) = (ended_as IS NULL)', name=op.f('ck_certificate_end_with_its_kind')),
        sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_certificate_booking_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
        sa.UniqueConstraint('booking_id', 'issue', name=op.f('uq_certificate_booking_id_issue')),
        sa.UniqueConstraint('number', 'issue', name=op.f('uq_certificate_number_issue')),
        sa.UniqueConstraint('code', name=op.f('uq_certificate_code')),
    )
    stands = sa.text('ended_at IS NULL')
    op.create_index('uq_certificate_stands', 'certificate', ['booking_id'], unique=True, sqlite_where=stands, postgresql_where=stands)
    op.create_table(
        'questions_opened',
        sa.Column('booking_id', sa.Integer(), nullable=False),
        sa.Column('at', app.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_questions_opened_booking_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('booking_id', name=op.f('pk_questions_opened')),
    )


def downgrade() -> None:
    op.drop_table('questions_opened')
    op.drop_table('certificate')
    with op.batch_alter_table('course') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_course_certificate_percent_is_one'), type_='check')
        batch_op.drop_column('certificate_after_questions')
        batch_op.drop_column('certificate_percent')
