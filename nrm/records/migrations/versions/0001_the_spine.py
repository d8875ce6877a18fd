"""The spine: every table of a case that runs end to end, and the guards of its history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import made, removed
from nrm.records.types import CanonicalJson, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "agency",
    "api_token",
    "bundle",
    "bundle_draft",
    "case",
    "case_key",
    "chain_head",
    "history",
    "idempotency",
    "notice",
    "outbox",
    "service_gap",
    "throttle",
    "user_account",
    "user_session",
    "case_link",
    "consent",
    "draft",
    "fact_current",
    "file",
    "keyed_index",
    "message",
    "note",
    "read_mark",
    "run",
    "team_member",
    "deadline",
    "fact_version",
    "file_chunk",
    "incident",
    "plan_line",
    "record",
    "referral",
    "step",
    "task",
    "pause",
    "record_part",
    "rung_fired",
)
"""In the order they are made: what others refer to comes first."""


def upgrade() -> None:  # noqa: PLR0915
    """Go to this revision."""
    op.create_table(
        "agency",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("districts", CanonicalJson(), nullable=False),
        sa.Column("serves", CanonicalJson(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("units", CanonicalJson(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("settings", CanonicalJson(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "bundle",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("approver_id", sa.String(), nullable=True),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("changes", CanonicalJson(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_bundle")),
    )
    op.create_index(
        "uq_bundle_current",
        "bundle",
        ["process"],
        unique=True,
        sqlite_where=sa.text("status = 'current'"),
        postgresql_where=sa.text("status = 'current'"),
    )
    op.create_index("uq_bundle_process_number", "bundle", ["process", "number"], unique=True)
    op.create_table(
        "bundle_draft",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("base_digest", sa.String(), nullable=True),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_draft")),
    )
    op.create_index(
        op.f("ix_bundle_draft_process_status"), "bundle_draft", ["process", "status"], unique=False
    )
    op.create_table(
        "case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("district_residence", sa.String(), nullable=True),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("referring_agency_id", sa.String(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("code", name=op.f("uq_case_code")),
    )
    op.create_index(op.f("ix_case_agency_id_status_id"), "case", ["agency_id", "status", "id"], unique=False)
    op.create_index(op.f("ix_case_district_status_id"), "case", ["district", "status", "id"], unique=False)
    op.create_index(op.f("ix_case_opened_at_id"), "case", ["opened_at", "id"], unique=False)
    op.create_index(op.f("ix_case_stage_id"), "case", ["stage", "id"], unique=False)
    op.create_table(
        "case_key",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("kek_id", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "category", name=op.f("pk_case_key")),
    )
    op.create_index(op.f("ix_case_key_kek_id"), "case_key", ["kek_id"], unique=False)
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "history",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("bundle", sa.String(), nullable=True),
        sa.Column("commitment", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_actor_at"), "history", ["actor", "at"], unique=False)
    op.create_index(op.f("ix_history_at"), "history", ["at"], unique=False)
    op.create_index("uq_history_chain_seq", "history", ["chain", "seq"], unique=True)
    op.create_table(
        "idempotency",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "route", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("case_code", sa.String(), nullable=True),
        sa.Column("text_key", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["user_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(op.f("ix_notice_user_id_at_id"), "notice", ["user_id", "at", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("params", CanonicalJson(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "service_gap",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("review_note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_gap")),
    )
    op.create_index(
        op.f("ix_service_gap_district_service_recorded_at"),
        "service_gap",
        ["district", "service", "recorded_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_gap_status_recorded_at"), "service_gap", ["status", "recorded_at"], unique=False
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_window"), "throttle", ["window"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("roles", CanonicalJson(), nullable=False),
        sa.Column("supervisor_id", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
    )
    op.create_index(
        op.f("ix_user_account_agency_id_status"), "user_account", ["agency_id", "status"], unique=False
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "case_link",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("other_case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_case_link_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["other_case_id"],
            ["case.id"],
            name=op.f("fk_case_link_other_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", "other_case_id", "kind", name=op.f("pk_case_link")),
    )
    op.create_index(op.f("ix_case_link_other_case_id"), "case_link", ["other_case_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(), nullable=False),
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
    op.create_table(
        "draft",
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("seen_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_draft_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("task_id", "user_id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_case_id"), "draft", ["case_id"], unique=False)
    op.create_table(
        "fact_current",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("value", CanonicalJson(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_fact_current_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", "scope", "name", name=op.f("pk_fact_current")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_file_case_id_case"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_case_id_at_id"), "file", ["case_id", "at", "id"], unique=False)
    op.create_table(
        "keyed_index",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("hmac", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_keyed_index_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", "element", "hmac", name=op.f("pk_keyed_index")),
    )
    op.create_index("ix_keyed_index_search", "keyed_index", ["element", "hmac", "case_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("facts", CanonicalJson(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("consumed_by", sa.String(), nullable=True),
        sa.Column("consumed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_message_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_expiry",
        "message",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("consumed_at IS NULL"),
        postgresql_where=sa.text("consumed_at IS NULL"),
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["case_id", "name", "at"],
        unique=False,
        sqlite_where=sa.text("consumed_at IS NULL"),
        postgresql_where=sa.text("consumed_at IS NULL"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_note_case_id_case"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_case_id_at_id"), "note", ["case_id", "at", "id"], unique=False)
    op.create_table(
        "read_mark",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_read_mark_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("user_id", "case_id", "object", "window", name=op.f("pk_read_mark")),
    )
    op.create_index(op.f("ix_read_mark_case_id"), "read_mark", ["case_id"], unique=False)
    op.create_index(op.f("ix_read_mark_window"), "read_mark", ["window"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("parent_run_id", sa.String(), nullable=True),
        sa.Column("parent_wait_id", sa.String(), nullable=True),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("act_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_run_case_id_case"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["parent_run_id"],
            ["run.id"],
            name=op.f("fk_run_parent_run_id_run"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_bundle_status"), "run", ["bundle", "status"], unique=False)
    op.create_index(op.f("ix_run_case_id_status"), "run", ["case_id", "status"], unique=False)
    op.create_index(
        op.f("ix_run_parent_run_id_parent_wait_id"), "run", ["parent_run_id", "parent_wait_id"], unique=False
    )
    op.create_table(
        "team_member",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_team_member_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_index(
        "ix_team_member_agency",
        "team_member",
        ["agency_id", "case_id"],
        unique=False,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_index(op.f("ix_team_member_case_id_role"), "team_member", ["case_id", "role"], unique=False)
    op.create_index(
        "ix_team_member_user",
        "team_member",
        ["user_id", "case_id"],
        unique=False,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_table(
        "deadline",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("wait_id", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("limit_key", sa.String(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=True),
        sa.Column("agency_id", sa.String(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("armed_at", Instant(), nullable=False),
        sa.Column("budget_s", sa.Integer(), nullable=True),
        sa.Column("consumed_s", sa.Integer(), nullable=False),
        sa.Column("running_since", Instant(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("next_rung_at", Instant(), nullable=True),
        sa.Column("next_rung", sa.Integer(), nullable=True),
        sa.Column("breached_at", Instant(), nullable=True),
        sa.Column("why", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_deadline_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_deadline_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_board",
        "deadline",
        ["agency_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('running', 'breached')"),
        postgresql_where=sa.text("status IN ('running', 'breached')"),
    )
    op.create_index("ix_deadline_case", "deadline", ["case_id", "wait_id"], unique=False)
    op.create_index(
        "ix_deadline_event",
        "deadline",
        ["due_at", "case_id"],
        unique=False,
        sqlite_where=sa.text("kind = 'event' AND status = 'running'"),
        postgresql_where=sa.text("kind = 'event' AND status = 'running'"),
    )
    op.create_index(
        "ix_deadline_rung",
        "deadline",
        ["next_rung_at", "case_id"],
        unique=False,
        sqlite_where=sa.text("status IN ('running', 'breached') AND next_rung_at IS NOT NULL"),
        postgresql_where=sa.text("status IN ('running', 'breached') AND next_rung_at IS NOT NULL"),
    )
    op.create_index("ix_deadline_task", "deadline", ["task_id"], unique=False)
    op.create_table(
        "fact_version",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", CanonicalJson(), nullable=True),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_fact_version_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
            name=op.f("fk_fact_version_run_id_run"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_version")),
    )
    op.create_index(
        op.f("ix_fact_version_case_id_name_id"), "fact_version", ["case_id", "name", "id"], unique=False
    )
    op.create_index(op.f("ix_fact_version_name_set_at"), "fact_version", ["name", "set_at"], unique=False)
    op.create_table(
        "file_chunk",
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["file.id"],
            name=op.f("fk_file_chunk_file_id_file"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("file_id", "n", name=op.f("pk_file_chunk")),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("element", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("facts", CanonicalJson(), nullable=True),
        sa.Column("flows", CanonicalJson(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("proposal", CanonicalJson(), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=True),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_incident_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_incident_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_case_id"), "incident", ["case_id"], unique=False)
    op.create_index(op.f("ix_incident_run_id"), "incident", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_incident_status_opened_at_id"), "incident", ["status", "opened_at", "id"], unique=False
    )
    op.create_table(
        "plan_line",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("cost_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("funding", sa.String(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_plan_line_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
            name=op.f("fk_plan_line_run_id_run"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line")),
    )
    op.create_index(op.f("ix_plan_line_agency_id_status"), "plan_line", ["agency_id", "status"], unique=False)
    op.create_index(op.f("ix_plan_line_case_id_no"), "plan_line", ["case_id", "no"], unique=False)
    op.create_table(
        "record",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("form_digest", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.String(), nullable=False),
        sa.Column("supersedes_id", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("happened_at", Instant(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("answers_none", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_record_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_record_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    op.create_index(
        op.f("ix_record_case_id_entered_at_id"), "record", ["case_id", "entered_at", "id"], unique=False
    )
    op.create_index(op.f("ix_record_task_id"), "record", ["task_id"], unique=False)
    op.create_index("uq_record_series_version", "record", ["series_id", "version"], unique=True)
    op.create_table(
        "referral",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("plan_line_id", sa.String(), nullable=True),
        sa.Column("from_agency", sa.String(), nullable=False),
        sa.Column("to_agency", sa.String(), nullable=True),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("shared_categories", CanonicalJson(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_referral_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_referral_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_case_id_status"), "referral", ["case_id", "status"], unique=False)
    op.create_index(op.f("ix_referral_plan_line_id"), "referral", ["plan_line_id"], unique=False)
    op.create_index(op.f("ix_referral_run_id"), "referral", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_referral_to_agency_status_case_id"),
        "referral",
        ["to_agency", "status", "case_id"],
        unique=False,
    )
    op.create_table(
        "step",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("engine_id", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("flow", sa.String(), nullable=True),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("facts_read", CanonicalJson(), nullable=True),
        sa.Column("history_seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_step_case_id_case"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_step_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_index(op.f("ix_step_case_id_entered_at"), "step", ["case_id", "entered_at"], unique=False)
    op.create_index(
        op.f("ix_step_run_id_entered_at_id"), "step", ["run_id", "entered_at", "id"], unique=False
    )
    op.create_table(
        "task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("assignee_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason_chain", CanonicalJson(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("form_digest", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("limit_key", sa.String(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("breached_at", Instant(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("not_by", CanonicalJson(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_role", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("case_code", sa.String(), nullable=False),
        sa.Column("help_asked_at", Instant(), nullable=True),
        sa.Column("question", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_task_case_id_case"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_task_run_id_run"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_agency_open",
        "task",
        ["agency_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('open', 'claimed')"),
        postgresql_where=sa.text("status IN ('open', 'claimed')"),
    )
    op.create_index(
        "ix_task_assignee_open",
        "task",
        ["assignee_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('open', 'claimed')"),
        postgresql_where=sa.text("status IN ('open', 'claimed')"),
    )
    op.create_index("ix_task_case", "task", ["case_id", "status", "opened_at"], unique=False)
    op.create_index(
        "ix_task_claimable",
        "task",
        ["role", "agency_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND assignee_id IS NULL"),
        postgresql_where=sa.text("status = 'open' AND assignee_id IS NULL"),
    )
    op.create_index(
        "ix_task_due_open",
        "task",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('open', 'claimed')"),
        postgresql_where=sa.text("status IN ('open', 'claimed')"),
    )
    op.create_index("ix_task_run", "task", ["run_id", "element"], unique=False)
    op.create_table(
        "pause",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("deadline_id", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadline.id"],
            name=op.f("fk_pause_deadline_id_deadline"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_deadline_id"), "pause", ["deadline_id"], unique=False)
    op.create_table(
        "record_part",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["record.id"],
            name=op.f("fk_record_part_record_id_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_id", "category", name=op.f("pk_record_part")),
    )
    op.create_table(
        "rung_fired",
        sa.Column("deadline_id", sa.String(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("true_due_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadline.id"],
            name=op.f("fk_rung_fired_deadline_id_deadline"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("deadline_id", "rung", name=op.f("pk_rung_fired")),
    )
    for statement in made(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Go back to nothing."""
    for statement in removed(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
