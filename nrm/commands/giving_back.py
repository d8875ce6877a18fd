"""After a withdrawal the recipients say themselves what became of what they hold: erased, given back, or kept (X1).

Each has a clock of its own (process *giving_back*): the time it was given, then that of whoever leads it, then the
case manager asks again and the data-protection officer hears of it.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import insert, select

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.settling.asked_for import PROVIDING
from nrm.commands.settling.audience import people_of
from nrm.queries.case_list import case_id_of
from nrm.queries.disclosures import received
from nrm.queries.recall_clocks import GIVING_BACK, open_recalls
from nrm.queries.recalls import asked_back_of
from nrm.queries.scope import require_having
from nrm.queries.standing import Standing
from nrm.records.tables.consent import Disclosure, Recall
from nrm.rules.visibility import Decision
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

KEPT = "must_keep"
ANSWERS = ("erased", "returned", KEPT)
BASES = ("statutory_duty", "court_order", "legal_claim")
LEADING = ("CM",)
CONFIRMED = "confirmed"


def confirm_given_back(
    system: System, actor: Actor, *, case: str, answer: str, basis: str = "", words: str = ""
) -> None:
    """Confirm for one's agency what became of what it received of a case (its code or id).

    Raises NotFound where the agency is asked for nothing of it, InvalidInput, NotAllowed.
    """
    require_having(actor, system.configuration.policy, Permission.CASE_READ)
    if not case:
        raise InvalidInput(fields={"case": ["Say which case it is about."]})
    case_id = case_id_of(system, actor, case)
    with case_act(system, actor, Permission.CASE_READ, case_id, open_only=False, authorise=_as_recipient) as act:
        if actor.user_id in act.standing.kept_away or asked_back_of(system, act.unit, act.standing) is None:
            raise NotFound
        _require_sense(answer, basis)
        kept_on = basis if answer == KEPT else None
        act.unit.conn.execute(insert(Recall), [{
            "id": system.new_id(), "case_id": act.case.id, "agency_id": actor.agency_id, "told_on": act.unit.now.date(),
            "answer": answer, "basis": kept_on, "own": True, "record_id": None, "at": act.unit.now,
            "by_id": actor.user_id,
        }])
        act.enter("recall.confirmed", f"case:{act.case.id}", outcome=answer, payload={
            "agency": actor.agency_id, "basis": kept_on, "words": words.strip()[:2000],
        })
        for run_id in open_recalls(act.unit, str(act.case.id), actor.agency_id):
            act.settlement.cancel(act.settlement.run(run_id), CONFIRMED)
        for user_id in people_of(act.unit, (str(act.case.agency_id),), LEADING):
            act.settlement.notices.tell(user_id, "recall_confirmed", None, act.unit.now)


def ask_back(act: CaseAct) -> None:
    """Tell whoever received something that nothing covers any more, at once: it is theirs to confirm."""
    for held in received(act.system, act.unit, act.standing):
        if not held.to_confirm or held.agency_id == act.case.agency_id:
            continue
        readers = act.unit.conn.execute(select(Disclosure.by_id).where(
            Disclosure.case_id == act.case.id, Disclosure.agency_id == held.agency_id, Disclosure.way == "read",
        )).scalars()
        for user_id in sorted({*readers, *people_of(act.unit, (held.agency_id,), PROVIDING)}):
            act.settlement.notices.tell(user_id, "give_back", None, act.unit.now, mail=True)
        _start_clock(act, held.agency_id)


def _start_clock(act: CaseAct, agency_id: str) -> None:
    """Start the recipient's clock, where none runs; without the process the withdrawal holds all the same."""
    if open_recalls(act.unit, str(act.case.id), agency_id):
        return
    with suppress(NotFound):
        act.settlement.start_run(GIVING_BACK, item=agency_id)


def _require_sense(answer: str, basis: str) -> None:
    wrong = {}
    if answer not in ANSWERS:
        wrong["answer"] = ["Say what became of it."]
    if answer == KEPT and basis not in BASES:
        wrong["basis"] = ["Choose why it has to be kept."]
    if wrong:
        raise InvalidInput(fields=wrong)


def _as_recipient(_: Standing, permission: Permission) -> Decision:
    """Whether there is something to confirm is asked under the lock: who has lost access has no other relation."""
    return Decision(True, f"recipient:{permission}")
