"""What is done, and what is read of a case, leaves an entry in the same transaction; without one nothing is (goal:A3).

The database takes no entry here. Whoever then still changed something, or was shown a case, did so without one. Every
route is asked in a state in which it would succeed: one that refuses for another reason shows nothing, and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from nrm.records.tables.all_tables import Base
from nrm.vocabulary.actor import Actor
from tests.access.asking import ask
from tests.access.stage import HOMES, Stage, set_stage
from tests.access.states import ready_in, set_states
from tests.access.table import Row, table
from tests.access.ways import Way, actor_of, way_of
from tests.support.driving import Installation
from tests.support.goals import Reached
from tests.support.long import LONG

NOT_ENTERED = {
    "throttle": "how often somebody tried",
    "user_session": "when somebody was last here, and what their passkey was asked to sign",
    "taken_out": "how much somebody took out in a day: counted first, so that a try counts too",
    "idempotency": "answers that are given again as they were",
}
"""Tables that change without an entry, and what stands in them."""
WITHOUT_ENTRY = {
    "POST /notices/read": "one's own tray: which lines are still new",
    "POST /notices": "the same, on the page",
    "POST /security/app": "a second factor that is being set up; confirming it is entered",
    "POST /security/passkeys/new": "the same",
    "PUT /tasks/<task_id>/draft": "what one types is one's own until it is sent in; nobody else sees it",
    "POST /absences/preview": "looks at the workload of one's own agency",
    "POST /moves/preview": "the same",
    "POST /deadlines/future": "an invented case",
    "POST /decisions/<process>/<table>/evaluate": "tries a table with invented facts",
    "POST /decisions/<process>/<table>": "the same, on the page",
    "POST /drafts/<draft_id>/check": "findings of a draft; nothing of a case",
    "POST /drafts/<draft_id>/tables/<table_id>/check": "the same",
    "POST /drafts/<draft_id>/mine": "gives back what was typed",
    "POST /cases/new/questions": "which questions follow from what is typed",
    "GET /deadlines/<deadline_id>": "one line of the board with how it was reckoned; nothing of the person",
    "GET /tasks/<task_id>/colleagues": "who works at one's own agency; nothing of the case",
    "GET /incidents/<incident_id>": "where a process stopped and which ways it has; nothing of the person",
}
"""Routes that write or show something without an entry, or have nothing to enter, and why that is right."""
REFUSES = {"POST /me/step-up": "closed to the tokens of programs: tests/api/test_api_security.py"}
"""Routes that refuse whatever is asked, and why."""
ASKED = 26 if LONG else 2
"""So many roles are tried until one gets through, where the way names none."""
REFUSE = {
    "sqlite": "CREATE TRIGGER no_entries BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'no entries now'); END",
    "postgresql": """
        CREATE FUNCTION no_entries() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no entries now''; END';
        CREATE TRIGGER no_entries BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION no_entries()
    """,
}


@pytest.fixture
def ready(request: pytest.FixtureRequest, installed_folder: Path, tmp_path: Path) -> Iterator[Stage]:
    """The stage with every state, on the database that is asked for."""
    if request.param == "sqlite":
        with ready_in(installed_folder, tmp_path / "installation") as stage:
            yield stage
        return
    installation: Installation = request.getfixturevalue("postgres_installation")
    stage = set_stage(installation)
    set_states(stage)
    yield stage
    stage.pristine.close()


@contextmanager
def no_entries(stage: Stage) -> Iterator[Connection]:
    """The database refuses whatever would be entered into the history; gives a connection that watches it."""
    url = stage.drive.installation.settings.database_url
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as watching:
        watching.exec_driver_sql(REFUSE[engine.dialect.name])
        yield watching


def people(stage: Stage, row: Row, way: Way) -> list[Actor]:
    """Some whom the route lets in, those who lead cases first; or whom its way names."""
    if one := actor_of(stage, way):
        return [one]
    named = row.team | row.everywhere or frozenset(HOMES)
    first = sorted(named, key=lambda role: (role not in ("CM", "COORD", "NCU"), role))
    return [stage.inside[role] for role in first[:ASKED]]


def answers(stage: Stage, row: Row) -> Iterator[int]:
    """What the route answers to some, until somebody gets as far as the entry."""
    way = way_of(stage, row)
    for actor in people(stage, row, way):
        got = ask(stage, row, actor, way=way)
        yield got.status
        if got.status == 503:
            return


class Watch:
    """Tells which tables have changed."""

    def __init__(self, watching: Connection) -> None:
        self.watching = watching
        self.version, self.before = self._version(), self._stored()

    def changed(self) -> set[str]:
        """The tables that are not as they were when it was asked last, but for those that need no entry."""
        version = self._version()
        if version is not None and version == self.version:
            return set()
        before, self.before, self.version = self.before, self._stored(), version
        return {name for name, rows in self.before.items() if rows != before[name]} - set(NOT_ENTERED)

    def _version(self) -> int | None:
        """What grows with each change: SQLite has one."""
        if self.watching.dialect.name != "sqlite":
            return None
        return int(self.watching.execute(text("PRAGMA data_version")).scalar_one())

    def _stored(self) -> Mapping[str, list[str]]:
        """Everything that is stored, by table."""
        return {
            name: sorted(map(str, self.watching.execute(text(f'SELECT * FROM "{name}"'))))
            for name in Base.metadata.tables
        }


@pytest.mark.parametrize("ready", [
    "sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.long]),
], indirect=True)
def test_without_an_entry_nothing_is_done_and_nothing_shown(ready: Stage, reached: Reached) -> None:
    told: Counter[str] = Counter()
    refused, unentered = set(), {}
    rows = [row for surface in ("api", "pages") for row in table().of(surface, "signed_in", "role", "case")]
    with no_entries(ready) as watching:
        watch = Watch(watching)
        for row in rows:
            statuses, changed = set(answers(ready, row)), watch.changed()
            is_told = row.writes or (row.kind == "case" and bool(statuses & {200, 206}))
            what = "503" if 503 in statuses else "refused" if min(statuses) >= 400 else "told" if is_told else "looked"
            told[what] += 1
            refused |= {row.route} if what == "refused" else set()
            if changed or what == "told" or 500 in statuses:
                unentered[row.route] = (statuses, changed)
    assert {route: unentered[route] for route in unentered.keys() - WITHOUT_ENTRY.keys()} == {}
    assert WITHOUT_ENTRY.keys() - unentered.keys() == set(), "these are entered now"
    assert refused == REFUSES.keys()
    reached("A3", f"{watching.dialect.name}: {len(rows)} routes while no entry can be written: {told['503']} answer "
                  f"503, {told['looked'] + told['told']} have nothing to enter, {len(refused)} refuses otherwise; "
                  "0 changed")
