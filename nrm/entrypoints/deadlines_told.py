"""What ``nrm deadlines`` prints: clocks that are due, why then, and what would come of a case."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import or_, select, true

from nrm.commands.foretelling import Foretold, foretell
from nrm.deployment.configuration import load_configuration
from nrm.queries.case_clocks import CaseClock, case_clocks
from nrm.queries.deadlines_board import BoardFilter, DeadlineLine, board_page
from nrm.queries.paging import LARGEST_LIMIT
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import Deadline
from nrm.records.types import instant_text
from nrm.records.unit import Unit
from nrm.rules.calendars import Calendar
from nrm.rules.limits import reckon
from nrm.rules.stands import Stand
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.wiring.system import System

_SPAN = re.compile(r"([1-9][0-9]{0,4})([dh])")
AHEAD = timedelta(days=30)


def due_told(system: System, *, agency: str | None, within: str, as_json: bool) -> str:
    """Return what is overdue or due within ``7d`` or ``48h``, the one due first on top. Raises InvalidInput."""
    with system.database.reader(SYSTEM) as unit:
        wanted = BoardFilter(state="all", agency=agency, until=unit.now + _span(within))
        lines = list(_all(system, unit, wanted))
    if as_json:
        return _json([dataclasses.asdict(line) for line in lines])
    return "\n".join([*map(_due, lines), f"{len(lines)} clocks." if lines else "Nothing is due."])


def why_told(system: System, clock: str, *, as_json: bool) -> str:
    """Return why a clock, or those of a task, are due when they are. Raises NotFound."""
    found = _clocks(system, clock)
    if as_json:
        return _json([dataclasses.asdict(one) for one in found])
    return "\n".join(
        text for one in found
        for text in (f"{one.limit_key}  {one.title}  ({one.status})", *(f"  {step}" for step in one.why))
    )


def counted_told(
    config_dir: Path, *, key: str, begin: str, calendar: str, pauses: Iterable[str], as_json: bool
) -> str:
    """Return when a limit of the configuration would be due, and why. Raises InvalidInput."""
    configuration = load_configuration(config_dir)
    limit, on = configuration.limits.get(key), configuration.calendars.get(calendar)
    if limit is None:
        raise InvalidInput(fields={"limit": [f"There is no time limit {key}."]})
    if on is None:
        raise InvalidInput(fields={"calendar": [f"Choose one of: {', '.join(configuration.calendars)}."]})
    counted = reckon(limit, _local(on, begin), on, stands=tuple(_stand(on, one) for one in pauses))
    if as_json:
        return _json({"limit": key, "due_at": counted.at, "why": counted.steps})
    return "\n".join(counted.steps)


def future_told(system: System, code: str, *, until: str | None, as_json: bool) -> str:
    """Return what would happen in a case if nobody does anything. Raises NotFound, InvalidInput."""
    with system.database.reader(SYSTEM) as unit:
        case_id = unit.conn.execute(select(Case.id).where(Case.code == code)).scalar()
        if case_id is None:
            raise NotFound("There is no case with this code.")
        last = unit.now + AHEAD if until is None else _day_end(until, unit.now)
        lines = foretell(system, unit, case_id=case_id, until=last)
    if as_json:
        return _json([_nameless(line) for line in lines])
    if not lines:
        return "Nothing would happen."
    return "\n".join([*map(_told, lines), f"{len(lines)} things would happen until {_said(last)}."])


def _all(system: System, unit: Unit, wanted: BoardFilter) -> Iterator[DeadlineLine]:
    after: str | None = None
    while True:
        page = board_page(system, unit, wanted, true(), true(), after=after, limit=LARGEST_LIMIT)
        yield from page.items
        after = page.after
        if after is None:
            return


def _clocks(system: System, clock: str) -> list[CaseClock]:
    with system.database.reader(SYSTEM) as unit:
        case_id = unit.conn.execute(
            select(Deadline.case_id).where(or_(Deadline.id == clock, Deadline.task_id == clock))
        ).scalar()
        if case_id is None:
            raise NotFound("There is no such clock, and no task of that id has one.")
        return [one for one in case_clocks(system, unit, case_id) if clock in (one.id, one.task_id)]


def _local(calendar: Calendar, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(fields={"from": ["Write a day and a time, such as 2026-12-23T10:00."]}) from None
    return calendar.instant(found.date(), found.time()) if found.tzinfo is None else found


def _stand(calendar: Calendar, text: str) -> Stand:
    first, _, last = text.partition("/")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last) if last else None
        return Stand(calendar.instant(begin, time()), None if end is None else calendar.instant(end, time()))
    except ValueError:
        raise InvalidInput(fields={"pause": ["Write two days in order, such as 2026-12-24/2027-01-03."]}) from None


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise InvalidInput(fields={"within": ["Write a number with d for days or h for hours, such as 7d."]})
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


def _day_end(text: str, now: datetime) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(23, 59, 59), now.tzinfo)
    except ValueError:
        raise InvalidInput(fields={"until": ["Write a day, such as 2026-12-31."]}) from None


def _nameless(line: Foretold) -> dict[str, object]:
    """A line without the names of colleagues: who runs the machine need not know them."""
    plain = dataclasses.asdict(line)
    plain["told"] = [{"roles": one.roles, "agency_id": one.agency_id} for one in line.told]
    return plain


def _due(line: DeadlineLine) -> str:
    late = "OVERDUE" if line.is_overdue else ""
    title = line.title or "waiting in the process"
    return f"{_said(line.due_at):18}{late:8}{line.case_code:9} {line.limit_key:14} {line.agency_id:20} {title}"


def _told(line: Foretold) -> str:
    what = f"{line.limit_key} {line.level} tells {', '.join(line.tell)}" if line.tell else line.kind
    return f"{_said(line.at):17} {what}  {line.task_title}".rstrip()


def _said(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at is not None else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return instant_text(value) if isinstance(value, datetime) else str(value)
