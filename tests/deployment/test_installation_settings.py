"""Settings of one installation: file, environment, and what production refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrm.deployment.settings import Mode, Settings, Sink
from nrm.vocabulary.errors import ConfigurationRefused


def key(folder: Path, name: str, mode: int = 0o600, data: bytes = b"invented") -> Path:
    """A key file."""
    path = folder / name
    path.write_bytes(data)
    path.chmod(mode)
    return path


def production(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a sound production installation."""
    return {
        "NRM_MODE": "production",
        "NRM_DATABASE_URL": "postgresql+psycopg://db/nrm",
        "NRM_KEK_FILE": str(key(folder, "kek")),
        "NRM_SECRET_FILE": str(key(folder, "secret")),
        **changes,
    }


def test_nothing_said_is_a_demo_on_sqlite(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    assert settings.is_demo
    assert settings.on_sqlite
    assert settings.database_url == f"sqlite:///{tmp_path}/nrm.db"
    assert settings.kek_file == tmp_path / "demo.key"
    assert settings.outbox is Sink.FILE
    assert list(tmp_path.iterdir()) == [], "reading settings writes nothing"


def test_the_directory_comes_from_the_environment(tmp_path: Path) -> None:
    assert Settings.read(None, {"NRM_DIR": str(tmp_path)}).dir == tmp_path
    assert Settings.read(None, {}).dir == Path(".nrm")


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(
        "database_url: postgresql+psycopg://file/nrm\n"
        "outbox: smtp\nsmtp_host: mail.example\nmail_from: office@mail.example\nkek_file: keys/kek\n"
    )
    settings = Settings.read(
        tmp_path, {"NRM_DATABASE_URL": "postgresql+psycopg://env/nrm", "NRM_SMTP_PORT": "25"}
    )
    assert settings.database_url == "postgresql+psycopg://env/nrm"
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port) == ("mail.example", 25)
    assert settings.kek_file == tmp_path / "keys/kek", "paths of the file are relative to the installation"


def test_a_file_of_comments_only_is_fine(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("# database_url: ...\n")
    assert Settings.read(tmp_path, {}).is_demo


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("mode: demo\ncolour: red\n", 2, "unknown key 'colour'"),
        ("\nmode: testing\n", 2, "one of demo, production"),
        ("outbox: pigeon\n", 1, "one of console, file, smtp"),
        ("outbox: smtp\n", None, "no smtp_host"),
        ("smtp_host: x\nsmtp_port: many\n", 2, "port number"),
        ("outbox: smtp\nsmtp_host: mail.example\n", None, "mail_from"),
        ("outbox: smtp\nsmtp_host: mail.example\nmail_from: nobody\n", 3, "mail_from"),
        ("smtp_host: mail.example\nsmtp_security: none\n", 2, "only to a mail server on the same machine"),
        ("smtp_host: mail.example\nsmtp_security: perhaps\n", 2, "starttls, tls, none"),
        ("mode: demo\nlog_format: xml\n", 2, "text, json"),
        ("writes_per_minute: many\n", 1, "whole number"),
        ("backup_recipients:\n- age1wrong\n", 2, "a recipient of backups is a public key"),
        ("mode: [\n", 2, "not valid YAML"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(ConfigurationRefused) as refused:
        Settings.read(tmp_path, {})
    assert (refused.value.file, refused.value.line) == ("settings.yaml", line)
    assert says in refused.value.sentence


def test_a_sound_production_installation(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, production(tmp_path))
    assert settings.mode is Mode.PRODUCTION
    assert settings.notes == ()
    assert settings.writes_per_minute == 300
    assert Settings.read(tmp_path, production(tmp_path, NRM_WRITES_PER_MINUTE="0")).writes_per_minute == 0


def test_production_on_sqlite_is_told_its_bounds(tmp_path: Path) -> None:
    environ = production(tmp_path, NRM_DATABASE_URL="sqlite:////var/lib/x/nrm.db")
    assert "one worker" in Settings.read(tmp_path, environ).notes[0]


@pytest.mark.parametrize("variable", ["NRM_KEK_FILE", "NRM_SECRET_FILE"])
@pytest.mark.parametrize(
    ("name", "mode", "data", "says"),
    [
        (None, 0, b"", "production needs"),
        ("none", None, b"", "does not exist"),
        ("demo.key", 0o600, b"x", "is a demo's"),
        ("copied", 0o600, b"demo", "is a demo's"),
        ("open", 0o640, b"x", "read by others"),
        ("wide", 0o604, b"x", "read by others"),
    ],
)
def test_production_refuses_keys_it_cannot_trust(
    tmp_path: Path, variable: str, name: str | None, mode: int | None, data: bytes, says: str
) -> None:
    key(tmp_path, "demo.secret", data=b"demo")
    key(tmp_path, "demo.key", data=b"demo")
    path = "" if name is None else str(tmp_path / name)
    if name is not None and mode is not None:
        key(tmp_path, name, mode, data)
    with pytest.raises(ConfigurationRefused) as refused:
        Settings.read(tmp_path, production(tmp_path, **{variable: path}))
    assert says in refused.value.sentence
    assert str(tmp_path) not in refused.value.sentence, "no path of the machine in what is shown"
