"""The installations that scenarios run in."""

from __future__ import annotations

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
