"""Where things would go, and why not, before anybody moves them: to one person, spread over a role, to an agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.engine import Connection

from nrm.queries.holdings import Item
from nrm.queries.staffing import asked_by, colleagues_of, in_parts
from nrm.queries.workload import FREE, loads
from nrm.records.facts import current_facts
from nrm.records.tables.account import User
from nrm.records.tables.case import Case, KeptAway, TeamMember
from nrm.records.tables.referral import Referral
from nrm.records.unit import Unit
from nrm.rules.left_behind import Staff
from nrm.rules.referral_steps import OPEN
from nrm.rules.routing import Seat, route
from nrm.rules.substitutes import Asked, Colleague, hindrance
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System

NOBODY_ELSE = "Nobody else here fills this role."
CHOSEN = "The person chose who has this task."
NO_AGENCY = "No other agency of the district serves this role."


class Way(StrEnum):
    """How tasks are moved: to one person, to the least loaded of their role, or to everybody of the role."""

    PERSON = "person"
    SPREAD = "spread"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing and where it would go. ``why_not``: why it would stay; empty where it would go."""

    item: Item
    to_user: str | None = None
    to_name: str = ""
    to_agency: str | None = None
    why_not: str = ""
    ends: bool = False
    """Whether it ends, because nobody else would have it: a seat of a team."""
    is_hidden: bool = False
    """Whether a conflict of interest keeps who plans from the case: it moves, and is not shown."""

    @property
    def params(self) -> dict[str, object]:
        """Return the parameters of the batch line that carries this out."""
        found: dict[str, object] = {"what": self.item.what, "id": self.item.id, "to_user": self.to_user}
        if self.to_agency is not None:
            found["to_agency"] = self.to_agency
        return found


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One thing of a plan as it is shown: by case code and a neutral label."""

    what: str
    id: str
    case_code: str
    label: str
    role: str
    to_name: str
    due_at: datetime | None
    is_late: bool
    why_not: str
    ends: bool


def lines_of(planned: Iterable[Planned]) -> tuple[MoveLine, ...]:
    """Return a plan as it is shown: without what is hidden from who plans."""
    return tuple(
        MoveLine(one.item.what, one.item.id, one.item.case_code, one.item.label, one.item.role, one.to_name,
                 one.item.due_at, one.item.is_late, one.why_not, one.ends)
        for one in planned if not one.is_hidden
    )


def hidden_from(conn: Connection, actor: Actor, planned: Iterable[Planned]) -> tuple[Planned, ...]:
    """Return a plan with what a conflict of interest keeps from who plans marked as hidden."""
    kept = set(conn.execute(select(KeptAway.case_id).where(KeptAway.user_id == actor.user_id)).scalars())
    return tuple(replace(one, is_hidden=True) if one.item.case_id in kept else one for one in planned)


def digest_of(planned: Iterable[Planned]) -> str:
    """Return a digest of a plan: what is confirmed must be what was shown."""
    text = "\n".join(f"{one.item.id} {one.item.version} {one.to_user} {one.to_agency}" for one in planned)
    return sha256(text.encode()).hexdigest()


class PeoplePlan:
    """Plans of moves inside agencies; remembers whom it has given how much already, so that loads stay even."""

    def __init__(self, unit: Unit, items: Sequence[Item]) -> None:
        self._items = items
        self._people: dict[str, dict[str, Colleague]] = {
            agency_id: colleagues_of(unit.conn, agency_id) for agency_id in {item.agency_id for item in items}
        }
        self._asked: Mapping[str, Asked] = asked_by(unit.conn, [one.task for one in items if one.task is not None])
        everybody = [user_id for people in self._people.values() for user_id in people]
        self._load = {user_id: load.open for user_id, load in loads(unit.conn, everybody, unit.now).items()}
        self._names = _names(unit.conn, everybody)
        self._chosen = _chosen(unit.conn, {item.case_id for item in items})

    def planned(self, way: Way, to_user_id: str | None = None, *, keep_chosen: bool = False) -> list[Planned]:
        """Return where each item would go; ``keep_chosen``: nothing leaves whom the person chose."""
        return [
            Planned(item, why_not=CHOSEN) if keep_chosen and self._is_with_chosen(item)
            else self._task(item, way, to_user_id) if item.what == "task" else self._seat(item, way, to_user_id)
            for item in self._items
        ]

    def _is_with_chosen(self, item: Item) -> bool:
        return item.user_id is not None and item.user_id in self._chosen.get((item.case_id, item.role), ())

    def _task(self, item: Item, way: Way, to_user_id: str | None) -> Planned:
        if way is Way.PERSON:
            colleague = self._people[item.agency_id].get(to_user_id or "")
            why_not = hindrance(colleague, self._asked[item.id])
            if not why_not and to_user_id == item.user_id:
                why_not = "They have it already."
            return Planned(item, to_user_id, self._names.get(to_user_id or "", ""), why_not=why_not)
        if way is Way.SPREAD:
            best = self._least_loaded(item)
            if best is not None:
                self._load[best] = self._load.get(best, FREE.open) + 1
                return Planned(item, best, self._names[best])
        others = [one for one in self._people[item.agency_id].values() if one.id != item.user_id]
        filled = Staff(active=True, people=tuple(others)).fill(item.role)
        return Planned(item, why_not="" if filled else NOBODY_ELSE)

    def _least_loaded(self, item: Item) -> str | None:
        can = [
            one.id for one in self._people[item.agency_id].values()
            if one.id != item.user_id and not hindrance(one, self._asked[item.id])
        ]
        chosen = self._chosen.get((item.case_id, item.role), frozenset())
        return min(can, key=lambda one: (one not in chosen, self._load.get(one, 0), self._names[one]), default=None)

    def _seat(self, item: Item, way: Way, to_user_id: str | None) -> Planned:
        """A seat stays with the agency; somebody is named for it where they fill the role."""
        named = self._people[item.agency_id].get(to_user_id or "") if way is Way.PERSON else None
        if named is not None and named.active and item.role in named.roles:
            return Planned(item, named.id, self._names[named.id])
        return Planned(item)


def plan_rehoming(system: System, unit: Unit, items: Sequence[Item], leaving: str) -> list[Planned]:
    """Return which agency would have what an agency that ends has: the team's, else who serves the role there."""
    with_referral = _runs_of_referrals(unit.conn, leaving)
    return [
        _rehomed(system, unit, item, leaving) for item in items
        if not (item.task is not None and item.task.run_id in with_referral)
    ]


