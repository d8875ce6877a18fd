"""Gives an installation of a test a signing key and places outside, as its settings would."""

from __future__ import annotations

from dataclasses import replace

from nrm.deployment.anchors import read_anchor
from nrm.records.tree_keys import PublicKeys, make_signing_key, public_file
from nrm.wiring.system import System


def sign_with_new_key(system: System, *places: str) -> PublicKeys:
    """Let an installation sign its history; ``places`` as in the settings, relative to its folder."""
    key = system.settings.dir / "history.signing"
    system.settings = replace(
        system.settings, signing_key_file=key, installation_id="velmara",
        anchors=tuple(read_anchor(place, system.settings.dir) for place in places),
    )
    make_signing_key(key, system.settings.origin)
    return PublicKeys.read(public_file(key))
