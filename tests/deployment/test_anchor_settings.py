"""Who keeps signed checkpoints, and what production refuses of the key that signs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrm.deployment.anchors import AnchorKind, read_anchor, too_few
from nrm.deployment.settings import Settings
from nrm.vocabulary.errors import ConfigurationRefused


def test_places_are_a_list_in_the_file_and_words_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(
        "installation_id: velmara\nanchors:\n- file:kept/notes.txt\n- mail:rapporteur@auditors.example\n"
    )
    settings = Settings.read(tmp_path, {})
    assert settings.origin == "nrm/velmara"
    assert [(one.kind, one.place, one.target) for one in settings.anchors] == [
        (AnchorKind.FILE, "file:kept/notes.txt", str(tmp_path / "kept/notes.txt")),
        (AnchorKind.MAIL, "mail:rapporteur@auditors.example", "rapporteur@auditors.example"),
    ]
    words = "https://a.example/x https://b.example:8443/y file:/mnt/kept"
    assert [one.target for one in Settings.read(tmp_path, {"NRM_ANCHORS": words}).anchors] == [
        "https://a.example/x", "https://b.example:8443/y", "/mnt/kept",
    ]


def test_a_demo_signs_with_its_own_key_and_needs_no_place(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    assert (settings.origin, settings.anchors) == ("nrm/demo", ())
    assert settings.signing_key_file == tmp_path / "demo.signing"


@pytest.mark.parametrize(("place", "says"), [
    ("pigeon:home", "an anchor is file:PATH"),
    ("file:", "an anchor is file:PATH"),
    ("mail:nobody", "an anchor is file:PATH"),
    ("http://auditors.example/x", "unencrypted only to this machine"),
    ("https://user:word@auditors.example/x", "without user"),
    ("https://auditors.example/x?token=1", "without user"),
    ("https://auditors.example/x#y", "without user"),
    ("https:///x", "cannot be read"),
    ("https://auditors.example:many/x", "cannot be read"),
    ("https://auditors.example/\u00e4", "cannot be read"),
    ("file:a file:a", "named twice"),
])
def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path, place: str, says: str) -> None:
    with pytest.raises(ConfigurationRefused, match=says):
        Settings.read(tmp_path, {"NRM_ANCHORS": place})


@pytest.mark.parametrize(("places", "is_enough"), [
    ("", False), ("file:a", False), ("file:a file:b", False), ("https://a.example/x https://a.example/y", False),
    ("file:a mail:b@c.example", True), ("https://a.example/x https://b.example/x", True),
])
def test_two_places_under_different_control_are_enough(places: str, is_enough: bool) -> None:
    assert (too_few([read_anchor(one, Path()) for one in places.split()]) == "") is is_enough


# -- production -------------------------------------------------------------------------------------


def production(folder: Path, **changes: str) -> Settings:
    """Read the settings of a production installation whose keys lie beside its folder."""
    (folder / "data").mkdir(exist_ok=True)
    keys = {name: folder / name for name in ("kek", "secret", "signing")}
    for path in keys.values():
        make_key(path, 0o400)
    return Settings.read(folder / "data", {
        "NRM_MODE": "production", "NRM_DATABASE_URL": "postgresql://db/nrm", "NRM_KEK_FILE": str(keys["kek"]),
        "NRM_SECRET_FILE": str(keys["secret"]), "NRM_SIGNING_KEY_FILE": str(keys["signing"]),
        "NRM_INSTALLATION_ID": "velmara", **changes,
    })


def make_key(path: Path, mode: int) -> None:
    """A key file; what is in it is not read here."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"invented")
    path.chmod(mode)


def test_a_sound_key(tmp_path: Path) -> None:
    assert production(tmp_path).signing_key_file == tmp_path / "signing"


def test_without_a_key_it_starts_and_is_told_by_the_health_page(tmp_path: Path) -> None:
    assert production(tmp_path, NRM_SIGNING_KEY_FILE="").signing_key_file is None


@pytest.mark.parametrize(("name", "mode", "says"), [
    ("none", None, "does not exist"), ("open", 0o440, "read by others"), ("demo.signing", 0o400, "is a demo's"),
    ("data/inside", 0o400, "installation's folder"),
])
def test_a_key_that_others_hold_too_is_refused(tmp_path: Path, name: str, mode: int | None, says: str) -> None:
    if mode is not None:
        make_key(tmp_path / name, mode)
    with pytest.raises(ConfigurationRefused, match=says):
        production(tmp_path, NRM_SIGNING_KEY_FILE=str(tmp_path / name))


def test_a_signature_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationRefused, match="says for whom"):
        production(tmp_path, NRM_INSTALLATION_ID="")
