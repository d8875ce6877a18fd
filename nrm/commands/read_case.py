"""Read a case: its page, and what is opened on press (names, ways of contact, place of stay, self-harm)."""

from __future__ import annotations

from datetime import datetime

from nrm.commands.access_first import refuse_first
from nrm.commands.reading import Reading, reading
from nrm.queries.case_process import ProcessView, case_process
from nrm.queries.case_view import GROUPS, CasePage, case_view
from nrm.queries.known import Known, known_elements
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def read_case(system: System, actor: Actor, *, case_id: str) -> CasePage:
    """Open the page of a case; leaves the read entry. Raises NotFound outside the scope, NotAllowed."""
    with reading(system, actor, Permission.CASE_READ, case_id, "case") as read:
        return case_view(system, read.unit, read.standing)


def reveal(system: System, actor: Actor, *, case_id: str, group: str) -> tuple[Known, ...]:
    """Open what the case page hides: ``identity``, ``contact``, ``stay`` or ``self_harm``.

    Each press leaves an entry of its own. Returns the latest answer per element, in the order asked.

    Raises InvalidInput for another group, NotAllowed where the reader does not see it, NotFound.
    """
    if group not in GROUPS:
        wrong = InvalidInput(fields={"group": [f"Choose one of: {', '.join(GROUPS)}."]})
        refuse_first(system, actor, (Permission.CASE_READ,), {"case": case_id}, wrong)
    permission = Permission.STAY_READ if group == "stay" else Permission.CASE_READ
    with reading(system, actor, permission, case_id, group, act="revealed", always=True) as read:
        return _group(read, group)


def read_stay(system: System, actor: Actor, *, case_id: str) -> tuple[Known, ...]:
    """Open the page with the place of stay: for the few who are named in the case."""
    return reveal(system, actor, case_id=case_id, group="stay")


def _group(read: Reading, group: str) -> tuple[Known, ...]:
    decisions = read.standing.readable()
    for category in GROUPS[group]:
        if not decisions[category].allowed:
            raise NotAllowed(decisions[category].sentence, rule=decisions[category].rule)
    policy = read.system.configuration.policy
    return tuple(
        known_elements(read.unit, read.system.library, read.standing, policy, only=GROUPS[group]).values()
    )


def read_process(
    system: System, actor: Actor, *, case_id: str, run_id: str | None = None, at: datetime | None = None
) -> ProcessView:
    """Open the process page of a case, as it stands or stood at an instant; leaves the read entry.

    Raises NotFound, NotAllowed.
    """
    with reading(system, actor, Permission.CASE_PROCESS, case_id, "process") as read:
        return case_process(system, read.unit, read.standing, run_id=run_id, at=at)
