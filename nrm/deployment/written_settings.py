"""Settings as they are written: environment over file, each knowing where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from nrm.deployment.reading import Item, read
from nrm.vocabulary.errors import ConfigurationRefused

E = TypeVar("E", bound=StrEnum)

SETTINGS_FILE = "settings.yaml"
KEYS = ("database_url", "kek_file", "mode", "secret_file", "outbox", "smtp_host", "smtp_port", "smtp_user",
        "smtp_password_file", "smtp_security", "smtp_ca_file", "mail_from", "base_url", "config_dir", "bpmn_dir",
        "installation_id", "signing_key_file", "anchors", "second_factor", "invitations",
        "recovery_wait_hours", "trusted_proxies", "erasure_ledger", "backup_recipients", "clamd", "log_format",
        "writes_per_minute")
"""Each may stand in settings.yaml, and each is overridden by ``NRM_`` and its name in capitals."""
_LISTS = ("anchors", "backup_recipients")


class Written:
    """The raw values: environment over file, each knowing where it came from."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.places: dict[str, tuple[str, int | None]] = {}
        self.values: dict[str, str] = {}
        path = folder / SETTINGS_FILE
        if path.exists():
            fields = read(path, may_be_empty=True).fields("", " ".join(KEYS))
            for key in KEYS:
                item = fields.get(key)
                if item is not None:
                    self.values[key], self.places[key] = _written(key, item), (SETTINGS_FILE, item.line)
        for key in KEYS:
            variable = f"NRM_{key.upper()}"
            if environ.get(variable):
                self.values[key], self.places[key] = environ[variable], (variable, None)

    def text(self, key: str) -> str:
        """What is written, or nothing."""
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

    def number(self, key: str, *, most: int, default: int = 0) -> int:
        """A whole number from 0 on."""
        text = self.text(key) or str(default)
        if not (text.isascii() and text.isdigit() and int(text) <= most):
            self.refuse(key, f"{key} is a whole number from 0 to {most}")
        return int(text)

    def refuse(self, key: str, sentence: str) -> NoReturn:
        """Refuse a setting where it was made, or where it is missing."""
        file, line = self.places.get(key, (SETTINGS_FILE, None))
        raise ConfigurationRefused(sentence, file=file, line=line)


def _written(key: str, item: Item) -> str:
    """A value of the file as text; a list is one of texts without spaces."""
    return " ".join(one.word() for one in item.items()) if key in _LISTS else item.word()
