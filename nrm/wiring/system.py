"""One installation's parts, built from its settings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.paths import shipped
from nrm.deployment.settings import Settings
from nrm.records.keys import KeyRing
from nrm.records.unit import Database, Unit
from nrm.vocabulary.clock import Clock, SystemClock
from nrm.wiring.directory import Agencies, Directory
from nrm.wiring.library import Library
from nrm.wiring.secrets import CHEAP_PASSWORDS, Passwords


def random_id() -> str:
    """Return a new opaque id."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class System:
    """Everything a command or a query needs besides the actor and its arguments."""

    settings: Settings
    configuration: Configuration
    database: Database
    keys: KeyRing
    clock: Clock
    bpmn_dir: Path
    passwords: Passwords
    library: Library = field(default_factory=Library)
    directory: Directory = field(default_factory=Directory)
    new_id: Callable[[], str] = field(default=random_id)

    def agencies(self, unit: Unit) -> Agencies:
        """Return the agencies as they are for this act."""
        return self.directory.at(unit.conn, unit.now)


def build_system(settings: Settings, *, clock: Clock | None = None, durable: bool = True) -> System:
    """Put an installation together from its settings; opens no connection yet."""
    clock = clock or SystemClock()
    keys = KeyRing.read(settings.kek_file, demo=settings.is_demo)
    database = Database(settings.database_url, clock=clock, keys=keys, durable=durable)
    config_dir = settings.config_dir or shipped("config")
    return System(
        settings, load_configuration(config_dir), database, keys, clock, settings.bpmn_dir or shipped("bpmn"),
        CHEAP_PASSWORDS if settings.is_demo else Passwords(),
    )
