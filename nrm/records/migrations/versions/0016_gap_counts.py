"""Counts that outlive the erasure of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COUNTED = {"gap_count": ("quarter", "district", "service"), "breach_count": ("quarter", "limit_key", "ladder")}


def upgrade() -> None:
    """Make the tables; erasures fill them."""
    for table, columns in COUNTED.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.String(), nullable=False) for name in columns),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    """Take them away again."""
    for table in COUNTED:
        op.drop_table(table)
