"""Roles, districts and agencies of the deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from nrm.deployment.reading import Item
from nrm.rules.policy import Reach, RolePolicy
from nrm.rules.routing import ServingAgency
from nrm.vocabulary.permissions import Permission

_PERMISSIONS = frozenset(permission.value for permission in Permission)


@dataclass(frozen=True, slots=True)
class RoleSetting:
    """A role: ``lanes`` says whether diagrams may give it tasks."""

    code: str
    title: str
    permissions: frozenset[str]
    lanes: bool = True
    reach: Reach = Reach.TEAM
    provider: bool = False

    @property
    def policy(self) -> RolePolicy:
        """What access decisions need of the role."""
        return RolePolicy(self.permissions, self.reach, self.provider)


@dataclass(frozen=True, slots=True)
class AgencySetting:
    """An agency as it is before anybody edits it on the page. ``units`` maps a unit to its roles."""

    id: str
    name: str
    kind: str
    districts: tuple[str, ...]
    serves: frozenset[str]
    calendar: str
    units: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    accommodates: frozenset[str] = frozenset()
    manages_cases: bool = False
    email: str = ""
    until: date | None = None
    """The last day on which it takes part, where an end is set."""

    @property
    def serving(self) -> ServingAgency:
        """What routing needs of the agency."""
        return ServingAgency(self.id, self.name, self.kind, frozenset(self.districts), self.serves,
                             self.units, self.accommodates)


def read_roles(item: Item) -> Mapping[str, RoleSetting]:
    """Read ``roles.yaml``: sets of permissions by name, and the roles that use them."""
    top = item.fields("roles", "permission_sets")
    sets = _sets(top.get("permission_sets"))
    made = {key.code(): _role(key.code(), value, sets) for key, value in top["roles"].entries()}
    return MappingProxyType(made)


def read_districts(item: Item) -> Mapping[str, str]:
    """Read the districts: id to name."""
    return MappingProxyType({key.code(): value.word() for key, value in item.entries()})


def read_agencies(item: Item, districts: frozenset[str], roles: frozenset[str],
                  calendars: frozenset[str]) -> tuple[AgencySetting, ...]:
    """Read the agencies, in the order in which routing prefers them."""
    return tuple(_agency(key.code(), value, districts, roles, calendars) for key, value in item.entries())


def _sets(item: Item | None) -> Mapping[str, frozenset[str]]:
    if item is None:
        return {}
    return {key.code(): _permissions(value, {}) for key, value in item.entries()}


def _role(code: str, item: Item, sets: Mapping[str, frozenset[str]]) -> RoleSetting:
    fields = item.fields("title", "permissions lanes reach provider")
    granted, reach = fields.get("permissions"), fields.get("reach")
    return RoleSetting(
        code, fields["title"].word(),
        permissions=frozenset() if granted is None else _permissions(granted, sets),
        lanes=fields.flag("lanes", True), reach=Reach.TEAM if reach is None else reach.choice(Reach),
        provider=fields.flag("provider"),
    )


def _permissions(item: Item, sets: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Read permissions and ``+names`` of permission sets."""
    granted: set[str] = set()
    for child in item.items():
        text = child.word()
        if text.startswith("+") and text[1:] in sets:
            granted |= sets[text[1:]]
        else:
            granted.add(child.one_of(_PERMISSIONS, "permission or +set"))
    return frozenset(granted)


def _agency(key: str, item: Item, districts: frozenset[str], roles: frozenset[str],
            calendars: frozenset[str]) -> AgencySetting:
    fields = item.fields("name kind districts serves calendar", "units accommodates manages_cases email until")
    serves = frozenset(role.one_of(roles, "role") for role in fields["serves"].items())
    until = fields.get("until")
    return AgencySetting(
        id=key, name=fields["name"].word(), kind=fields["kind"].code(),
        districts=tuple(d.one_of(districts, "district") for d in fields["districts"].items()),
        serves=serves, calendar=fields["calendar"].one_of(calendars, "calendar"),
        units=_units(fields.get("units"), serves), accommodates=frozenset(fields.words("accommodates")),
        manages_cases=fields.flag("manages_cases"), email=fields.word("email"),
        until=None if until is None else until.day(),
    )


def _units(item: Item | None, serves: frozenset[str]) -> Mapping[str, frozenset[str]]:
    if item is None:
        return MappingProxyType({})
    return MappingProxyType({
        key.code(): frozenset(r.one_of(serves, "role among those the agency serves") for r in value.items())
        for key, value in item.entries()
    })
