"""The installations that scenarios run in."""

from __future__ import annotations

import pytest

from tests.support.driving import (
    any_drive,
    any_installation,
    drive,
    installation,
    installed_folder,
    installed_postgres,
    postgres_installation,
)

__all__ = [
    "any_drive", "any_installation", "drive", "installation", "installed_folder", "installed_postgres",
    "postgres_installation",
]

for module in ("by_commands", "by_engine", "journey", "journey_expectations"):
    pytest.register_assert_rewrite(f"tests.scenarios.{module}")
