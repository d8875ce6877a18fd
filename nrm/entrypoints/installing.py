"""Making the keys of a new installation."""

from __future__ import annotations

from nrm.deployment.settings import Settings
from nrm.records.keys import make_key_file


def make_keys(settings: Settings) -> None:
    """Make the folder, and in a demo its key and secret; production brings its own (settings refuse otherwise)."""
    settings.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.is_demo and not settings.kek_file.exists():
        make_key_file(settings.kek_file)
