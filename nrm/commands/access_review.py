"""Review who looked at what; the review is an entry of the installation's history."""

from __future__ import annotations

from nrm.commands.settling.ledger import Ledger
from nrm.queries.access_review import Accesses, Review, accesses
from nrm.queries.scope import require_role
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def review_access(system: System, actor: Actor, *, asked: Review) -> Accesses:
    """Return what a person saw, what an agency saw, or who saw a case. Raises NotAllowed."""
    rule = require_role(actor, Permission.AUDIT_SEARCH, system.configuration.policy)
    with system.database.unit(actor) as unit:
        found = accesses(system, unit, asked)
        Ledger(unit, INSTALLATION).enter(
            "audit.access_reviewed", "cases", rule=rule, payload={**asked.plain(), "found": len(found.lines)},
        )
        return found
