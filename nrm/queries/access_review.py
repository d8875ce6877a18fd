"""Who looked at what: the readings and refusals of a person, an agency or a case, gathered for an auditor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.engine import Row

from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.history import History
from nrm.records.unit import Unit
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

SEEING = ("read", "revealed", "history.exported")
"""The acts that show something; ``revealed``: identity or contact opened by a press."""
LONGEST = timedelta(days=366)
MOST_ENTRIES = 5_000
"""So many entries are gathered, the newest; a narrower question shows the rest."""
MOST_LINES = 200
_WRONG_PERIOD = "Choose a period of at most a year."


@dataclass(frozen=True, slots=True)
class Review:
    """What is asked: readings of one account, one agency or one case, from one instant and before another."""

    begin: datetime
    until: datetime
    login: str | None = None
    agency: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        wrong: dict[str, list[str]] = {}
        if not (self.login or self.agency or self.code):
            wrong["login"] = ["Name an account, an agency or a case."]
        if not timedelta() < self.until - self.begin <= LONGEST:
            wrong["until"] = [_WRONG_PERIOD]
        if wrong:
            raise InvalidInput(fields=wrong)

    def plain(self) -> dict[str, object]:
        """Return what was asked, for the entry that the review leaves."""
        asked = {"login": self.login, "agency": self.agency, "code": self.code}
        return {
            "from": self.begin.isoformat(), "until": self.until.isoformat(),
            **{name: value for name, value in asked.items() if value},
        }


@dataclass(frozen=True, slots=True)
class Access:
    """What one person saw of one case: how often, when, and by which rules.

    ``read``: openings of a page, a record or the history; ``revealed``: of identity or contact; ``refused``: tries.
    """

    user_id: str
    login: str
    name: str
    agency_id: str
    agency_name: str
    case_code: str
    read: int
    revealed: int
    refused: int
    first_at: datetime
    last_at: datetime
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accesses:
    """The result of a review, the last seen on top. ``complete``: whether nothing was left out."""

    lines: tuple[Access, ...]
    complete: bool


def accesses(system: System, unit: Unit, asked: Review) -> Accesses:
    """Gather what was seen, from the newest entries that fit. Nothing of a case's content is in it."""
    entries = _entries(asked)
    rows = unit.conn.execute(_grouped(entries)).all()
    rules = _rules(unit, entries)
    agencies = system.agencies(unit)
    lines = tuple(
        Access(
            row.actor, row.login or "", row.name or "", row.agency, agencies.name(row.agency), row.code, row.read,
            row.revealed, row.refused, row.first_at, row.last_at, rules[row.actor, row.chain],
        )
        for row in rows[:MOST_LINES]
    )
    return Accesses(lines, len(rows) <= MOST_LINES and sum(row.number for row in rows) < MOST_ENTRIES)


def _entries(asked: Review) -> Any:
    found: list[ColumnElement[bool]] = [
        History.at >= asked.begin, History.at < asked.until,
        History.act.in_(SEEING) | (History.outcome == "refused"),
    ]
    if asked.login:
        found.append(History.actor.in_(select(User.id).where(User.login == asked.login.strip().lower())))
    if asked.agency:
        found.append(History.agency == asked.agency)
    if asked.code:
        found.append(History.chain.in_(select(Case.id).where(Case.code == asked.code.strip().upper())))
    return (
        select(
            History.chain, History.actor, History.agency, History.act, History.outcome, History.at, History.rule,
            Case.code,
        ).join(Case, Case.id == History.chain).where(*found).order_by(History.at.desc()).limit(MOST_ENTRIES).cte()
    )


def _grouped(entries: Any) -> Select[*tuple[Any, ...]]:
    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    seen = entries.c.outcome != "refused"
    last = func.max(entries.c.at).label("last_at")
    key = (entries.c.chain, entries.c.code, entries.c.actor, entries.c.agency, User.login, User.name)
    return (
        select(
            *key, func.min(entries.c.at).label("first_at"), last, func.count().label("number"),
            counted(seen & (entries.c.act != "revealed")).label("read"),
            counted(seen & (entries.c.act == "revealed")).label("revealed"),
            counted(entries.c.outcome == "refused").label("refused"),
        )
        .outerjoin(User, User.id == entries.c.actor).group_by(*key).order_by(last.desc(), entries.c.code)
    )


def _rules(unit: Unit, entries: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    rows: Iterable[Row[Any]] = unit.conn.execute(
        select(entries.c.actor, entries.c.chain, entries.c.rule).where(entries.c.rule.is_not(None)).distinct()
    )
    found: defaultdict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for row in sorted(rows, key=lambda one: str(one.rule)):
        found[row.actor, row.chain] += (row.rule,)
    return found
