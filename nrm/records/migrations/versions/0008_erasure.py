"""Legal holds, erasures with their receipts, and the rotation of keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import deletable_once_erased, never_deletable
from nrm.records.types import CanonicalJson, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("anonymous_case", "case_keeping", "erasure", "legal_hold")
UNDER_WAY = sa.text("status IN ('proposed', 'approved')")
TO_BE_WRITTEN_DOWN = sa.text("status = 'done' AND written_at IS NULL")


def upgrade() -> None:
    """Add what keeping and erasing need; cases that are closed already get their day from the worker."""
    op.add_column("case", sa.Column("erased_at", Instant(), nullable=True))
    op.create_table(
        "case_keeping",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("why", CanonicalJson(), nullable=False),
        _of_case("case_keeping"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_keeping")),
    )
    op.create_index(op.f("ix_case_keeping_until_on_case_id"), "case_keeping", ["until_on", "case_id"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        _of_case("legal_hold"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_case_id"), "legal_hold", ["case_id"])
    _erasures()
    bind = op.get_bind()
    for statement in deletable_once_erased(bind.dialect.name):
        bind.exec_driver_sql(statement)


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("case_code", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("counts", CanonicalJson(), nullable=False),
        sa.Column("history_seq", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("written_at", Instant(), nullable=True),
        _of_case("erasure"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("uq_erasure_under_way", "erasure", ["case_id"], unique=True, sqlite_where=UNDER_WAY,
                    postgresql_where=UNDER_WAY)
    op.create_index("ix_erasure_to_be_written", "erasure", ["done_at"], sqlite_where=TO_BE_WRITTEN_DOWN,
                    postgresql_where=TO_BE_WRITTEN_DOWN)
    op.create_index(op.f("ix_erasure_status_proposed_at_id"), "erasure", ["status", "proposed_at", "id"])
    op.create_index(op.f("ix_erasure_case_id"), "erasure", ["case_id"])
    op.create_table(
        "anonymous_case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("opened_year", sa.Integer(), nullable=False),
        sa.Column("closed_year", sa.Integer(), nullable=False),
        sa.Column("facts", CanonicalJson(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymous_case")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anonymous_case_closed_year"), "anonymous_case", ["closed_year"])


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id"], ["case.id"], name=op.f(f"fk_{table}_case_id_case"), initially="DEFERRED", deferrable=True,
    )


def downgrade() -> None:
    """Take them away again; what was erased stays erased."""
    bind = op.get_bind()
    for statement in never_deletable(bind.dialect.name):
        bind.exec_driver_sql(statement)
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("case", "erased_at")
