"""The rules of access as they were in force at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from nrm.deployment.configuration import policy_of
from nrm.records.tables.configuration import ConfigurationVersion
from nrm.records.unit import Unit
from nrm.rules.policy import Policy
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class RulesThen:
    """``number``: of the configuration that was in force; None: that one cannot be read, these are today's rules."""

    policy: Policy
    number: int | None


def rules_then(system: System, unit: Unit, at: datetime) -> RulesThen:
    """Return the rules that decided at ``at``: those of the last start of the program before it."""
    row = unit.conn.execute(
        select(ConfigurationVersion.number, ConfigurationVersion.rules).where(ConfigurationVersion.from_at <= at)
        .order_by(ConfigurationVersion.number.desc()).limit(1)
    ).first()
    if row is None:
        return RulesThen(system.configuration.policy, None)
    policy = _read(tuple(sorted((str(name), str(text)) for name, text in row.rules.items())))
    return RulesThen(system.configuration.policy, None) if policy is None else RulesThen(policy, row.number)


@lru_cache(maxsize=8)
def _read(rules: tuple[tuple[str, str], ...]) -> Policy | None:
    """Read texts that an earlier release of the program wrote; None where this one reads them differently."""
    try:
        return policy_of(dict(rules))
    except (ConfigurationRefused, KeyError):
        return None
