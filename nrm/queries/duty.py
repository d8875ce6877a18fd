"""Rosters as people read them: one week of turns, who is on duty now, and when nobody will be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from nrm.queries.scope import reaches_every_agency, require_role
from nrm.queries.staffing import AWAY
from nrm.records.tables.account import User
from nrm.records.tables.working_time import STANDS, Absence, Duty
from nrm.records.unit import Unit
from nrm.rules.ladders import DUTY, role_of
from nrm.rules.rosters import Away, Gap, Watch, gaps, on_duty, serves
from nrm.rules.substitutes import Scope
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

WEEK = timedelta(days=7)
AHEAD = timedelta(days=14)
"""So far ahead it is said that nobody is on duty."""


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One turn; without a district: for the whole country. The end does not belong to it."""

    id: str
    role: str
    district: str | None
    user_id: str
    name: str
    from_at: datetime
    to_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class RosterGap:
    """Nobody is on duty in that time; without a district: nowhere. Everybody of the role would be told."""

    role: str
    district: str | None
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be put on a roster, with the roles for which they can."""

    id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterWeek:
    """One week of the rosters somebody looks after, and the gaps of the coming two weeks."""

    begin: datetime
    end: datetime
    lines: tuple[DutyLine, ...]
    gaps: tuple[RosterGap, ...]
    roles: tuple[str, ...]
    districts: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    nationally: bool
    """Whether they look after the rosters of the whole country too."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is on duty for a role in a district now; nobody: everybody of the role is told instead."""

    role: str
    district: str
    names: tuple[str, ...]


def roster_week(system: System, actor: Actor, *, begin: datetime) -> RosterWeek:
    """Show the week from ``begin`` (local midnight of a Monday). Raises NotAllowed."""
    with system.database.reader(actor) as unit:
        districts, nationally = _reach(system, unit, actor)
        rows = unit.conn.execute(_turns(begin, begin + WEEK)).all()
        mine = [row for row in rows if row.district in districts or (nationally and row.district is None)]
        return RosterWeek(
            begin, begin + WEEK, tuple(_line(row, unit.now) for row in mine), _gaps(system, unit, districts),
            duty_roles(system), districts, _candidates(system, unit, actor, nationally), nationally,
        )


def duty_now(system: System, actor: Actor) -> tuple[OnDuty, ...]:
    """Say who is on duty now for every role of a roster, in every district somebody looks after."""
    with system.database.reader(actor) as unit:
        districts, _ = _reach(system, unit, actor)
        rows = unit.conn.execute(_turns(unit.now, unit.now + timedelta(seconds=1))).all()
        names = {row.user_id: row.name for row in rows}
        return tuple(
            OnDuty(role, district, tuple(names[one] for one in on_duty(
                _watches(rows, role), district=district, at=unit.now
            )))
            for role in duty_roles(system) for district in districts
        )


def duty_turns(system: System, actor: Actor, *, begin: datetime, end: datetime) -> tuple[DutyLine, ...]:
    """Return the turns between two instants, oldest first: what a file of them holds."""
    with system.database.reader(actor) as unit:
        districts, nationally = _reach(system, unit, actor)
        rows = unit.conn.execute(_turns(begin, end)).all()
        return tuple(
            _line(row, unit.now) for row in rows if row.district in districts or (nationally and row.district is None)
        )


def is_on_duty(unit: Unit, *, process: str, case_code: str) -> bool:
    """Whether who acts is on duty now for a case of a process: on any roster, or as the substitute of one who is."""
    turns = unit.conn.execute(
        select(Duty.user_id).where(STANDS, Duty.from_at <= unit.now, Duty.to_at > unit.now)
    ).scalars().all()
    if not turns:
        return False
    away = unit.conn.execute(
        select(Absence.user_id, Absence.substitute_id, Absence.scope)
        .where(AWAY, Absence.user_id.in_({*turns, unit.actor.user_id}))
    )
    return serves(
        unit.actor.user_id, turns, [Away(row.user_id, row.substitute_id, Scope.read(row.scope)) for row in away],
        process=process, case_code=case_code,
    )


