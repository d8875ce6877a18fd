"""The whole configuration of an installation, read and cross-checked once, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from nrm.deployment.access import AccessSetting, read_access
from nrm.deployment.calendars import read_calendars
from nrm.deployment.ladders import read_ladders
from nrm.deployment.limits import read_limits
from nrm.deployment.people import (
    AgencySetting,
    RoleSetting,
    read_agencies,
    read_districts,
    read_roles,
)
from nrm.deployment.product import Product, read_product
from nrm.deployment.reading import parse, read
from nrm.deployment.retention import Retention, read_retention
from nrm.deployment.visibility import Visibility, read_routing, read_visibility
from nrm.deployment.wording import Wording, read_wording
from nrm.deployment.written import ROLES, VISIBILITY, Written, read_written
from nrm.rules.calendars import Calendar
from nrm.rules.ladders import Ladder
from nrm.rules.limits import TimeLimit
from nrm.rules.policy import Policy, Setting
from nrm.rules.routing import RouteRule
from nrm.vocabulary.categories import Category


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything in ``config/``. The ``*_documents`` are the plain values that go into bundles."""

    roles: Mapping[str, RoleSetting]
    districts: Mapping[str, str]
    agencies: tuple[AgencySetting, ...]
    calendars: Mapping[str, Calendar]
    limits: Mapping[str, TimeLimit]
    ladders: Mapping[str, Ladder]
    visibility: Mapping[str, Mapping[Category, Setting]]
    routing: tuple[RouteRule, ...]
    wording: Wording
    retention: Retention
    product: Product
    access: AccessSetting
    policy: Policy
    """Roles and visibility as access decisions take them."""
    written: Written
    limit_documents: Mapping[str, dict[str, Any]]
    ladder_documents: Mapping[str, dict[str, Any]]

    def agency(self, agency_id: str) -> AgencySetting:
        """Return an agency of the configuration; raise KeyError where there is none."""
        for agency in self.agencies:
            if agency.id == agency_id:
                return agency
        raise KeyError(agency_id)

    def calendar_of(self, agency_id: str) -> Calendar:
        """Return the calendar of an agency of the configuration."""
        return self.calendars[self.agency(agency_id).calendar]


def load_configuration(config_dir: Path) -> Configuration:
    """Read ``config_dir``; raise ConfigurationRefused with file and line for whatever is wrong."""
    product = read_product(read(config_dir / "product.yaml"))
    roles = read_roles(read(config_dir / ROLES))
    codes = frozenset(roles)
    calendars = read_calendars(config_dir / "calendars")
    top = read(config_dir / "agencies.yaml").fields("districts agencies")
    districts = read_districts(top["districts"])
    ladders = read_ladders(read(config_dir / "ladders.yaml"), codes)
    seen = read_visibility(read(config_dir / VISIBILITY), codes)
    return Configuration(
        roles=roles, districts=districts, calendars=calendars, ladders=ladders, product=product,
        access=read_access(read(config_dir / "access.yaml"), codes),
        agencies=read_agencies(top["agencies"], frozenset(districts), codes, frozenset(calendars)),
        limits=read_limits(read(config_dir / "time_limits.yaml"), ladders),
        visibility=seen.categories,
        routing=read_routing(read(config_dir / "routing.yaml"), codes),
        wording=read_wording(config_dir / "wording", frozenset(product.languages)),
        retention=read_retention(read(config_dir / "retention.yaml")),
        policy=_policy(roles, seen), written=read_written(config_dir),
        limit_documents=_document(config_dir / "time_limits.yaml"),
        ladder_documents=_document(config_dir / "ladders.yaml"),
    )


def policy_of(rules: Mapping[str, str]) -> Policy:
    """Read the rules of access from the texts of an earlier configuration (``Written.rules``)."""
    roles = read_roles(parse(rules[ROLES].encode(), ROLES))
    return _policy(roles, read_visibility(parse(rules[VISIBILITY].encode(), VISIBILITY), frozenset(roles)))


def _policy(roles: Mapping[str, RoleSetting], seen: Visibility) -> Policy:
    return Policy(
        roles=MappingProxyType({code: role.policy for code, role in roles.items()}), visibility=seen.categories,
        purposes=seen.purposes, history=seen.history, clinical=seen.clinical, glass=seen.glass,
    )


def _document(path: Path) -> Mapping[str, dict[str, Any]]:
    """Read a checked file once more as plain values."""
    plain: dict[str, dict[str, Any]] = yaml.safe_load(path.read_bytes())
    return MappingProxyType(plain)
