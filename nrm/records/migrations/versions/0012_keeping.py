"""Which search key made a hash of the index; who is told that a case was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say which key made a hash of the index, until now the root; and who led a case that is erased from now on."""
    op.add_column("keyed_index", sa.Column("key_id", sa.String(), server_default="root", nullable=False))
    op.add_column("erasure", sa.Column("manager_id", sa.String(), nullable=True))


def downgrade() -> None:
    """Forget it; what another key than the root made is found by nothing any more, so it goes."""
    op.execute(sa.text("DELETE FROM keyed_index WHERE key_id <> 'root'"))
    op.drop_column("keyed_index", "key_id")
    op.drop_column("erasure", "manager_id")
