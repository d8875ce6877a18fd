"""Clocks: pauses, changes and their ladders; calendars people edit, rosters, absence, batches and workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import never_updated
from nrm.records.types import CanonicalJson, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("absence", "batch", "calendar_day", "duty", "worker", "batch_line", "clock_request", "kept_away")
COLUMNS = (
    ("agency", "until"),
    ("deadline", "started_at"),
    ("deadline", "basis"),
    ("deadline", "budget"),
    ("deadline", "consumed"),
    ("deadline", "round"),
    ("deadline", "original_due_at"),
    ("deadline", "reason_asked_at"),
    ("deadline", "late_reason"),
    ("deadline", "late_by"),
    ("deadline", "late_at"),
    ("notice", "params"),
    ("outbox", "weight"),
    ("outbox", "count"),
    ("outbox", "case_id"),
    ("outbox", "task_id"),
    ("outbox", "error"),
    ("outbox", "sent_at"),
    ("pause", "ended_by"),
    ("task", "stands_in_for"),
    ("team_member", "chosen"),
    ("user_account", "muted"),
)
INDEXES = (
    ("ix_deadline_basis", "deadline"),
    ("ix_deadline_breached", "deadline"),
    ("ix_deadline_calendar", "deadline"),
    ("ix_deadline_due", "deadline"),
    ("ix_deadline_paused", "deadline"),
    ("ix_outbox_failed", "outbox"),
    ("ix_outbox_gathering", "outbox"),
    ("ix_task_stands_in", "task"),
)


def upgrade() -> None:
    """Add what clocks, calendars, absence and workers need; armed clocks keep their dates."""
    _new_tables()
    _new_columns()
    op.execute(
        "UPDATE deadline SET started_at = armed_at, original_due_at = due_at, "
        "budget = length * CASE WHEN unit = 'hours' THEN 3600 ELSE 1 END"
    )
    _keep_rungs()


def _new_tables() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("substitute_id", sa.String(), nullable=True),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=False),
        sa.Column("scope", CanonicalJson(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(
        "ix_absence_begins",
        "absence",
        ["from_at"],
        unique=False,
        sqlite_where=sa.text("status = 'planned'"),
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.create_index(
        "ix_absence_ends",
        "absence",
        ["to_at"],
        unique=False,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_index(op.f("ix_absence_substitute_id"), "absence", ["substitute_id"], unique=False)
    op.create_index(op.f("ix_absence_user_id_from_at"), "absence", ["user_id", "from_at"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("params", CanonicalJson(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("undoes", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_at_id"), "batch", ["at", "id"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(
        "ix_calendar_day_stands",
        "calendar_day",
        ["calendar", "day"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(
        "ix_duty_stands",
        "duty",
        ["role", "district", "to_at"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(op.f("ix_duty_user_id"), "duty", ["user_id"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("rungs", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("lag_s", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_index(op.f("ix_worker_seen_at"), "worker", ["seen_at"], unique=False)
    op.create_table(
        "batch_line",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("params", CanonicalJson(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("result", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name=op.f("fk_batch_line_batch_id_batch"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_batch_line_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_line")),
    )
    op.create_index(op.f("ix_batch_line_batch_id_status"), "batch_line", ["batch_id", "status"], unique=False)
    op.create_index(
        "ix_batch_line_waiting",
        "batch_line",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "clock_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("deadline_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("start_at", Instant(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("due_before", Instant(), nullable=True),
        sa.Column("due_after", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_clock_request_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadline.id"],
            name=op.f("fk_clock_request_deadline_id_deadline"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_request")),
    )
    op.create_index(
        "ix_clock_request_asked",
        "clock_request",
        ["asked_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'asked'"),
        postgresql_where=sa.text("status = 'asked'"),
    )
    op.create_index(op.f("ix_clock_request_deadline_id"), "clock_request", ["deadline_id"], unique=False)
    op.create_table(
        "kept_away",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
            name=op.f("fk_kept_away_case_id_case"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", "user_id", name=op.f("pk_kept_away")),
    )


def _new_columns() -> None:
    op.add_column("agency", sa.Column("until", sa.Date(), nullable=True))
    op.add_column("deadline", sa.Column("started_at", Instant(), nullable=True))
    op.add_column("deadline", sa.Column("basis", sa.String(), server_default="armed", nullable=False))
    op.add_column("deadline", sa.Column("budget", sa.Integer(), server_default="0", nullable=False))
    op.add_column("deadline", sa.Column("consumed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("deadline", sa.Column("round", sa.Integer(), server_default="1", nullable=False))
    op.add_column("deadline", sa.Column("original_due_at", Instant(), nullable=True))
    op.add_column("deadline", sa.Column("reason_asked_at", Instant(), nullable=True))
    op.add_column("deadline", sa.Column("late_reason", sa.String(), nullable=True))
    op.add_column("deadline", sa.Column("late_by", sa.String(), nullable=True))
    op.add_column("deadline", sa.Column("late_at", Instant(), nullable=True))
    op.create_index(
        "ix_deadline_basis",
        "deadline",
        ["case_id", "basis"],
        unique=False,
        sqlite_where=sa.text("status IN ('running', 'paused', 'breached')"),
        postgresql_where=sa.text("status IN ('running', 'paused', 'breached')"),
    )
    op.create_index(
        "ix_deadline_breached",
        "deadline",
        ["breached_at"],
        unique=False,
        sqlite_where=sa.text("breached_at IS NOT NULL"),
        postgresql_where=sa.text("breached_at IS NOT NULL"),
    )
    op.create_index(
        "ix_deadline_calendar",
        "deadline",
        ["calendar", "case_id"],
        unique=False,
        sqlite_where=sa.text("status IN ('running', 'paused', 'breached')"),
        postgresql_where=sa.text("status IN ('running', 'paused', 'breached')"),
    )
    op.create_index(
        "ix_deadline_due",
        "deadline",
        ["due_at", "id", "agency_id", "limit_key", "case_id", "next_rung", "ladder"],
        unique=False,
        sqlite_where=sa.text("status IN ('running', 'breached')"),
        postgresql_where=sa.text("status IN ('running', 'breached')"),
    )
    op.create_index(
        "ix_deadline_paused",
        "deadline",
        ["agency_id", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'paused'"),
        postgresql_where=sa.text("status = 'paused'"),
    )
    op.drop_column("deadline", "budget_s")
    op.drop_column("deadline", "consumed_s")
    op.add_column("notice", sa.Column("params", CanonicalJson(), nullable=True))
    op.add_column("outbox", sa.Column("weight", sa.String(), server_default="ordinary", nullable=False))
    op.add_column("outbox", sa.Column("count", sa.Integer(), server_default="1", nullable=False))
    op.add_column("outbox", sa.Column("case_id", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("task_id", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("error", sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("sent_at", Instant(), nullable=True))
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'failed'"),
        postgresql_where=sa.text("status = 'failed'"),
    )
    op.create_index(
        "ix_outbox_gathering",
        "outbox",
        ["user_id", "weight"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.add_column("pause", sa.Column("ended_by", sa.String(), nullable=True))
    op.add_column("task", sa.Column("stands_in_for", sa.String(), nullable=True))
    op.create_index(
        "ix_task_stands_in",
        "task",
        ["stands_in_for", "status"],
        unique=False,
        sqlite_where=sa.text("stands_in_for IS NOT NULL"),
        postgresql_where=sa.text("stands_in_for IS NOT NULL"),
    )
    op.add_column("team_member", sa.Column("chosen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("user_account", sa.Column("muted", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Go back to clocks that cannot be paused; what the new tables hold is lost."""
    _forget_rounds()
    for name, table in INDEXES:
        op.drop_index(name, table_name=table)
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
    op.add_column("deadline", sa.Column("budget_s", sa.Integer(), nullable=True))
    op.add_column("deadline", sa.Column("consumed_s", sa.Integer(), nullable=False, server_default="0"))
    for table in reversed(TABLES):
        op.drop_table(table)


