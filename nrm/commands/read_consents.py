"""Read the ledger of consents of a case, and see what a withdrawal would end before it is recorded (X1)."""

from __future__ import annotations

from collections.abc import Sequence

from nrm.commands.access_first import refuse_first
from nrm.commands.form_acts.consents import PURPOSES
from nrm.commands.reading import reading
from nrm.queries.case_reader import CaseReader
from nrm.queries.consent_ledger import ConsentLedger, Consequences, consent_ledger, consequences
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def read_consent_ledger(system: System, actor: Actor, *, case_id: str) -> ConsentLedger:
    """Open the ledger of a case; leaves the read entry. Raises NotFound outside the scope, NotAllowed."""
    with reading(system, actor, Permission.CASE_READ, case_id, "consents") as read:
        return consent_ledger(CaseReader(system, read.unit, read.standing))


def foresee_withdrawal(
    system: System, actor: Actor, *, case_id: str, purposes: Sequence[str], recipients: Sequence[str] = ()
) -> Consequences:
    """Return what taking purposes back would end, for some agencies or all. Raises InvalidInput, NotAllowed."""
    if not purposes or any(purpose not in PURPOSES for purpose in purposes):
        wrong = InvalidInput(fields={"purposes": ["Choose what is taken back."]})
        refuse_first(system, actor, (Permission.CONSENT_WITHDRAW,), {"case": case_id}, wrong)
    with reading(system, actor, Permission.CONSENT_WITHDRAW, case_id, "consents") as read:
        return consequences(CaseReader(system, read.unit, read.standing), purposes, recipients)
