"""Services that were missing, by district: type, urgency and reason, never a person or a case (form:F27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, union_all

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.quarters import quarter_bounds, quarters
from nrm.queries.scope import reaches_cases, require_role
from nrm.records.tables.referral import ServiceGap
from nrm.records.tables.told_counts import ErasedGaps
from nrm.rules.disclosure import Told, tell
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REVIEWED = "reviewed"
STATUSES = ("open", REVIEWED)


@dataclass(frozen=True, slots=True)
class GapLine:
    """One missing service. ``on`` is the day it was counted: the minute would point to a case."""

    id: str
    service: str
    district: str
    district_name: str
    urgency: str
    reason: str
    on: str
    status: str
    reviewed_at: datetime | None
    review_note: str | None


@dataclass(frozen=True, slots=True)
class GapCount:
    """How often a service was missing in a district; None where it is withheld from who reaches no case."""

    district: str
    district_name: str
    service: str
    count: int | None
    open: int | None


def gaps_board(
    system: System, actor: Actor, *, district: str | None = None, service: str | None = None,
    status: str | None = None, quarter: str | None = None, after: str | None = None, limit: int | None = None,
) -> Page[GapLine]:
    """List service gaps, the newest first; ``quarter`` as ``2026-Q1``.

    Raises InvalidInput, NotAllowed (whoever reaches no case too: one line is what one person was missing).
    """
    rule = require_role(actor, Permission.GAPS_LIST, system.configuration.policy)
    if not sees_each_gap(system, actor):
        raise NotAllowed("Your role counts missing services; it does not see each of them.", rule=rule)
    if status is not None and status not in STATUSES:
        raise InvalidInput(fields={"status": [f"Choose one of: {', '.join(STATUSES)}."]})
    place = read_cursor(after, datetime, str)
    wanted = _within(quarter)
    for column, value in (
        (ServiceGap.district, district), (ServiceGap.service, service), (ServiceGap.status, status)
    ):
        if value:
            wanted.append(column == value)
    if place is not None:
        wanted.append(following((ServiceGap.recorded_at, ServiceGap.id), place, descending=True))
    query = select(ServiceGap).where(*wanted).order_by(ServiceGap.recorded_at.desc(), ServiceGap.id.desc())
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(query.limit(take(limit))).all()
    shown, more = one_page(rows, page_size(limit))
    names = system.configuration.districts
    lines = tuple(
        GapLine(
            row.id, row.service, row.district, names.get(row.district, row.district), row.urgency, row.reason,
            row.recorded_at.date().isoformat(), row.status, row.reviewed_at, row.review_note,
        )
        for row in shown
    )
    return Page(lines, cursor(shown[-1].recorded_at, shown[-1].id) if more else None)


def sees_each_gap(system: System, actor: Actor) -> bool:
    """Whether somebody sees single gaps: who reaches no case hears numbers of quarters that are over only."""
    return reaches_cases(actor, Permission.GAPS_LIST, system.configuration.policy)


def gap_counts(system: System, actor: Actor, *, quarter: str | None = None) -> tuple[GapCount, ...]:
    """Count service gaps by district and service, of one quarter or of all. Raises NotAllowed, InvalidInput.

    Whoever reaches no case hears what :func:`gap_table` tells, of the newest quarter that is over if none is named.
    """
    require_role(actor, Permission.GAPS_COUNT, system.configuration.policy)
    names = system.configuration.districts
    if not sees_each_gap(system, actor):
        quarter = quarter or next(iter(gap_quarters(system, actor)), None)
        cells = gap_table(system, actor, quarter=quarter).cells if quarter else {}
        return tuple(
            GapCount(district, names.get(district, district), service, count, None)
            for (district, service), count in cells.items()
        )
    found: dict[tuple[str, str], list[int]] = {}
    for district, service, status, count in _counted(system, actor, quarter):
        numbers = found.setdefault((district, service), [0, 0])
        numbers[0] += count
        numbers[1] += count if status == "open" else 0
    return tuple(
        GapCount(district, names.get(district, district), service, numbers[0], numbers[1])
        for (district, service), numbers in found.items()
    )


def gap_table(system: System, actor: Actor, *, quarter: str) -> Told:
    """Return how often services were missing in a quarter that is over, by district and service, with all margins.

    No number of few stands in it, and none can be worked out (domain 4.2). Raises NotAllowed, InvalidInput.
    """
    require_role(actor, Permission.GAPS_COUNT, system.configuration.policy)
    if quarter not in gap_quarters(system, actor):
        quarter_bounds(quarter)
        return tell({}, 1)
    counts: dict[tuple[str, str], int] = {}
    for district, service, _, count in _counted(system, actor, quarter):
        counts[district, service] = counts.get((district, service), 0) + count
    return tell(counts, system.configuration.retention.smallest_cell)


def _counted(system: System, actor: Actor, quarter: str | None) -> Sequence[tuple[str, str, str, int]]:
    """District, service, status, count; in order, those of erased cases among them."""
    living = (
        select(ServiceGap.district, ServiceGap.service, ServiceGap.status, func.count())
        .where(*_within(quarter))
        .group_by(ServiceGap.district, ServiceGap.service, ServiceGap.status)
    )
    erased = select(ErasedGaps.district, ErasedGaps.service, literal(REVIEWED), ErasedGaps.number)
    if quarter is not None:
        erased = erased.where(ErasedGaps.quarter == quarter)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(union_all(living, erased)).all()
    return sorted((row[0], row[1], row[2], row[3]) for row in rows)


def gap_quarters(system: System, actor: Actor) -> tuple[str, ...]:
    """Return the quarters from the first gap to the last, the newest first. Raises NotAllowed.

    The running one is left out for whoever reaches no case.
    """
    require_role(actor, Permission.GAPS_COUNT, system.configuration.policy)
    with system.database.reader(actor) as unit:
        living = unit.conn.execute(select(func.min(ServiceGap.recorded_at), func.max(ServiceGap.recorded_at))).one()
        erased = unit.conn.execute(select(func.min(ErasedGaps.quarter), func.max(ErasedGaps.quarter))).one()
        now = unit.now
    ends = [at for at in living if at is not None]
    ends += [quarter_bounds(quarter)[0] for quarter in erased if quarter is not None]
    if not ends:
        return ()
    found = quarters(min(ends), max(ends))
    return found if sees_each_gap(system, actor) else tuple(one for one in found if quarter_bounds(one)[1] <= now)


def _within(quarter: str | None) -> list[ColumnElement[bool]]:
    """Return what narrows gaps to a quarter. Raises InvalidInput."""
    if quarter is None:
        return []
    begin, end = quarter_bounds(quarter)
    return [ServiceGap.recorded_at >= begin, ServiceGap.recorded_at < end]