def _keep_rungs() -> None:
    """Make the table of told rungs anew, because its key has grown, with the rows it holds."""
    op.execute(
        "CREATE TEMPORARY TABLE kept_rungs AS SELECT deadline_id, 1 AS round, rung, '' AS ladder, at, "
        "true_due_at, '[]' AS told, CAST(NULL AS VARCHAR) AS run_id FROM rung_fired"
    )
    op.drop_table("rung_fired")
    op.create_table(
        "rung_fired",
        sa.Column("deadline_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("true_due_at", Instant(), nullable=False),
        sa.Column("told", CanonicalJson(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadline.id"],
            name=op.f("fk_rung_fired_deadline_id_deadline"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("deadline_id", "round", "rung", name=op.f("pk_rung_fired")),
    )
    op.create_index(op.f("ix_rung_fired_ladder_at"), "rung_fired", ["ladder", "at"], unique=False)
    op.execute(
        "INSERT INTO rung_fired (deadline_id, round, rung, ladder, at, true_due_at, told, run_id) "
        "SELECT deadline_id, round, rung, ladder, at, true_due_at, told, run_id FROM kept_rungs"
    )
    op.execute("DROP TABLE kept_rungs")
    op.get_bind().exec_driver_sql(never_updated(op.get_bind().dialect.name, "rung_fired"))


def _forget_rounds() -> None:
    """Make the table of told rungs as it was: of every rung its first round."""
    op.execute(
        "CREATE TEMPORARY TABLE kept_rungs AS SELECT deadline_id, rung, min(at) AS at, "
        "min(true_due_at) AS true_due_at FROM rung_fired GROUP BY deadline_id, rung"
    )
    op.drop_table("rung_fired")
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
    op.execute(
        "INSERT INTO rung_fired (deadline_id, rung, at, true_due_at) "
        "SELECT deadline_id, rung, at, true_due_at FROM kept_rungs"
    )
    op.execute("DROP TABLE kept_rungs")
    op.get_bind().exec_driver_sql(never_updated(op.get_bind().dialect.name, "rung_fired"))
