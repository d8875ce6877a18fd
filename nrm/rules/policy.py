"""What the configuration contributes to every decision on access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from nrm.vocabulary.categories import Category


class Reach(StrEnum):
    """How far a role reaches without a seat; a setting of ``config/roles.yaml``."""

    TEAM = "team"
    AGENCY = "agency"
    OVERSIGHT = "oversight"
    AUDIT = "audit"
    SYSTEM = "system"
    NONE = "none"
    """No case at all (administrators, designers)."""


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """What the configuration says of a role."""

    permissions: frozenset[str] = frozenset()
    reach: Reach = Reach.TEAM
    provider: bool = False
    """Whether the role delivers services, so that an accepted referral gives it access."""


class Setting(StrEnum):
    """What ``config/visibility.yaml`` may say of a role and a category."""

    YES = "yes"
    """Everything in the cases of one's team."""
    SUMMARY = "summary"
    """Everything but what health staff recorded."""
    OWN = "own"
    """What one's own agency recorded, and what a referral to it names."""
    CONSENT = "consent"
    """Everything the person agreed to share with the agency, while that lasts."""
    OVERRIDE = "override"
    """Only under a legal basis confirmed by a second person (danger to life, court order)."""
    NAMED = "named"
    """Only the named few of the case's team."""
    NO = "no"
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The configuration's part of every decision."""

    roles: Mapping[str, RolePolicy]
    visibility: Mapping[str, Mapping[Category, Setting]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False)
    purposes: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """For a role, the purposes of consent that let it read."""
    history: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    glass: Mapping[str, frozenset[Category]] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """For a role, what an access in an emergency opens; the place of stay only where it was chosen as well."""
    clinical: frozenset[str] = frozenset({"MED", "PSY"})
    """Roles whose health records a *summary* leaves out."""
