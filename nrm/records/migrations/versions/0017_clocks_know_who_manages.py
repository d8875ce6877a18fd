"""A clock knows which agency manages its case: the board of one agency walks along what is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = ["due_at", "id", "agency_id", "limit_key", "case_id", "next_rung", "ladder"]


def upgrade() -> None:
    """Keep with each clock who manages its case now, and let the index of what is due carry it."""
    op.add_column("deadline", sa.Column("managed_by", sa.String(), nullable=True))
    op.execute('UPDATE deadline SET managed_by = (SELECT agency_id FROM "case" WHERE "case".id = deadline.case_id)')
    _index([*BEFORE, "managed_by"])


def downgrade() -> None:
    """Take it away again."""
    _index(BEFORE)
    op.drop_column("deadline", "managed_by")


def _index(columns: list[str]) -> None:
    ticking = sa.text("status IN ('running', 'breached')")
    op.drop_index("ix_deadline_due", table_name="deadline")
    op.create_index(
        "ix_deadline_due", "deadline", columns, sqlite_where=ticking, postgresql_where=ticking,
    )
