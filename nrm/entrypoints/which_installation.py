"""The installation a command is about: its folder, its settings, its parts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nrm.deployment.settings import Settings

if TYPE_CHECKING:
    from nrm.wiring.system import System

DIR = click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), default=None,
                   help="The installation's folder (or NRM_DIR).")


def settings_of(directory: Path | None) -> Settings:
    """Read the settings of an installation."""
    return Settings.read(directory, os.environ)


def system_of(directory: Path | None) -> System:
    """Build an installation that exists; says what to do where it does not."""
    from nrm.wiring.system import build_system

    settings = settings_of(directory)
    if not settings.kek_file.is_file():
        raise click.UsageError(
            f"There is no installation in {settings.dir}. Make one with `nrm db upgrade --dir …` or `nrm demo`."
        )
    return build_system(settings)
