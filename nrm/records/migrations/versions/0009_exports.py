"""Exports and far-reaching roles that a second person allows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.types import CanonicalJson, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("export_request", "role_grant", "taken_out")
ASKED = sa.text("status = 'asked'")


def upgrade() -> None:
    """Add what waits for a second person, and how much somebody took out."""
    op.create_table(
        "export_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("history_seq", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_request")),
    )
    op.create_index(op.f("ix_export_request_asked_by_what_status"), "export_request", ["asked_by", "what", "status"])
    op.create_index(op.f("ix_export_request_asked_at_id"), "export_request", ["asked_at", "id"])
    op.create_table(
        "taken_out",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("cases", CanonicalJson(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_out")),
    )
    op.create_index(op.f("ix_taken_out_by_id_at"), "taken_out", ["by_id", "at"])
    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("roles", CanonicalJson(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index("uq_role_grant_asked", "role_grant", ["user_id"], unique=True, sqlite_where=ASKED,
                    postgresql_where=ASKED)


def downgrade() -> None:
    """Take them away again."""
    for table in TABLES:
        op.drop_table(table)
