"""How long an access in an emergency lasts, who hears of it, and what is called unusual: ``access.yaml``."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.deployment.reading import Item
from nrm.rules.break_glass import MOST_HOURS
from nrm.rules.signals import Thresholds


@dataclass(frozen=True, slots=True)
class AccessSetting:
    """``glass_hours``: 1 to 24; ``told``: roles that hear of every access in an emergency at once."""

    glass_hours: int
    told: tuple[str, ...]
    thresholds: Thresholds


def read_access(item: Item, roles: frozenset[str]) -> AccessSetting:
    """Read ``access.yaml``."""
    top = item.fields("emergency signals")
    emergency, signals = top["emergency"].fields("hours told"), top["signals"].fields("cases_a_day night")
    night = signals["night"].fields("from to")
    hours = emergency["hours"].integer(1)
    if hours > MOST_HOURS:
        emergency["hours"].refuse(f"an access in an emergency lasts {MOST_HOURS} hours at most")
    return AccessSetting(
        hours, tuple(role.one_of(roles, "role") for role in emergency["told"].items()),
        Thresholds(signals["cases_a_day"].integer(1), night["from"].clock(), night["to"].clock()),
    )
