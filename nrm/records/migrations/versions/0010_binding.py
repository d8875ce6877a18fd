"""Consent rows that prove themselves, and recipients that confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy import Connection

from nrm.records.migrations.guards import never_updated
from nrm.records.types import CanonicalJson, Instant, canonical_json
from nrm.vocabulary.errors import ConfigurationRefused

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SAID = (
    "id", "version", "case_id", "purpose", "recipient", "categories", "status", "given_by", "from_at", "until_at",
    "withdrawn_at", "basis", "approver_id", "record_id", "entered_by", "entered_at",
)
_KINDS: dict[str, Any] = {"version": sa.Integer(), "categories": CanonicalJson()} | {
    name: Instant() for name in ("from_at", "until_at", "withdrawn_at", "entered_at")
}
VERSIONS = sa.table(
    "consent_version", *(sa.column(name, _KINDS.get(name, sa.String())) for name in (*SAID, "mac"))
)


def upgrade() -> None:
    """Prove every version that is there by the key file, once: from here on what is not proven does not count."""
    op.add_column("consent_version", sa.Column("mac", sa.String(), server_default="", nullable=False))
    op.add_column("recall", sa.Column("basis", sa.String(), nullable=True))
    op.add_column("recall", sa.Column("own", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(op.f("ix_disclosure_agency_id_case_id"), "disclosure", ["agency_id", "case_id"], unique=False)
    bind = op.get_bind()
    rows = bind.execute(sa.select(VERSIONS)).all()
    if rows:
        _prove(bind, rows, context.config.attributes.get("keys"))


def downgrade() -> None:
    """Go back to rows that anybody may have written."""
    op.drop_index(op.f("ix_disclosure_agency_id_case_id"), table_name="disclosure")
    op.drop_column("recall", "own")
    op.drop_column("recall", "basis")
    op.drop_column("consent_version", "mac")


def _prove(bind: Connection, rows: Sequence[Any], keys: Any) -> None:
    if keys is None:
        raise ConfigurationRefused("its consents are proven by the key file; run `nrm db upgrade`", file="database")
    _unguarded(bind)
    for row in rows:
        proof = keys.mac("consent", canonical_json([getattr(row, name) for name in SAID]))
        bind.execute(
            sa.update(VERSIONS).where(VERSIONS.c.id == row.id, VERSIONS.c.version == row.version).values(mac=proof)
        )
    _guarded(bind)


def _unguarded(bind: Connection) -> None:
    if bind.dialect.name == "postgresql":
        bind.exec_driver_sql("ALTER TABLE consent_version DISABLE TRIGGER nrm_guard")
    else:
        bind.exec_driver_sql('DROP TRIGGER "consent_version_no_update"')


def _guarded(bind: Connection) -> None:
    if bind.dialect.name == "postgresql":
        bind.exec_driver_sql("ALTER TABLE consent_version ENABLE TRIGGER nrm_guard")
    else:
        bind.exec_driver_sql(never_updated(bind.dialect.name, "consent_version"))
