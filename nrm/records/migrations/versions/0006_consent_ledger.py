"""Consents as versions that never change, and who received what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import append_only
from nrm.records.types import CanonicalJson, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("consent_version", "disclosure", "recall")
WAITS = "basis LIKE 'proposed:%'"
"""A legal basis nobody had confirmed stood as expired, under a mark."""
OF_AN_ANSWER = (
    "case_id", "purpose", "recipient", "categories", "status", "given_by", "from_at", "until_at", "withdrawn_at",
    "basis", "approver_id", "record_id", "entered_by", "entered_at",
)


def upgrade() -> None:
    """Make the register a ledger: every row becomes the first version of its answer."""
    _versions()
    _disclosures()
    _recalls()
    columns = ", ".join(OF_AN_ANSWER)
    values = columns.replace("status", f"CASE WHEN {WAITS} THEN 'proposed' ELSE status END").replace(
        "basis", "replace(basis, 'proposed:', '')"
    )
    op.execute(
        f"INSERT INTO consent_version (id, version, {columns}) SELECT id, 1, {values} FROM consent"  # noqa: S608 - columns of this file
    )
    op.drop_table("consent")
    bind = op.get_bind()
    for table in TABLES:
        for statement in append_only(bind.dialect.name, table):
            bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Go back to one row for each answer, as its newest version says; what was handed to whom is lost."""
    _register()
    columns = ", ".join(OF_AN_ANSWER)
    values = columns.replace(
        "status", "CASE WHEN status IN ('proposed', 'revoked') THEN 'expired' ELSE status END"
    ).replace("basis", "CASE WHEN status = 'proposed' THEN 'proposed:' || basis ELSE basis END")
    newest = "SELECT max(n.version) FROM consent_version n WHERE n.id = v.id"
    op.execute(
        f"INSERT INTO consent (id, {columns}) SELECT id, {values} FROM consent_version v "  # noqa: S608 - columns of this file
        f"WHERE v.version = ({newest})"
    )
    for table in reversed(TABLES):
        op.drop_table(table)


def _versions() -> None:
    op.create_table(
        "consent_version",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_answer(),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_consent_version_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_consent_version")),
    )
    op.create_index(
        op.f("ix_consent_version_case_id_id_version"),
        "consent_version",
        ["case_id", "id", "version"],
        unique=False,
    )
    op.create_index(
        "ix_consent_version_ends",
        "consent_version",
        ["until_at"],
        unique=False,
        sqlite_where=sa.text("until_at IS NOT NULL"),
        postgresql_where=sa.text("until_at IS NOT NULL"),
    )


def _answer() -> list[sa.Column[object]]:
    return [
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("categories", CanonicalJson(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("approver_id", sa.String(), nullable=True),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
    ]


def _disclosures() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("categories", CanonicalJson(), nullable=False),
        sa.Column("elements", CanonicalJson(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("consent_version", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_disclosure_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_case_id_agency_id"), "disclosure", ["case_id", "agency_id"], unique=False)


def _recalls() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_recall_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_index(op.f("ix_recall_case_id_agency_id"), "recall", ["case_id", "agency_id"], unique=False)


def _register() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.String(), nullable=False),
        *_answer(),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_consent_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_case_id_status"), "consent", ["case_id", "status"], unique=False)
    op.create_index(op.f("ix_consent_recipient_status"), "consent", ["recipient", "status"], unique=False)
