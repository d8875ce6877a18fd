"""Whoever asked another agency to take a case over takes that back, as long as nobody has answered (form:F24)."""

from __future__ import annotations

from nrm.commands.case_act import case_act
from nrm.commands.transfers import end_transfer, open_transfer
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REASONS = ("not_needed", "the_person_asked", "sent_by_mistake")


def take_back_transfer(system: System, actor: Actor, *, case_id: str, reason: str) -> None:
    """Take the open request of a case back. Raises Conflict where there is none, InvalidInput, NotAllowed, NotFound."""
    with case_act(system, actor, Permission.REFERRAL_REVOKE, case_id) as act:
        if reason not in REASONS:
            raise InvalidInput(fields={"reason": ["Choose why it is taken back."]})
        transfer = open_transfer(act.unit, case_id)
        if transfer is None:
            raise Conflict("Nobody is asked to take this case over, or they have answered.", code="transfer_changed")
        end_transfer(act.settlement, transfer, reason=reason, rule=act.rule)
