"""Conflicts of interest, access in an emergency, and signals of unusual access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add why somebody is kept away, whose accounts are one person's, emergencies, signals and honey cases."""
    op.add_column("kept_away", sa.Column("reason", sa.String(), server_default="other", nullable=False))
    op.create_index(op.f("ix_kept_away_user_id"), "kept_away", ["user_id"], unique=False)
    op.create_table(
        "person_account",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_person_account")),
    )
    op.create_index(op.f("ix_person_account_person_id"), "person_account", ["person_id"], unique=False)
    _break_glass()
    _signals()


def _break_glass() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("stay", sa.Boolean(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_break_glass_case_id_case"), initially="DEFERRED", deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    for columns in (["case_id", "user_id", "until_at"], ["user_id"], ["from_at", "id"], ["run_id"]):
        op.create_index(op.f(f"ix_break_glass_{'_'.join(columns)}"), "break_glass", columns, unique=False)


def _signals() -> None:
    op.create_table(
        "access_signal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_signal")),
        sa.UniqueConstraint("once", name=op.f("uq_access_signal_once")),
    )
    op.create_index(op.f("ix_access_signal_status_at_id"), "access_signal", ["status", "at", "id"], unique=False)
    op.create_table(
        "honey_case",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_honey_case_case_id_case"), initially="DEFERRED", deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_honey_case")),
    )


def downgrade() -> None:
    """Forget them; who is kept away stays kept away, without the reason."""
    for table in ("honey_case", "access_signal", "break_glass", "person_account"):
        op.drop_table(table)
    op.drop_index(op.f("ix_kept_away_user_id"), table_name="kept_away")
    op.drop_column("kept_away", "reason")
