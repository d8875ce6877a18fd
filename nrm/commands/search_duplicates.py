"""Before a case is opened: is there one already? Names are searched by keyed hash, within the asker's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.commands.name_index import NAMES, NUMBERS, cases_named
from nrm.commands.settling.ledger import Ledger
from nrm.commands.signalling import watch_search
from nrm.commands.throttling import Use, count_use
from nrm.queries.scope import require_role
from nrm.queries.standing import Standing
from nrm.records.tables.case import Case
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Match:
    """A case that carries all the given names; by code, because a list shows no names."""

    case_id: str
    code: str
    district: str
    stage: str
    status: str
    opened_at: datetime


def search_duplicates(system: System, actor: Actor, *, names: Mapping[str, str]) -> tuple[Match, ...]:
    """Search for cases of the same person among those the actor may see.

    A case outside the scope is not shown, not even that it exists: when a case with a known name is
    opened, the national unit is told instead (:mod:`nrm.commands.open_case`). The search itself is
    an entry on the installation's chain, without the names.

    Args:
        names: dictionary element -> text, e.g. ``person.family_name``.

    Raises:
        InvalidInput: nothing to search for.
        TooManyTries: the same person has searched very often.
    """
    rule = require_role(actor, Permission.CASES_OPEN, system.configuration.policy)
    asked = {element: text for element, text in names.items() if element in (*NAMES, *NUMBERS) and text.strip()}
    if not asked:
        raise InvalidInput(fields={"names": ["Write at least one name, or a number."]})
    count_use(system, actor, Use.SEARCH)
    with system.database.unit(actor) as unit:
        found = []
        for case_id in cases_named(unit, asked):
            case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
            standing = Standing(
                unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now,
            )
            if standing.decide(Permission.CASE_READ).allowed:
                found.append(Match(case.id, case.code, case.district, case.stage, case.status, case.opened_at))
        watch_search(system, unit, [text for element, text in asked.items() if element in NAMES])
        Ledger(unit, INSTALLATION).enter(
            "duplicates.searched", "search:names", outcome=f"{len(found)} found", rule=rule,
        )
        return tuple(found)
