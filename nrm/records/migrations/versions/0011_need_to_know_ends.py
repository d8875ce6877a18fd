"""Sessions of people's own tools, challenges that were answered, and marks of workers that hint at a conflict."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; who is signed in is signed in with a browser."""
    op.add_column("user_session", sa.Column("surface", sa.String(), server_default="pages", nullable=False))
    op.create_table(
        "spent_challenge",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_spent_challenge")),
    )
    op.create_index(op.f("ix_spent_challenge_expires_at"), "spent_challenge", ["expires_at"], unique=False)
    op.create_table(
        "worker_mark",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("hmac", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "hmac", name=op.f("pk_worker_mark")),
    )


def downgrade() -> None:
    """Forget them; a session of a tool ends, for its token would be good in a browser."""
    op.drop_table("worker_mark")
    op.drop_table("spent_challenge")
    op.execute(sa.text("DELETE FROM user_session WHERE surface <> 'pages'"))
    op.drop_column("user_session", "surface")
