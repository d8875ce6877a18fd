"""One installation's parts, built from its settings."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.paths import shipped
from nrm.deployment.settings import Settings
from nrm.records.keys import KeyRing
from nrm.records.unit import Database, Unit
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import Clock, OffsetClock, SystemClock
from nrm.wiring.calendars import LaidDays
from nrm.wiring.directory import Agencies, Directory
from nrm.wiring.library import Library
from nrm.wiring.pace import Pace
from nrm.wiring.secrets import CHEAP_PASSWORDS, Passwords

CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O 1 I L U: a code is read out on the phone."""
CLOCK_FILE = "clock.json"
"""In a demo's folder: how far its clock was moved, seen by every process of the demo."""


def random_code() -> str:
    """Return a new case code; whoever uses it makes sure that it is free."""
    signs = "".join(secrets.choice(CODE_SIGNS) for _ in range(7))
    return f"{signs[:3]}-{signs[3:]}"


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
    laid_days: LaidDays = field(default_factory=LaidDays)
    pace: Pace = field(default_factory=Pace)
    new_id: Callable[[], str] = field(default=random_id)
    new_code: Callable[[], str] = field(default=random_code)

    def agencies(self, unit: Unit) -> Agencies:
        """Return the agencies as they are for this act."""
        return self.directory.at(unit.conn, unit.now, self.configuration.calendars)

    def count_write(self, actor: Actor) -> None:
        """Count that somebody sends something to be written. Raises TooManyTries."""
        self.pace.count(actor.user_id, most=self.settings.writes_per_minute, now=self.clock.now())

    def calendars(self, unit: Unit) -> Mapping[str, Calendar]:
        """Return the calendars by id as they are for this act, with the days that were laid over them."""
        return self.laid_days.over(self.configuration.calendars, unit.conn, unit.now)


def build_system(settings: Settings, *, clock: Clock | None = None, durable: bool = True) -> System:
    """Put an installation together from its settings; opens no connection yet."""
    clock = clock or (OffsetClock(settings.dir / CLOCK_FILE) if settings.is_demo else SystemClock())
    keys = KeyRing.read(settings.kek_file, demo=settings.is_demo)
    database = Database(settings.database_url, clock=clock, keys=keys, durable=durable)
    config_dir = settings.config_dir or shipped("config")
    return System(
        settings, load_configuration(config_dir), database, keys, clock, settings.bpmn_dir or shipped("bpmn"),
        CHEAP_PASSWORDS if settings.is_demo else Passwords(),
    )