def duty_roles(system: System) -> tuple[str, ...]:
    """Return the roles that have rosters: those whom a ladder of the configuration tells on duty."""
    tells = (who for ladder in system.configuration.ladders.values() for rung in ladder.rungs for who in rung.tell)
    return tuple(sorted({role_of(who) for who in tells if who.startswith(DUTY)}))


def require_roster(system: System, unit: Unit, actor: Actor, role: str, district: str | None) -> None:
    """Refuse a roster that does not exist, or that somebody does not look after. Raises InvalidInput, NotAllowed."""
    districts, nationally = _reach(system, unit, actor)
    if role not in duty_roles(system):
        raise InvalidInput(fields={"role": ["Choose a role that has a roster."]})
    if district is not None and district not in system.configuration.districts:
        raise InvalidInput(fields={"district": ["Choose a district from the list."]})
    if not (nationally if district is None else district in districts):
        raise NotAllowed("You look after the rosters of your own districts only.", rule="own_agency:duty")


def rosters_of(unit: Unit, role: str, district: str | None, begin: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Return the turns of one roster that meet an interval."""
    rows = unit.conn.execute(_turns(begin, end).where(Duty.role == role)).all()
    return [row for row in rows if row.district == district]


def _reach(system: System, unit: Unit, actor: Actor) -> tuple[tuple[str, ...], bool]:
    """The districts whose rosters somebody looks after, and whether the whole country's too."""
    policy = system.configuration.policy
    if not actor.is_system:
        require_role(actor, Permission.DUTY_MANAGE, policy)
    if reaches_every_agency(actor, Permission.DUTY_MANAGE, policy):
        return tuple(system.configuration.districts), True
    return tuple(system.agencies(unit).agency(actor.agency_id).districts), False


def _turns(begin: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    return select(
        Duty.id, Duty.role, Duty.district, Duty.user_id, Duty.from_at, Duty.to_at, User.name
    ).join(User, User.id == Duty.user_id).where(
        STANDS, Duty.from_at < end, Duty.to_at > begin, User.status == "active"
    ).order_by(Duty.from_at, Duty.role, Duty.id)


def _line(row: Row[Any], now: datetime) -> DutyLine:
    return DutyLine(
        row.id, row.role, row.district, row.user_id, row.name, row.from_at, row.to_at, row.to_at <= now,
    )


def _watches(rows: Iterable[Row[Any]], role: str) -> list[Watch]:
    return [Watch(row.user_id, row.district, row.from_at, row.to_at) for row in rows if row.role == role]


def _gaps(system: System, unit: Unit, districts: Sequence[str]) -> tuple[RosterGap, ...]:
    """The coming gaps; one that all districts have in common is said once."""
    begin, end = unit.now, unit.now + AHEAD
    rows = unit.conn.execute(_turns(begin, end)).all()
    found: list[RosterGap] = []
    for role in duty_roles(system):
        watches = _watches(rows, role)
        by_district = {one: gaps(watches, district=one, begin=begin, end=end) for one in districts}
        if len(set(by_district.values())) == 1 and len(districts) == len(system.configuration.districts):
            found += _gaps_of(role, None, by_district[districts[0]])
        else:
            found += [gap for one in districts for gap in _gaps_of(role, one, by_district[one])]
    return tuple(found)


def _gaps_of(role: str, district: str | None, found: Iterable[Gap]) -> list[RosterGap]:
    return [RosterGap(role, district, gap.from_at, gap.to_at) for gap in found]


def _candidates(system: System, unit: Unit, actor: Actor, nationally: bool) -> tuple[Candidate, ...]:
    wanted = select(User.id, User.name, User.roles).where(User.status == "active").order_by(User.name, User.id)
    if not nationally:
        wanted = wanted.where(User.agency_id == actor.agency_id)
    roles = duty_roles(system)
    return tuple(
        Candidate(row.id, row.name, mine) for row in unit.conn.execute(wanted)
        if (mine := tuple(role for role in roles if role in row.roles))
    )
