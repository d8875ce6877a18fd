"""Making the keys of a new installation."""

from __future__ import annotations

from nrm.deployment.settings import Settings
from nrm.records.keys import make_key_file
from nrm.records.tree_keys import make_signing_key


def make_keys(settings: Settings) -> None:
    """Make the folder, and in a demo its keys and secret; production brings its own (settings refuse otherwise)."""
    settings.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.is_demo and not settings.kek_file.exists():
        make_key_file(settings.kek_file)
    signing = settings.signing_key_file
    if settings.is_demo and signing is not None and not signing.exists():
        make_signing_key(signing, settings.origin)
