"""The settings of one installation: where its database, keys and mail are, and whether it is a demo."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from nrm.deployment.anchors import THIS_MACHINE, Anchor, read_anchors
from nrm.deployment.reading import Item, read
from nrm.vocabulary.errors import ConfigurationRefused

E = TypeVar("E", bound=StrEnum)

SETTINGS_FILE = "settings.yaml"
DEMO_KEY, DEMO_SECRET, DEMO_SIGNING_KEY = "demo.key", "demo.secret", "demo.signing"
DEFAULT_DIR = ".nrm"

_KEYS = ("database_url", "kek_file", "mode", "secret_file", "outbox", "smtp_host", "smtp_port", "smtp_user",
         "smtp_password_file", "smtp_security", "smtp_ca_file", "mail_from", "base_url", "config_dir", "bpmn_dir",
         "installation_id", "signing_key_file", "anchors", "second_factor", "recovery_wait_hours", "trusted_proxies",
         "erasure_ledger")
"""Each may stand in settings.yaml, and each is overridden by ``NRM_`` and its name in capitals."""
_INSTALLATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


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


class SecondFactor(StrEnum):
    """Whether everybody needs a second factor."""

    REQUIRED = "required"
    """Who has none is led to one before anything else, and programs do nothing that asks for a fresh proof."""
    OPTIONAL = "optional"


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
    installation_id: str = "demo"
    """Names the installation in what it signs; the same for ever."""
    signing_key_file: Path | None = None
    """The key that signs checkpoints of the history; its public half stands beside it."""
    anchors: tuple[Anchor, ...] = ()
    """Who keeps signed checkpoints."""
    trusted_proxies: int = 0
    """How many proxies of ours a request passes: that many addresses of ``X-Forwarded-For`` are believed."""
    second_factor: SecondFactor = SecondFactor.OPTIONAL
    recovery_wait: timedelta = timedelta(hours=24)
    """Between the second administrator's yes and a recovered account, so that its owner can still stop it."""

    erasure_file: Path | None = None

    @property
    def erasure_ledger(self) -> Path:
        """The file outside the database that says which cases were erased; best beside the backups."""
        return self.erasure_file or self.dir / "erasures.jsonl"

    @property
    def needs_factor(self) -> bool:
        """Whether everybody has to prove a second factor."""
        return self.second_factor is SecondFactor.REQUIRED

    @property
    def shortest_password(self) -> int:
        """How many characters a new password has at least."""
        return 12 if self.is_demo else 15

    @property
    def origin(self) -> str:
        """The name under which checkpoints are signed."""
        return f"nrm/{self.installation_id}"

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
            erasure_file=values.path("erasure_ledger"),
            installation_id=_installation_id(values), anchors=_anchors(values),
            signing_key_file=_signing_key(values, mode),
            notes=_notes(mode, url), trusted_proxies=values.number("trusted_proxies", most=9),
            second_factor=values.choice(
                "second_factor", SecondFactor,
                SecondFactor.OPTIONAL if mode is Mode.DEMO else SecondFactor.REQUIRED,
            ),
            recovery_wait=_hours(values, "recovery_wait_hours", 24),
        )
        if settings.outbox is Sink.SMTP and settings.smtp is None:
            values.refuse("smtp_host", "mail goes to an SMTP server, but no smtp_host is set")
        if settings.outbox is Sink.SMTP and "@" not in values.text("mail_from"):
            values.refuse("mail_from", "mail goes to an SMTP server: mail_from is the address it comes from")
        if mode is Mode.PRODUCTION:
            _check_key(values, "kek_file", settings.kek_file, folder / DEMO_KEY)
            _check_key(values, "secret_file", settings.secret_file, folder / DEMO_SECRET)
            if settings.signing_key_file is not None:
                _check_signing_key(values, settings.signing_key_file)
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
                    self.values[key], self.places[key] = _written(key, item), (SETTINGS_FILE, item.line)
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

    def number(self, key: str, *, most: int) -> int:
        """A whole number from 0 on; 0 where nothing is said."""
        text = self.text(key) or "0"
        if not (text.isascii() and text.isdigit() and int(text) <= most):
            self.refuse(key, f"{key} is a whole number from 0 to {most}")
        return int(text)

    def refuse(self, key: str, sentence: str) -> NoReturn:
        """Refuse a setting where it was made, or where it is missing."""
        file, line = self.places.get(key, (SETTINGS_FILE, None))
        raise ConfigurationRefused(sentence, file=file, line=line)


def _written(key: str, item: Item) -> str:
    """A value of the file as text; anchors are a list of texts without spaces."""
    return " ".join(one.word() for one in item.items()) if key == "anchors" else item.word()


def _installation_id(values: _Values) -> str:
    if not _INSTALLATION.fullmatch(named := values.text("installation_id") or "demo"):
        values.refuse("installation_id", "installation_id is made of letters, digits, dots, dashes and underscores")
    return named


def _signing_key(values: _Values, mode: Mode) -> Path | None:
    return values.path("signing_key_file") or (values.folder / DEMO_SIGNING_KEY if mode is Mode.DEMO else None)


def _anchors(values: _Values) -> tuple[Anchor, ...]:
    try:
        return read_anchors(values.text("anchors"), values.folder)
    except ValueError as wrong:
        values.refuse("anchors", str(wrong))


def _smtp(values: _Values) -> Smtp | None:
    if not values.text("smtp_host"):
        return None
    port = values.text("smtp_port") or "587"
    if not port.isdigit() or not 0 < int(port) < 65536:
        values.refuse("smtp_port", "smtp_port is a port number")
    host, security = values.text("smtp_host"), values.choice("smtp_security", Security, Security.STARTTLS)
    if security is Security.NONE and host not in THIS_MACHINE:
        values.refuse("smtp_security", "letters go unencrypted only to a mail server on the same machine")
    return Smtp(host, int(port), values.text("smtp_user"), values.path("smtp_password_file"),
                values.text("mail_from"), security, values.path("smtp_ca_file"))


def _hours(values: _Values, key: str, default: int) -> timedelta:
    written = values.text(key) or str(default)
    if not written.isdigit() or not 1 <= int(written) <= 24 * 30:
        values.refuse(key, f"{key} is a whole number of hours from 1 to 720")
    return timedelta(hours=int(written))


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
    if path.name in (DEMO_KEY, DEMO_SECRET, DEMO_SIGNING_KEY) or _same(path, demo):
        values.refuse(key, f"{key} is a demo's: make a new one for production")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        values.refuse(key, f"the file named by {key} can be read by others: chmod 600")


def _check_signing_key(values: _Values, path: Path) -> None:
    """Refuse a signing key that whoever holds the data could use, or that signs for nobody in particular."""
    key = "signing_key_file"
    _check_key(values, key, path, values.folder / DEMO_SIGNING_KEY)
    if path.resolve().is_relative_to(values.folder.resolve()):
        values.refuse(key, f"{key} lies in the installation's folder: keep it where its backups do not go")
    if not values.text("installation_id"):
        values.refuse("installation_id", "checkpoints are signed: installation_id says for whom, the same for ever")


def _same(path: Path, demo: Path) -> bool:
    """Whether a file is a copy of the demo's."""
    return demo.is_file() and path.read_bytes() == demo.read_bytes()
