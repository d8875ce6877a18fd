"""Read the clocks of a case; leaves the read entry."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.commands.reading import reading
from nrm.queries.case_clocks import CaseClock, case_clocks
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

ACTS = (Permission.CLOCK_PAUSE, Permission.CLOCK_ASK, Permission.CLOCK_GRANT)


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The clocks of a case, and which acts on them its reader may do."""

    case_id: str
    case_code: str
    is_closed: bool
    clocks: tuple[CaseClock, ...]
    may: frozenset[str]


def read_clocks(system: System, actor: Actor, *, case_id: str) -> CaseClocks:
    """Read every clock of a case, ended ones too. Raises NotFound outside the scope, NotAllowed."""
    with reading(system, actor, Permission.CASE_PROCESS, case_id, "clocks") as read:
        return CaseClocks(
            case_id, read.case.code, read.case.closed_at is not None, case_clocks(system, read.unit, case_id),
            frozenset(str(act) for act in ACTS if read.standing.decide(act).allowed),
        )
