"""Read the proof of time of a case, with the check that its history was not altered; leaves the read entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nrm.commands.read_history import Verdict, verdict_of
from nrm.commands.reading import reading
from nrm.queries.proof_of_time import ClockProof, clock_proofs
from nrm.queries.scope import require_role, roles_with
from nrm.records.verify import verify
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class ProofOfTime:
    """The clocks of a case and what proves them; ``made_at``: when it was put together."""

    case_code: str
    district: str
    made_at: datetime
    verdict: Verdict
    clocks: tuple[ClockProof, ...]


def read_proof(system: System, actor: Actor, *, case_id: str) -> ProofOfTime:
    """Put the proof of time of a case together: for coordinators within their reach, and for auditors.

    Raises NotFound outside the scope, NotAllowed.
    """
    policy = system.configuration.policy
    with reading(system, actor, Permission.CASE_PROCESS, case_id, "clocks") as read:
        if not roles_with(actor, Permission.AUDIT_READ, policy):
            require_role(actor, Permission.DEADLINES_BOARD, policy)
        verdict = verdict_of(verify(read.unit.conn, system.keys, case_id))
        return ProofOfTime(
            read.case.code, read.case.district, read.unit.now, verdict, clock_proofs(system, read.unit, case_id),
        )
