"""Routing: which agency, unit and person a task of a role goes to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ServingAgency:
    """What routing knows of an agency. ``units`` maps a unit to the roles it fills."""

    id: str
    name: str
    kind: str
    districts: frozenset[str]
    serves: frozenset[str]
    units: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    accommodates: frozenset[str] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Seat:
    """One role of a case's team: an agency and, where one is named, a person."""

    role: str
    agency_id: str
    user_id: str | None = None
    unit: str | None = None
    chosen: bool = False
    """Whether the person chose who is named."""


@dataclass(frozen=True, slots=True)
class RouteRule:
    """A rule of ``config/routing.yaml``.

    It applies to ``role`` where each fact of ``when`` has one of the listed values. ``kind`` and
    ``accommodates`` narrow the agencies. ``district_from`` names the fact that holds the district
    to look in; where that fact has no value nobody is found, because falling back to the district
    of stay would tell where the person is.
    """

    id: str
    role: str
    when: Mapping[str, tuple[object, ...]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    kind: str | None = None
    accommodates: str | None = None
    district_from: str | None = None
    before_team: bool = False
    """Whether the rule comes before the team's own seat for the role."""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a task goes; ``reasons`` is the chain shown as *why is this with me*."""

    agency_id: str
    user_id: str | None
    unit: str | None
    reasons: tuple[str, ...]
    stands_in_for: str | None = None
    """Whose task it is, where that person is absent."""


def route(
    role: str,
    team: Iterable[Seat],
    district: str,
    agencies: Sequence[ServingAgency],
    facts: Mapping[str, object],
    routes: Sequence[RouteRule],
) -> Routed | None:
    """Find who fills ``role``; None where nobody does, which is an incident.

    Order: a rule that comes before the team, the case's team, other rules, the agency that serves
    the role in the case's district. Agencies are taken in the order given.
    """
    by_id = {agency.id: agency for agency in agencies}
    rule = next((r for r in routes if r.role == role and _applies(r, facts)), None)
    if rule is not None and rule.before_team:
        return _by_rule(rule, role, district, agencies, facts)
    seat = _seat(role, team, by_id)
    if seat is not None:
        return _by_seat(seat, by_id)
    if rule is not None:
        return _by_rule(rule, role, district, agencies, facts)
    found = [a for a in agencies if _serves(a, role, district)]
    if not found:
        return None
    return _to(found[0], role, ("The team has nobody for this role yet.",
                                f"{found[0].name} serves this role in the district."))


def _seat(role: str, team: Iterable[Seat], by_id: Mapping[str, ServingAgency]) -> Seat | None:
    """Return the team's seat for the role: whom the person chose first, then one with a named person."""
    seats = [s for s in team if s.role == role and by_id.get(s.agency_id, _GONE).active]
    return min(seats, key=lambda s: (s.user_id is None, not s.chosen), default=None)


_GONE = ServingAgency("", "", "", frozenset(), frozenset(), active=False)


def _by_seat(seat: Seat, by_id: Mapping[str, ServingAgency]) -> Routed:
    agency = by_id[seat.agency_id]
    reasons = [f"The team of this case gives this role to {agency.name}."]
    if seat.user_id is not None:
        reasons.append("The person chose this worker." if seat.chosen else "One person is named for it.")
    unit = seat.unit or unit_of(agency, seat.role)
    return Routed(agency.id, seat.user_id, unit, tuple(reasons))


def _by_rule(rule: RouteRule, role: str, district: str, agencies: Sequence[ServingAgency],
             facts: Mapping[str, object]) -> Routed | None:
    place: object = district if rule.district_from is None else facts.get(rule.district_from)
    if not isinstance(place, str) or not place:
        return None
    for agency in agencies:
        fits = (rule.kind in (None, agency.kind)
                and (rule.accommodates is None or rule.accommodates in agency.accommodates))
        if fits and _serves(agency, role, place):
            first = rule.sentence or f"Rule {rule.id} decides who fills this role."
            return _to(agency, role, (first, f"{agency.name} serves this role there."))
    return None


def _applies(rule: RouteRule, facts: Mapping[str, object]) -> bool:
    return all(facts.get(name) in values for name, values in rule.when.items())


def _serves(agency: ServingAgency, role: str, district: str) -> bool:
    return agency.active and role in agency.serves and district in agency.districts


def unit_of(agency: ServingAgency, role: str) -> str | None:
    """Return the unit of an agency that fills a role; None where it has none for it."""
    return next((unit for unit, roles in agency.units.items() if role in roles), None)


def _to(agency: ServingAgency, role: str, reasons: tuple[str, ...]) -> Routed:
    return Routed(agency.id, None, unit_of(agency, role), reasons)
