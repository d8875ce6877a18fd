"""The settings of one installation: where its database, keys and mail are, and whether it is a demo."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from nrm.deployment.anchors import THIS_MACHINE, Anchor, read_anchors
from nrm.deployment.offline_keys import read_recipients
from nrm.deployment.written_settings import Written

DEMO_KEY, DEMO_SECRET, DEMO_SIGNING_KEY = "demo.key", "demo.secret", "demo.signing"
DEFAULT_DIR = ".nrm"
WRITES_PER_MINUTE = 300
"""In production: no person sends five forms a second, and a program that does is told to wait."""

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


class Invitations(StrEnum):
    """How a link that lets somebody choose their password reaches them."""

    BY_HAND = "by_hand"
    BY_MAIL = "by_mail"
    """Shown to who invites, and mailed to the address of the account too."""


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"
    """One object a line, for programs that collect logs."""


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
    invitations: Invitations = Invitations.BY_HAND
    recovery_wait: timedelta = timedelta(hours=24)
    """Between the second administrator's yes and a recovered account, so that its owner can still stop it."""

    erasure_file: Path | None = None
    clamd: Path | None = None
    """The socket of a virus scanner on this machine that is asked before a file is kept."""
    backup_recipients: tuple[str, ...] = ()
    """Public keys that backups are sealed to; their private halves are never on the server."""
    log_format: LogFormat = LogFormat.TEXT
    writes_per_minute: int = 0
    """How often one account may write in a minute, in each process; 0: as often as it likes."""

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
        values = Written(folder, environ)
        mode = values.choice("mode", Mode, Mode.DEMO)
        url = values.text("database_url") or f"sqlite:///{folder.absolute() / 'nrm.db'}"
        settings = Settings(
            dir=folder, database_url=url, mode=mode,
            kek_file=values.path("kek_file") or folder / DEMO_KEY,
            secret_file=values.path("secret_file") or folder / DEMO_SECRET,
            outbox=values.choice("outbox", Sink, Sink.FILE), smtp=_smtp(values),
            base_url=values.text("base_url").rstrip("/"),
            config_dir=values.path("config_dir"), bpmn_dir=values.path("bpmn_dir"),
            clamd=values.path("clamd"),
            erasure_file=values.path("erasure_ledger"), backup_recipients=_recipients(values),
            installation_id=_installation_id(values), anchors=_anchors(values),
            signing_key_file=_signing_key(values, mode),
            notes=_notes(mode, url), trusted_proxies=values.number("trusted_proxies", most=9),
            second_factor=values.choice(
                "second_factor", SecondFactor,
                SecondFactor.OPTIONAL if mode is Mode.DEMO else SecondFactor.REQUIRED,
            ),
            recovery_wait=_hours(values, "recovery_wait_hours", 24),
            invitations=values.choice("invitations", Invitations, Invitations.BY_HAND),
            log_format=values.choice("log_format", LogFormat, LogFormat.TEXT),
            writes_per_minute=values.number(
                "writes_per_minute", most=100_000, default=0 if mode is Mode.DEMO else WRITES_PER_MINUTE,
            ),
        )
        if settings.invitations is Invitations.BY_MAIL and not (settings.outbox is Sink.SMTP and settings.base_url):
            values.refuse("invitations", "links are mailed with outbox smtp and base_url only: a file would keep them")
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


def _installation_id(values: Written) -> str:
    if not _INSTALLATION.fullmatch(named := values.text("installation_id") or "demo"):
        values.refuse("installation_id", "installation_id is made of letters, digits, dots, dashes and underscores")
    return named


def _signing_key(values: Written, mode: Mode) -> Path | None:
    return values.path("signing_key_file") or (values.folder / DEMO_SIGNING_KEY if mode is Mode.DEMO else None)


def _anchors(values: Written) -> tuple[Anchor, ...]:
    try:
        return read_anchors(values.text("anchors"), values.folder)
    except ValueError as wrong:
        values.refuse("anchors", str(wrong))


def _recipients(values: Written) -> tuple[str, ...]:
    try:
        return read_recipients(values.text("backup_recipients"))
    except ValueError as wrong:
        values.refuse("backup_recipients", str(wrong))


def _smtp(values: Written) -> Smtp | None:
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


def _hours(values: Written, key: str, default: int) -> timedelta:
    written = values.text(key) or str(default)
    if not written.isdigit() or not 1 <= int(written) <= 24 * 30:
        values.refuse(key, f"{key} is a whole number of hours from 1 to 720")
    return timedelta(hours=int(written))


def _notes(mode: Mode, url: str) -> tuple[str, ...]:
    """What whoever starts a production installation should know."""
    if mode is Mode.PRODUCTION and url.startswith("sqlite"):
        return ("The database is SQLite: one machine, one worker. Use PostgreSQL for more.",)
    return ()


def _check_key(values: Written, key: str, path: Path, demo: Path) -> None:
    """Refuse a key file that production must not use."""
    if not values.text(key):
        values.refuse(key, f"production needs {key}: a file outside the database, readable by its owner only")
    if not path.is_file():
        values.refuse(key, f"the file named by {key} does not exist")
    if path.name in (DEMO_KEY, DEMO_SECRET, DEMO_SIGNING_KEY) or _same(path, demo):
        values.refuse(key, f"{key} is a demo's: make a new one for production")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        values.refuse(key, f"the file named by {key} can be read by others: chmod 600")


def _check_signing_key(values: Written, path: Path) -> None:
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
