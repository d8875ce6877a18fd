"""A keyed proof beside every row that gives access to a case, or a right to an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy import Connection

from nrm.records.types import CanonicalJson, Instant, canonical_json
from nrm.vocabulary.errors import ConfigurationRefused

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COVERED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "team_member": ("seat", ("id", "case_id", "role", "agency_id", "user_id", "from_at", "to_at", "named")),
    "former_seat": ("former_seat", ("id", "case_id", "role", "agency_id", "user_id", "until_at")),
    "referral": ("referral", (
        "id", "case_id", "to_agency", "service", "status", "shared_categories", "fields", "sent_at", "answered_at",
        "done_at",
    )),
    "break_glass": ("emergency", ("id", "case_id", "user_id", "stay", "from_at", "until_at")),
    "task": ("task", ("id", "case_id", "role", "agency_id", "unit", "assignee_id", "not_by", "status")),
    "user_account": ("account", (
        "id", "login", "email", "agency_id", "unit", "roles", "password_hash", "status",
    )),
    "user_session": ("session", ("token_hash", "user_id", "expires_at", "factor", "fresh_until", "surface")),
    "api_token": ("token", ("id", "user_id", "token_hash", "expires_at", "revoked_at")),
    "second_factor": ("factor", ("id", "user_id", "kind", "credential_id", "public_key", "confirmed_at")),
    "case": ("case", ("id", "agency_id", "kept_away")),
}
"""What the proof of each table is for, and the columns that it covers; the first is the primary key."""
_KINDS: dict[str, Any] = {
    **{name: CanonicalJson() for name in ("shared_categories", "fields", "not_by", "roles")},
    **{name: sa.LargeBinary() for name in ("credential_id", "public_key")},
    **{name: sa.Boolean() for name in ("named", "stay")},
    **{name: Instant() for name in (
        "answered_at", "confirmed_at", "done_at", "expires_at", "fresh_until", "from_at", "revoked_at", "sent_at",
        "to_at", "until_at",
    )},
}
KEPT = sa.table("kept_away", sa.column("case_id"), sa.column("user_id"))


def upgrade() -> None:
    """Prove every row that is there by the key file, once: from here on what is not proven gives nothing."""
    for name in COVERED:
        op.add_column(name, sa.Column("mac", sa.String(), server_default="", nullable=False))
    bind, keys = op.get_bind(), context.config.attributes.get("keys")
    kept: dict[str, list[str]] = {}
    for case_id, user_id in bind.execute(sa.select(KEPT.c.case_id, KEPT.c.user_id).order_by(KEPT.c.user_id)):
        kept.setdefault(case_id, []).append(user_id)
    for name in COVERED:
        _prove(bind, name, keys, kept)


def downgrade() -> None:
    """Go back to rows that anybody may have written."""
    for name in COVERED:
        op.drop_column(name, "mac")


def _prove(bind: Connection, name: str, keys: Any, kept: Mapping[str, list[str]]) -> None:
    purpose, said = COVERED[name]
    table = sa.table(name, *(sa.column(one, _KINDS.get(one, sa.String())) for one in (*said, "mac")))
    own = [column for column in table.c if column.key not in ("kept_away", "mac")]
    for row in bind.execute(sa.select(*own)).all():
        if keys is None:
            raise ConfigurationRefused("its grants are proven by the key file; run `nrm db upgrade`", file="database")
        values = {"kept_away": sorted(kept.get(row[0], ())), **row._asdict()}
        proof = keys.mac(purpose, canonical_json([_plain(values[one]) for one in said]))
        bind.execute(sa.update(table).where(own[0] == row[0]).values(mac=proof))


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
