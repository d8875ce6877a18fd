"""The settings of one installation: where its database, keys and mail are, and whether it is a demo."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from nrm.deployment.reading import read
from nrm.vocabulary.errors import ConfigurationRefused

E = TypeVar("E", bound=StrEnum)

SETTINGS_FILE = "settings.yaml"
DEMO_KEY, DEMO_SECRET = "demo.key", "demo.secret"
DEFAULT_DIR = ".nrm"

_KEYS = ("database_url", "kek_file", "mode", "secret_file", "outbox", "smtp_host", "smtp_port", "smtp_user",
         "smtp_password_file", "smtp_security", "smtp_ca_file", "mail_from", "base_url", "config_dir", "bpmn_dir")
"""Each may stand in settings.yaml, and each is overridden by ``NRM_`` and its name in capitals."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Mode(StrEnum):
    """What the installation is for."""

    DEMO = "demo"
    """Invented people only; makes its own keys in its folder."""
    PRODUCTION = "production"


class Sink(StrEnum):
    """Where the outbox goes."""

    CONSOLE = "console"
    FILE = "file"
    """``DIR/outbox.jsonl``."""
    SMTP = "smtp"


class Security(StrEnum):
    """How the way to the mail server is kept secret. Its certificate is always checked."""

    STARTTLS = "starttls"
    TLS = "tls"
    """From the first byte on (port 465)."""
    NONE = "none"
    """Only to a mail server on the same machine."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server; the password is read from a file when it is needed."""

    host: str
    port: int
    user: str
    password_file: Path | None
    mail_from: str
    security: Security = Security.STARTTLS
    ca_file: Path | None = None
    """Who signs the server's certificate, where that is not one of the public authorities."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. ``notes`` are sentences for whoever starts it."""

    dir: Path
    database_url: str
    kek_file: Path
    mode: Mode
    secret_file: Path
    outbox: Sink
    smtp: Smtp | None
    base_url: str
    config_dir: Path | None
    bpmn_dir: Path | None
    notes: tuple[str, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether this is a demo, whose pages are marked *invented*."""
        return self.mode is Mode.DEMO

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")

    @staticmethod
    def read(directory: Path | None, environ: Mapping[str, str]) -> Settings:
        """Read ``settings.yaml`` of the directory (or of ``NRM_DIR``) and what the environment overrides.

        Raises ConfigurationRefused for anything unknown or wrong, and in production for a missing,
        demo, or world-readable key or secret. Nothing is created or written.
        """
        folder = directory if directory is not None else Path(environ.get("NRM_DIR") or DEFAULT_DIR)
        values = _Values(folder, environ)
        mode = values.choice("mode", Mode, Mode.DEMO)
        url = values.text("database_url") or f"sqlite:///{folder.absolute() / 'nrm.db'}"
        settings = Settings(
            dir=folder, database_url=url, mode=mode,
            kek_file=values.path("kek_file") or folder / DEMO_KEY,
            secret_file=values.path("secret_file") or folder / DEMO_SECRET,
            outbox=values.choice("outbox", Sink, Sink.FILE), smtp=_smtp(values),
            base_url=values.text("base_url").rstrip("/"),
            config_dir=values.path("config_dir"), bpmn_dir=values.path("bpmn_dir"),
            notes=_notes(mode, url),
        )
        if settings.outbox is Sink.SMTP and settings.smtp is None:
            values.refuse("smtp_host", "mail goes to an SMTP server, but no smtp_host is set")
        if settings.outbox is Sink.SMTP and "@" not in values.text("mail_from"):
            values.refuse("mail_from", "mail goes to an SMTP server: mail_from is the address it comes from")
        if mode is Mode.PRODUCTION:
            _check_key(values, "kek_file", settings.kek_file, folder / DEMO_KEY)
            _check_key(values, "secret_file", settings.secret_file, folder / DEMO_SECRET)
        return settings


class _Values:
    """The raw values: environment over file, each knowing where it came from."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.places: dict[str, tuple[str, int | None]] = {}
        self.values: dict[str, str] = {}
        path = folder / SETTINGS_FILE
        if path.exists():
            fields = read(path, may_be_empty=True).fields("", " ".join(_KEYS))
            for key in _KEYS:
                item = fields.get(key)
                if item is not None:
                    self.values[key], self.places[key] = item.word(), (SETTINGS_FILE, item.line)
        for key in _KEYS:
            variable = f"NRM_{key.upper()}"
            if environ.get(variable):
                self.values[key], self.places[key] = environ[variable], (variable, None)

    def text(self, key: str) -> str:
        return self.values.get(key, "")

    def path(self, key: str) -> Path | None:
        """A path; relative ones in the file are relative to the installation."""
        if not self.text(key):
            return None
        written = Path(self.text(key))
        in_file = self.places[key][0] == SETTINGS_FILE
        return self.folder / written if in_file else written

    def choice(self, key: str, enum: type[E], default: E) -> E:
        """A member of an enum by its value."""
        if not self.text(key):
            return default
        try:
            return enum(self.text(key))
        except ValueError:
            self.refuse(key, f"{key} is one of {', '.join(enum)}, not {self.text(key)!r}")

    def refuse(self, key: str, sentence: str) -> NoReturn:
        """Refuse a setting where it was made, or where it is missing."""
        file, line = self.places.get(key, (SETTINGS_FILE, None))
        raise ConfigurationRefused(sentence, file=file, line=line)


def _smtp(values: _Values) -> Smtp | None:
    if not values.text("smtp_host"):
        return None
    port = values.text("smtp_port") or "587"
    if not port.isdigit() or not 0 < int(port) < 65536:
        values.refuse("smtp_port", "smtp_port is a port number")
    host, security = values.text("smtp_host"), values.choice("smtp_security", Security, Security.STARTTLS)
    if security is Security.NONE and host not in _THIS_MACHINE:
        values.refuse("smtp_security", "letters go unencrypted only to a mail server on the same machine")
    return Smtp(host, int(port), values.text("smtp_user"), values.path("smtp_password_file"),
                values.text("mail_from"), security, values.path("smtp_ca_file"))


def _notes(mode: Mode, url: str) -> tuple[str, ...]:
    """What whoever starts a production installation should know."""
    if mode is Mode.PRODUCTION and url.startswith("sqlite"):
        return ("The database is SQLite: one machine, one worker. Use PostgreSQL for more.",)
    return ()


def _check_key(values: _Values, key: str, path: Path, demo: Path) -> None:
    """Refuse a key file that production must not use."""
    if not values.text(key):
        values.refuse(key, f"production needs {key}: a file outside the database, readable by its owner only")
    if not path.is_file():
        values.refuse(key, f"the file named by {key} does not exist")
    if path.name in (DEMO_KEY, DEMO_SECRET) or _same(path, demo):
        values.refuse(key, f"{key} is a demo's: make a new one for production")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        values.refuse(key, f"the file named by {key} can be read by others: chmod 600")


def _same(path: Path, demo: Path) -> bool:
    """Whether a file is a copy of the demo's."""
    return demo.is_file() and path.read_bytes() == demo.read_bytes()
