"""Production starts only as it should stand: everything that is wrong is said at once, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from nrm.deployment.safe_start import UnsafeStart, require_safe, unsafe
from nrm.deployment.settings import Mode, SecondFactor, Settings
from nrm.entrypoints.cli import main
from nrm.entrypoints.server import serve_with_gunicorn


@pytest.fixture
def sound(tmp_path: Path) -> Settings:
    """An installation that may hold real people."""
    keys, data = tmp_path / "keys", tmp_path / "data"
    for folder in (keys, data):
        folder.mkdir(mode=0o700)
    for name in ("kek", "secret", "signing"):
        (keys / name).write_bytes(b"invented")
        (keys / name).chmod(0o400)
    return Settings.read(data, {
        "NRM_MODE": "production", "NRM_DATABASE_URL": "postgresql://nrm@localhost/nrm",
        "NRM_KEK_FILE": str(keys / "kek"), "NRM_SECRET_FILE": str(keys / "secret"),
        "NRM_BASE_URL": "https://nrm.example", "NRM_TRUSTED_PROXIES": "1",
        "NRM_SIGNING_KEY_FILE": str(keys / "signing"), "NRM_INSTALLATION_ID": "invented",
        "NRM_ANCHORS": "mail:rapporteur@parliament.example https://other.example/anchor",
        "NRM_BACKUP_RECIPIENTS": "age1lyk2spl9p3dv5hdt4vt8jreakru3muavexnwjamzy5tsefk5zuzscl5kyh",
    })


def codes(settings: Settings, environ: Mapping[str, str] | None = None, processes: int = 1) -> set[str]:
    """The reasons not to start."""
    return {one.code for one in unsafe(settings, environ or {}, processes=processes)}


def test_a_sound_installation_starts(sound: Settings) -> None:
    assert codes(sound) == set()
    require_safe(sound, {})


CHANGES: dict[str, dict[str, object]] = {
    "no_https": {"base_url": "http://nrm.example"},
    "no_proxy": {"trusted_proxies": 0},
    "no_second_factor": {"second_factor": SecondFactor.OPTIONAL},
    "no_signing_key": {"signing_key_file": None},
    "no_second_anchor": {"anchors": ()},
    "no_backup_recipients": {"backup_recipients": ()},
    "database_in_the_clear": {"database_url": "postgresql://nrm@db.example/nrm?sslmode=require"},
    "kek_file_missing": {"kek_file": Path("nowhere")},
    "secret_file_missing": {"secret_file": Path("nowhere")},
}


@pytest.mark.parametrize("code", CHANGES)
def test_each_fault_is_found_by_itself(sound: Settings, code: str) -> None:
    assert codes(replace(sound, **CHANGES[code])) == {code}


@pytest.mark.parametrize("variable", ["FLASK_DEBUG", "PYTHONDEVMODE"])
def test_debugging_is_found(sound: Settings, variable: str) -> None:
    assert codes(sound, {variable: "1"}) == {"debug"}
    assert codes(sound, {variable: "0"}) == set()


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o660])
def test_a_key_that_others_read_is_found(sound: Settings, mode: int) -> None:
    sound.kek_file.chmod(mode)
    assert codes(sound) == {"kek_file_readable"}


def test_a_key_that_lies_with_the_data_is_found(sound: Settings) -> None:
    inside = sound.dir / "kek"
    inside.write_bytes(b"invented")
    inside.chmod(0o400)
    assert codes(replace(sound, kek_file=inside)) == {"kek_file_with_data"}
    behind = sound.dir.parent / "link"
    behind.symlink_to(inside)
    assert codes(replace(sound, kek_file=behind)) == {"kek_file_with_data"}, "a link does not hide it"


def test_a_key_beside_the_database_is_found(sound: Settings) -> None:
    beside = f"sqlite:///{sound.kek_file.parent / 'nrm.db'}"
    assert codes(replace(sound, database_url=beside)) == {"kek_file_with_data", "secret_file_with_data"}


def test_sqlite_has_one_writer(sound: Settings) -> None:
    on_sqlite = replace(sound, database_url=f"sqlite:///{sound.dir / 'nrm.db'}")
    assert codes(on_sqlite, processes=2) == set()
    assert codes(on_sqlite, processes=3) == {"sqlite_processes"}


def test_a_database_that_others_read_is_found(sound: Settings) -> None:
    file = sound.dir / "nrm.db"
    file.touch(0o644)
    on_sqlite = replace(sound, database_url=f"sqlite:///{file}")
    assert codes(on_sqlite) == set(), "its folder is closed"
    sound.dir.chmod(0o755)
    assert codes(on_sqlite) == {"database_readable"}


@pytest.mark.parametrize("address", ["postgresql:///nrm", "postgresql://nrm@127.0.0.1/nrm",
                                     "postgresql://nrm@db.example/nrm?sslmode=verify-full"])
def test_a_database_here_or_behind_checked_tls_is_fine(sound: Settings, address: str) -> None:
    assert codes(replace(sound, database_url=address)) == set()


def test_serving_is_refused_with_every_reason_at_once(sound: Settings) -> None:
    wrong = replace(sound, base_url="", trusted_proxies=0)
    with pytest.raises(UnsafeStart) as refused:
        serve_with_gunicorn(wrong, host="127.0.0.1", port=0)
    assert set(refused.value.fields) == {"no_https", "no_proxy"}
    assert all(len(said) == 2 for said in refused.value.fields.values()), "what is so, and what to do"


def test_a_demo_starts_as_it_is(sound: Settings) -> None:
    require_safe(replace(sound, mode=Mode.DEMO, base_url=""), {"FLASK_DEBUG": "1"})


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["check-setup", "--dir", str(tmp_path)], env={"NRM_DIR": ""})
    assert told.exit_code == 1
    assert "no_https: base_url does not begin with https://" in told.output
    assert str(tmp_path) not in told.output
