"""The tree over the history: sequenced leaves, signed checkpoints, and where they were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import append_only
from nrm.records.types import CanonicalJson, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("tree_leaf", "tree_node", "checkpoint", "anchor_receipt")
"""What was signed must stay as it was."""
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tree's tables; the worker gives the entries that are there their places."""
    _tree()
    _anchors()
    bind = op.get_bind()
    for table in KEPT:
        for statement in append_only(bind.dialect.name, table):
            bind.exec_driver_sql(statement)


def _tree() -> None:
    op.create_table(
        "tree_leaf",
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("history_id", _NUMBER, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_tree_leaf")),
    )
    op.create_index("uq_tree_leaf_history_id", "tree_leaf", ["history_id"], unique=True)
    op.create_table(
        "tree_node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_tree_node")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
    )
    op.create_index(op.f("ix_checkpoint_size"), "checkpoint", ["size"], unique=False)


def _anchors() -> None:
    op.create_table(
        "anchor",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("checkpoint_id", _NUMBER, nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_anchor")),
    )
    op.create_table(
        "anchor_receipt",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("checkpoint_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("receipt", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_anchor_receipt_checkpoint_id_checkpoint"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("place", "checkpoint_id", name=op.f("pk_anchor_receipt")),
    )
    op.create_index(op.f("ix_anchor_receipt_checkpoint_id"), "anchor_receipt", ["checkpoint_id"], unique=False)


def downgrade() -> None:
    """Drop them: what was signed stands on in the places outside."""
    for table in ("anchor_receipt", "anchor", "checkpoint", "tree_node", "tree_leaf"):
        op.drop_table(table)
