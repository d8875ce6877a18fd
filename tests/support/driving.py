"""Drives a whole installation in tests: invented people of every role, real acts, a database of its own, a moved clock.

``installation`` lends a fresh installation on SQLite, ``postgres_installation`` one on PostgreSQL,
``any_installation`` both. Each is cloned from a template that is made once. ``Drive`` acts in it as people do.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from nrm.commands.complete_task import Completed, complete_task
from nrm.commands.install import install
from nrm.commands.open_case import open_case, opening_form
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.settling.fact_book import FactBook
from nrm.commands.sweep import Swept, sweep
from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.paths import shipped
from nrm.deployment.settings import Settings
from nrm.diagrams.forms import Form
from nrm.records.grants import ACCOUNT
from nrm.records.keys import KeyRing, make_key_file
from nrm.records.tables.case import Case
from nrm.records.tables.history import History
from nrm.records.tables.run import Run
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Database
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import Clock, MovableClock
from nrm.wiring.library import Library
from nrm.wiring.secrets import CHEAP_PASSWORDS
from nrm.wiring.system import System
from tests.support.databases import connect, fresh
from tests.support.filling import fill
from tests.support.granting import grant
from tests.support.postgres import Server

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning; 2 March 2026 is no holiday in any shipped calendar."""
DISTRICT = "norvale"
PEOPLE_PER_ROLE = 2
INSTALLED = "nrm_installed"
BUNDLES = Library()
"""Bundles are immutable and named by their digest, so all installations of a test session read them once."""


@dataclass
class Installation:
    """One installation. Every :meth:`system` is a new one: only the database and immutable bundles outlive it."""

    settings: Settings
    configuration: Configuration
    clock: Clock = field(default_factory=lambda: MovableClock(START))
    _systems: list[System] = field(default_factory=list)

    def system(self) -> System:
        """Build a system with connections of its own and nothing remembered of the case."""
        keys = KeyRing.read(self.settings.kek_file, demo=True)
        database = Database(self.settings.database_url, clock=self.clock, keys=keys, durable=False)
        built = System(
            self.settings, self.configuration, database, keys, self.clock, shipped("bpmn"), CHEAP_PASSWORDS, BUNDLES,
        )
        self._systems.append(built)
        return built

    def person(self, role: str, agency_id: str | None = None, number: int = 1) -> Actor:
        """Return the n-th person of a role, of the agency or of the first one that serves it in the district."""
        agencies = {agency.id: agency for agency in self.configuration.agencies}
        if agency_id is None:
            agency_id = next(
                a.id for a in self.configuration.agencies if role in a.serves and DISTRICT in a.districts
            )
        units = [unit for unit, roles in agencies[agency_id].units.items() if role in roles]
        return Actor(user_id(role, agency_id, number), agency_id, frozenset({role}), units[0] if units else None)

    def close(self) -> None:
        """Close the connections of every system that was built."""
        while self._systems:
            self._systems.pop().database.dispose()


def user_id(role: str, agency_id: str, number: int) -> str:
    """The id and sign-in name of an invented person."""
    return f"{role.lower()}-{agency_id}-{number}"


@cache
def shipped_configuration() -> Configuration:
    """The shipped configuration, read once."""
    return load_configuration(shipped("config"))


def read_installation(folder: Path, url: str | None = None, *, clock: Clock | None = None) -> Installation:
    """Open an installation that was prepared in a folder; also used by processes that tests start."""
    settings = Settings.read(folder, {"NRM_DATABASE_URL": url} if url else {})
    made = Installation(settings, shipped_configuration())
    if clock is not None:
        made.clock = clock
    return made


def prepare(folder: Path, url: str | None = None) -> None:
    """Install into an empty database (schema or not) and invent two people for every role of every agency."""
    made = read_installation(folder, url)
    system = made.system()
    install(system)
    rows = [
        {
            "id": user_id(role, agency.id, number), "login": user_id(role, agency.id, number),
            "name": f"{role} {number} Invented", "email": f"{user_id(role, agency.id, number)}@velmara.example",
            "agency_id": agency.id, "unit": made.person(role, agency.id).unit, "roles": [role],
            "supervisor_id": None, "password_hash": None, "language": "en", "status": "active",
            "must_change": False, "created_at": START,
        }
        for agency in made.configuration.agencies for role in sorted(agency.serves)
        for number in range(1, PEOPLE_PER_ROLE + 1)
    ]
    with system.database.unit(SYSTEM) as unit:
        grant(unit, ACCOUNT, rows)
    system.database.checkpoint()
    made.close()