def _rehomed(system: System, unit: Unit, item: Item, leaving: str) -> Planned:
    agencies = system.agencies(unit)
    if item.what == "referral":  # another provider is asked under the person's consent, never by itself
        return Planned(item)
    managing = next(
        (one for one in agencies.active if one.id != leaving and one.manages_cases and item.district in one.districts),
        None,
    )
    if item.what == "case":
        found = managing.id if managing is not None else None
    else:
        routed = route(
            item.role, team=_seats(unit.conn, item.case_id, leaving) if item.what == "task" else (),
            district=item.district, agencies=[one for one in agencies.serving if one.id != leaving],
            facts={name: value for name, (value, _) in current_facts(unit.conn, item.case_id).items()},
            routes=system.configuration.routing,
        )
        found = routed.agency_id if routed is not None else None
    if found is None and item.what == "task":
        found = _managing_of(unit.conn, item.case_id, leaving)
    if found is None:
        return Planned(item, ends=True) if item.what == "seat" else Planned(item, why_not=NO_AGENCY)
    return Planned(item, to_agency=found, to_name=agencies.name(found))


def _seats(conn: Connection, case_id: str, leaving: str) -> tuple[Seat, ...]:
    rows = conn.execute(select(TeamMember.role, TeamMember.agency_id).where(
        TeamMember.case_id == case_id, TeamMember.to_at.is_(None), TeamMember.agency_id != leaving
    ))
    return tuple(Seat(row.role, row.agency_id) for row in rows)


def _managing_of(conn: Connection, case_id: str, leaving: str) -> str | None:
    """The agency that manages the case has what nobody serves, as where a task opens that nobody serves."""
    found: str | None = conn.execute(
        select(Case.agency_id).where(Case.id == case_id, Case.agency_id != leaving)
    ).scalar()
    return found


def _runs_of_referrals(conn: Connection, agency_id: str) -> frozenset[str]:
    """The runs whose tasks end with the referral they belong to."""
    return frozenset(run for run in conn.execute(select(Referral.run_id).where(
        Referral.to_agency == agency_id, Referral.status.in_(OPEN)
    )).scalars() if run is not None)


def _names(conn: Connection, user_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in in_parts(user_ids):
        found.update((row.id, row.name) for row in conn.execute(select(User.id, User.name).where(User.id.in_(some))))
    return found


def _chosen(conn: Connection, case_ids: set[str]) -> dict[tuple[str, str], frozenset[str]]:
    """Whom the person chose, by case and role."""
    found: dict[tuple[str, str], set[str]] = {}
    for some in in_parts(case_ids):
        rows = conn.execute(select(TeamMember.case_id, TeamMember.role, TeamMember.user_id).where(
            TeamMember.case_id.in_(some), TeamMember.chosen, TeamMember.to_at.is_(None)
        ))
        for row in rows:
            found.setdefault((row.case_id, row.role), set()).add(str(row.user_id))
    return {key: frozenset(users) for key, users in found.items()}
