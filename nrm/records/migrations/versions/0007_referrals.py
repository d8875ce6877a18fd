"""Referrals with the fields they name and the agencies as they were, and transfers of cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.types import CanonicalJson, Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAMED_BEFORE = (
    '["person.chosen_name","person.language","person.interpreter","contact.channel","contact.value",'
    '"contact.safe_time","contact.safe_to_call","contact.if_answered"]'
)
"""What every referral named before each named its own."""
COLUMNS = ("fields", "from_then", "to_then", "alternatives", "sealed", "made_at")
INDEXES = ("ix_referral_to_agency_made_at_id", "ix_referral_made_at_id")


def upgrade() -> None:
    """Add what a referral names and froze, transfers, and the seats that read on for a while."""
    op.add_column("referral", sa.Column("fields", CanonicalJson(), server_default="[]", nullable=False))
    op.add_column("referral", sa.Column("from_then", CanonicalJson(), nullable=True))
    op.add_column("referral", sa.Column("to_then", CanonicalJson(), nullable=True))
    op.add_column("referral", sa.Column("alternatives", CanonicalJson(), server_default="[]", nullable=False))
    op.add_column("referral", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("referral", sa.Column("made_at", Instant(), nullable=True))
    op.execute(sa.text("UPDATE referral SET made_at = sent_at, fields = :named").bindparams(named=NAMED_BEFORE))
    op.create_index(
        op.f("ix_referral_to_agency_made_at_id"), "referral", ["to_agency", "made_at", "id"], unique=False
    )
    op.create_index(op.f("ix_referral_made_at_id"), "referral", ["made_at", "id"], unique=False)
    _transfers()


def _transfers() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("from_agency", sa.String(), nullable=False),
        sa.Column("to_agency", sa.String(), nullable=False),
        sa.Column("to_district", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("from_then", CanonicalJson(), nullable=False),
        sa.Column("to_then", CanonicalJson(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        _owned_by("transfer", "case"),
        _owned_by("transfer", "run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    op.create_index(op.f("ix_transfer_case_id_status"), "transfer", ["case_id", "status"], unique=False)
    op.create_index(op.f("ix_transfer_run_id"), "transfer", ["run_id"], unique=False)
    op.create_table(
        "former_seat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("until_at", Instant(), nullable=False),
        sa.Column("transfer_id", sa.String(), nullable=False),
        _owned_by("former_seat", "case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_seat")),
    )
    for column, then in (("case_id", "until_at"), ("user_id", "case_id"), ("agency_id", "case_id")):
        op.create_index(op.f(f"ix_former_seat_{column}_{then}"), "former_seat", [column, then], unique=False)


def _owned_by(table: str, owner: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{owner}_id"], [f"{owner}.id"], name=op.f(f"fk_{table}_{owner}_id_{owner}"), initially="DEFERRED",
        deferrable=True,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("former_seat")
    op.drop_table("transfer")
    for index in INDEXES:
        op.drop_index(op.f(index), table_name="referral")
    for column in COLUMNS:
        op.drop_column("referral", column)