# -- fixtures ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def installed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installed SQLite database and its key: the template."""
    folder = tmp_path_factory.mktemp("installed")
    make_key_file(folder / "demo.key")
    prepare(folder)
    return folder


@pytest.fixture(scope="session")
def installed_postgres(postgres_server: Server, postgres_template: str) -> str:
    """The name of an installed PostgreSQL database, made once per session, by one worker."""
    key = postgres_server.home.parent / f"{postgres_server.home.name}.key"
    with postgres_server.lock(), connect(postgres_server, "postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [INSTALLED]).fetchone()
        if not found:
            key.unlink(missing_ok=True)
            make_key_file(key)
            clone = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(clone.format(sql.Identifier("installing"), sql.Identifier(postgres_template)))
            folder = postgres_server.home.parent / f"{postgres_server.home.name}.inst"
            _folder(folder, key)
            prepare(folder, postgres_server.url("installing"))
            shutil.rmtree(folder)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier("installing"), sql.Identifier(INSTALLED)))
    return INSTALLED


@pytest.fixture
def installation(installed_folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation on SQLite."""
    folder = tmp_path / "installation"
    shutil.copytree(installed_folder, folder)
    made = read_installation(folder)
    yield made
    made.close()


@pytest.fixture
def postgres_installation(
    postgres_server: Server, installed_postgres: str, tmp_path: Path
) -> Iterator[Installation]:
    """A fresh installation on PostgreSQL."""
    _folder(tmp_path / "installation", postgres_server.home.parent / f"{postgres_server.home.name}.key")
    for url in fresh(postgres_server, installed_postgres):
        made = read_installation(tmp_path / "installation", url)
        yield made
        made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_installation(request: pytest.FixtureRequest) -> Installation:
    """A fresh installation: the test runs on SQLite and on PostgreSQL."""
    names = {"sqlite": "installation", "postgres": "postgres_installation"}
    found: Installation = request.getfixturevalue(names[request.param])
    return found


@pytest.fixture
def drive(installation: Installation) -> Drive:
    """People at work in a fresh installation on SQLite."""
    return Drive(installation)


@pytest.fixture
def any_drive(any_installation: Installation) -> Drive:
    """People at work in a fresh installation on SQLite and on PostgreSQL."""
    return Drive(any_installation)


def _folder(folder: Path, key: Path) -> None:
    folder.mkdir()
    shutil.copy(key, folder / "demo.key")


# -- acting -----------------------------------------------------------------------------------------


class Drive:
    """Acts in an installation as its people do, and looks at what the acts left behind."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.system = installation.system()
        self.person = installation.person

    @property
    def clock(self) -> MovableClock:
        """The installation's clock; moved, never slept on."""
        clock = self.installation.clock
        assert isinstance(clock, MovableClock)
        return clock

    def reload(self) -> None:
        """Throw everything in memory away: from here on only the database speaks."""
        self.installation.close()
        self.system = self.installation.system()

    def open_case(
        self, facts: Mapping[str, object] | None = None, answers: Mapping[str, object] | None = None, *,
        by: Actor | None = None, district: str = DISTRICT,
    ) -> str:
        """A first responder of another agency opens a case; returns its id."""
        actor = by or self.person("FR", "lantern")
        form = opening_form(self.system, actor)
        filled = fill(form, {"is_child": "no", **(facts or {})}, answers)
        return open_case(self.system, actor, district=district, answers=filled).case_id

    def complete(
        self, case_id: str, element: str, facts: Mapping[str, object] | None = None,
        answers: Mapping[str, object] | None = None, *, number: int = 1, run_id: str | None = None,
        late_reason: str | None = None,
    ) -> Completed:
        """Open and complete the oldest open task of an element with the smallest answers that set the facts.

        ``number`` says which of the role's people; where separation of duties keeps them from it, the other does.
        """
        task = self.task(case_id, element, run_id=run_id)
        actor = self.of(task, number)
        page = open_task(self.system, actor, task_id=task.id)
        if page.separated is not None:
            actor = self.of(task, 3 - number)
        looked = look_at_answers(
            self.system, actor, task_id=task.id, answers=fill(page.form, facts or {}, answers, page.answers)
        )
        return complete_task(
            self.system, actor, task_id=task.id, answers=looked.answers, seen_version=page.version,
            happened_at=self.clock.now(), late_reason=late_reason,
        )

    def of(self, task: Row[Any], number: int = 1) -> Actor:
        """The n-th person of the role and agency a task is with; whoever was given it by name, first."""
        actor = self.person(task.role, task.agency_id, number)
        if task.assignee_id and task.assignee_id != actor.user_id:
            return Actor(task.assignee_id, task.agency_id, actor.roles, actor.unit)
        return actor

    def form(self, task: Row[Any]) -> Form:
        """The form of a task."""
        with self.system.database.reader(SYSTEM) as unit:
            return self.system.library.published(unit.conn, task.bundle).form(task.form)

    def wait(self, by: timedelta) -> Swept:
        """Let time pass and the worker sweep once."""
        self.clock.advance(by)
        return sweep(self.system)

    # looking

    def rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[Any]]:
        """Return the rows of a query."""
        with self.system.database.reader(SYSTEM) as unit:
            return unit.conn.execute(query).all()

    def one(self, query: Select[*tuple[Any, ...]]) -> Row[Any]:
        """Return the only row of a query."""
        found = self.rows(query)
        assert len(found) == 1, f"{len(found)} rows"
        return found[0]

    def case(self, case_id: str) -> Row[Any]:
        """The case row."""
        return self.one(select(Case).where(Case.id == case_id))

    def tasks(self, case_id: str) -> Sequence[Row[Any]]:
        """The open tasks of a case, oldest first."""
        return self.rows(
            select(Task).where(Task.case_id == case_id, IS_OPEN).order_by(Task.opened_at, Task.due_at, Task.id)
        )

    def open(self, case_id: str) -> list[str]:
        """The open tasks of a case as ``process.element``, sorted."""
        return sorted(f"{task.process}.{task.element}" for task in self.tasks(case_id))

    def task(self, case_id: str, element: str, *, run_id: str | None = None) -> Row[Any]:
        """The oldest open task of an element (``element`` or ``process.element``)."""
        for task in self.tasks(case_id):
            named = element in (task.element, f"{task.process}.{task.element}")
            if named and run_id in (None, task.run_id):
                return task
        raise AssertionError(f"no open task {element}; open: {self.open(case_id)}")

    def any_task(self, task_id: str) -> Row[Any]:
        """A task, whatever its status."""
        return self.one(select(Task).where(Task.id == task_id))

    def run_of(self, case_id: str, process: str) -> Row[Any]:
        """The newest run of a process in a case."""
        found = self.rows(
            select(Run).where(Run.case_id == case_id, Run.process == process).order_by(Run.started_at.desc())
        )
        assert found, f"no run of {process}"
        return found[0]

    def facts(self, case_id: str, run_id: str) -> dict[str, object]:
        """The facts a run reads now."""
        with self.system.database.reader(SYSTEM) as unit:
            digest = unit.conn.execute(select(Run.bundle).where(Run.id == run_id)).scalar_one()
            return FactBook(unit, case_id).for_run(run_id, self.system.library.published(unit.conn, digest))

    def history(self, chain: str, after: int = 0) -> Sequence[Row[Any]]:
        """The history entries of a case, oldest first."""
        return self.rows(select(History).where(History.chain == chain, History.seq > after).order_by(History.seq))

    def acts(self, chain: str, after: int = 0) -> list[str]:
        """What was done in a case, as the history calls it."""
        return [entry.act for entry in self.history(chain, after)]
