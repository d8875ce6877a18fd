"""Look at who is kept from a case; the look leaves an entry as every reading does."""

from __future__ import annotations

from nrm.commands.reading import reading
from nrm.queries.case_reader import CaseReader
from nrm.queries.conflicts import ConflictsView, conflicts_view
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def read_conflicts(system: System, actor: Actor, *, case_id: str) -> ConflictsView:
    """Return who is kept from a case, and who could be. Raises NotFound, NotAllowed."""
    with reading(system, actor, Permission.CONFLICT_KEEP, case_id, "conflicts") as read:
        return conflicts_view(CaseReader(system, read.unit, read.standing))
