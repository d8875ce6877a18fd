"""Agencies, edited on pages: who serves which role in which district."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from nrm.commands.accounts import manages_every_agency
from nrm.commands.rehoming import begin_rehoming, work_of
from nrm.commands.settling.ledger import Ledger
from nrm.queries.scope import require_role
from nrm.records.tables.agency import Agency
from nrm.records.tables.history import INSTALLATION
from nrm.rules.policy import Reach
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def save_agency(
    system: System, actor: Actor, *, agency_id: str, name: str, kind: str, districts: Iterable[str],
    serves: Iterable[str], calendar: str, email: str = "", manages_cases: bool = False, active: bool = True,
    until: date | None = None,
) -> None:
    """Create or change an agency. An id is never used again: to end an agency, set its last day or make it inactive.

    What an agency has that is made inactive moves to who serves instead, at once.

    Raises InvalidInput, NotAllowed.
    """
    rule = require_role(actor, Permission.AGENCIES_MANAGE, system.configuration.policy)
    values: dict[str, Any] = {"name": name.strip(), "kind": kind.strip(), "districts": sorted(set(districts)),
              "serves": sorted(set(serves)), "calendar": calendar, "email": email.strip() or None,
              "status": "active" if active else "ended", "until": until}
    _check(system, agency_id, values)
    with system.database.unit(actor) as unit:
        known = unit.conn.execute(select(Agency).where(Agency.id == agency_id)).first()
        _within_reach(system, actor, set(values["serves"]) - set(known.serves if known is not None else ()))
        if known is None:
            values.update(id=agency_id, units={}, settings={"manages_cases": manages_cases})
            unit.conn.execute(insert(Agency), [values])
        else:
            values["settings"] = {**(known.settings or {}), "manages_cases": manages_cases}
            unit.conn.execute(update(Agency).where(Agency.id == agency_id).values(**values))
            if known.status == "active" and not active:
                begin_rehoming(system, unit, work_of(system, unit, agency_id))
        Ledger(unit, INSTALLATION).enter(
            "agency.created" if known is None else "agency.changed", f"agency:{agency_id}", rule=rule,
            payload={
                key: value.isoformat() if isinstance(value, date) else value
                for key, value in values.items() if key not in ("id", "units")
            },
        )
    system.directory.forget()


def _within_reach(system: System, actor: Actor, added: set[str]) -> None:
    """Refuse who manages one agency's accounts a role that reaches further: they could give it to themselves."""
    roles = system.configuration.policy.roles
    further = [role for role in sorted(added) if roles[role].reach not in (Reach.TEAM, Reach.AGENCY)]
    if further and not manages_every_agency(system, actor):
        raise NotAllowed("None of your roles may do this.", rule="own_agency:roles")


def _check(system: System, agency_id: str, values: dict[str, Any]) -> None:
    configuration = system.configuration
    wrong: dict[str, list[str]] = {}
    if not (2 <= len(agency_id) <= 36) or not agency_id.replace("_", "").isalnum() or agency_id.lower() != agency_id:
        wrong["agency_id"] = ["Use 2 to 36 small letters, digits or underscores."]
    if not values["name"]:
        wrong["name"] = ["Write the agency's name."]
    if not values["kind"]:
        wrong["kind"] = ["Say what kind of agency it is."]
    if not values["districts"] or any(d not in configuration.districts for d in values["districts"]):
        wrong["districts"] = ["Choose at least one district from the list."]
    offered = {role for role, one in configuration.policy.roles.items() if one.reach is not Reach.SYSTEM}
    if not values["serves"] or not offered.issuperset(values["serves"]):
        wrong["serves"] = ["Choose at least one role from the list."]
    if values["calendar"] not in configuration.calendars:
        wrong["calendar"] = ["Choose a calendar from the list."]
    if wrong:
        raise InvalidInput(fields=wrong)
