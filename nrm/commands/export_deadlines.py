"""The clocks of the board as a table for a spreadsheet; the export is an entry of the installation's history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from nrm.commands.export_requests import count_taken
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import Use, count_use
from nrm.queries.deadlines_board import BoardFilter, DeadlineLine, deadlines_board
from nrm.queries.paging import LARGEST_LIMIT
from nrm.queries.scope import require_role
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

MOST = 5_000
COLUMNS = (
    "due", "overdue", "status", "stands_still_because", "case", "district", "agency", "role", "limit", "task",
    "started", "highest_rung_told", "next_rung",
)
"""Process facts only; nobody's name, not even a colleague's."""


def export_deadlines(system: System, actor: Actor, *, wanted: BoardFilter) -> tuple[tuple[str, ...], ...]:
    """Return what the board shows under a filter as rows of text, headings first, at most 5,000 clocks.

    Every cell is safe to open in a spreadsheet; instants are UTC. Beyond fifty cases in a day a second person
    allows it first. Raises NotAllowed, TooManyTries.
    """
    rule = require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    count_use(system, actor, Use.EXPORT)
    lines = tuple(_all(system, actor, wanted))
    rows = tuple(map(_row, lines))
    with system.database.unit(actor) as unit:
        count_taken(system, unit, actor, (line.case_id for line in lines))
        Ledger(unit, INSTALLATION).enter(
            "deadlines.exported", "deadlines", rule=rule, payload={"state": wanted.state, "rows": len(rows)},
        )
    return (COLUMNS, *rows)


def _all(system: System, actor: Actor, wanted: BoardFilter) -> Iterator[DeadlineLine]:
    after: str | None = None
    for _ in range(MOST // LARGEST_LIMIT):
        page = deadlines_board(system, actor, wanted=wanted, after=after, limit=LARGEST_LIMIT)
        yield from page.items
        after = page.after
        if after is None:
            return


def _row(line: DeadlineLine) -> tuple[str, ...]:
    return tuple(str(value) for value in (
        _instant(line.due_at), "yes" if line.is_overdue else "no", line.status, line.ground, line.case_code,
        line.district, line.agency_id, line.role, line.limit_key, line.title, _instant(line.armed_at), line.rung,
        _instant(line.next_rung_at),
    ))


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""
