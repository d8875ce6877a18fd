"""Which configuration was in force from when, so that the past can be read by the rules of then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nrm.records.migrations.guards import append_only
from nrm.records.types import CanonicalJson, Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the first start of the program fills it."""
    op.create_table(
        "configuration_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", CanonicalJson(), nullable=False),
        sa.Column("rules", CanonicalJson(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_configuration_version")),
    )
    bind = op.get_bind()
    for statement in append_only(bind.dialect.name, "configuration_version"):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("configuration_version")
