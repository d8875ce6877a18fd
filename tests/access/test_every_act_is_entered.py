"""What is done, and what is read of a case, leaves an entry in the same transaction; without one nothing is (goal:A3).

The database takes no entry here. Whoever then still changed something, or was shown a case, did so without one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from nrm.vocabulary.actor import Actor
from tests.access.asking import ask
from tests.access.stage import HOMES, Stage
from tests.access.table import Row, table
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
    "PUT /tasks/<task_id>/draft": "what one types is one's own until it is sent in; nobody else sees it",
    "POST /tasks/<task_id>/release": "nobody has the task: nothing is done, only the case's version grows",
    "POST /cases/<case>/links": "there is no such other case: nothing is done, only the case's version grows",
    "POST /cases/<code>/link": "the same, on the page",
    "GET /deadlines/<deadline_id>": "one line of the board with how it was reckoned; nothing of the person",
    "GET /tasks/<task_id>/colleagues": "who works at one's own agency; nothing of the case",
    "GET /incidents/<incident_id>": "where a process stopped and which ways it has; nothing of the person",
}
"""Routes that write or show something without an entry, and why that is right."""
ASKED = 26 if LONG else 2
"""So many roles are tried until one gets through."""


@contextmanager
def no_entries(stage: Stage) -> Iterator[sqlite3.Connection]:
    """The database refuses whatever would be entered into the history; gives a connection that watches it."""
    with closing(sqlite3.connect(stage.file)) as watching:
        watching.execute(
            "CREATE TRIGGER no_entries BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'no entries now'); END")
        try:
            yield watching
        finally:
            stage.reset()


def people(stage: Stage, row: Row) -> list[Actor]:
    """Some whom the route lets in, those who lead cases first."""
    named = row.team | row.everywhere or frozenset(HOMES)
    first = sorted(named, key=lambda role: (role not in ("CM", "COORD", "NCU"), role))
    return [stage.inside[role] for role in first[:ASKED]]


def changed(watching: sqlite3.Connection, before: dict[str, list[tuple[object, ...]]]) -> set[str]:
    """The tables that are not as they were, but for those that need no entry."""
    now = stored(watching)
    return {name for name in now if now[name] != before.get(name)} - set(NOT_ENTERED)


def stored(watching: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, by table."""
    names = [name for (name,) in watching.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: watching.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def answers(stage: Stage, row: Row) -> Iterator[int]:
    """What the route answers to some, until somebody gets as far as the entry."""
    for actor in people(stage, row):
        got = ask(stage, row, actor)
        yield got.status
        if got.status == 503:
            return


@pytest.mark.parametrize("surface", ["api", "pages"])
def test_without_an_entry_nothing_is_done_and_nothing_shown(stage: Stage, surface: str, reached: Reached) -> None:
    told: Counter[str] = Counter()
    wrong = []
    with no_entries(stage) as watching:
        before = stored(watching)
        for row in table().of(surface, "signed_in", "role", "case"):
            version = watching.execute("PRAGMA data_version").fetchone()
            statuses = set(answers(stage, row))
            is_changed = version != watching.execute("PRAGMA data_version").fetchone() and changed(watching, before)
            is_shown = row.kind == "case" and not row.writes and bool(statuses & {200, 206})
            told["refused" if 503 in statuses else "wrong state" if max(statuses) >= 400 else "nothing to enter"] += 1
            if is_changed:
                before = stored(watching)
            if (is_changed or is_shown or 500 in statuses) and row.route not in WITHOUT_ENTRY:
                wrong.append((row.route, statuses, is_changed))
    assert wrong == []
    reached("A3", f"{surface}: {told.total()} routes while no entry can be written: {told['refused']} answer 503, "
            f"{told['nothing to enter']} had nothing to enter, {told['wrong state']} refuse otherwise; 0 changed")
