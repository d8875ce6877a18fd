"""Makes the schema that database fixtures clone: the migrations, run to their head."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def create_schema(url: str) -> None:
    """Bring an empty database to the head of the migrations."""
    if find_spec("nrm.records.migrations") is None:
        pytest.skip("nrm.records.migrations is not there yet")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "nrm.records:migrations")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
