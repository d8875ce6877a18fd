"""Withdraw a consent, in part or whole: it ends with this commit, and what rested on it ends too (X1, goal:S7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.form_acts.consents import PURPOSES, enter_consent, take_back
from nrm.commands.giving_back import ask_back
from nrm.records.tables.consent import Consent
from nrm.rules.consent import ConsentStatus
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

CHANGE_PROCESS = "consent_change"


def withdraw_consent(system: System, actor: Actor, *, consent_id: str) -> None:
    """Record that the person takes one consent back. Raises NotFound, NotAllowed."""
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(select(Consent).where(Consent.id == consent_id)).first()
    if row is None:
        raise NotFound
    with case_act(system, actor, Permission.CONSENT_WITHDRAW, row.case_id) as act:
        _withdraw(act, [row.purpose], [] if row.recipient == "*" else [row.recipient])


def withdraw_purposes(
    system: System, actor: Actor, *, case_id: str, purposes: Sequence[str], recipients: Sequence[str] = (),
    seen_version: int | None = None,
) -> None:
    """Record that the person takes purposes back, for some agencies or for all. Raises InvalidInput."""
    wrong: dict[str, list[str]] = {}
    if not purposes or any(purpose not in PURPOSES for purpose in purposes):
        wrong["purposes"] = ["Choose what is taken back."]
    with case_act(system, actor, Permission.CONSENT_WITHDRAW, case_id, seen_version=seen_version) as act:
        if any(name not in act.settlement.agencies.by_id for name in recipients):
            wrong["recipients"] = ["Choose agencies from the list."]
        if wrong:
            raise InvalidInput(fields=wrong)
        _withdraw(act, list(dict.fromkeys(purposes)), list(dict.fromkeys(recipients)))


def _withdraw(act: CaseAct, purposes: Sequence[str], recipients: Sequence[str]) -> None:
    """Take purposes back; where something was given, the recipients are to be told the same day (X1)."""
    given = [row for row in act.standing.consents if row.status is ConsentStatus.GIVEN and row.purpose in purposes]
    for purpose in purposes:
        take_back(act, purpose=purpose, recipients=recipients, categories=(), record_id=None)
        _remember(act, purpose, "withdrawn", whole=not recipients)
    ask_back(act)
    if given:
        act.settlement.start_run(CHANGE_PROCESS, facts={"consent_change_kind": "narrower"})


def record_consent(
    system: System, actor: Actor, *, case_id: str, purpose: str, answer: str, recipients: list[str] | None = None,
    categories: list[str] | None = None, given_by: str = "person", seen_version: int | None = None,
) -> None:
    """Record what the person agreed to or refused, outside of a form. Raises InvalidInput."""
    wrong: dict[str, list[str]] = {}
    if purpose not in PURPOSES:
        wrong["purpose"] = ["Choose what the consent is for."]
    if answer not in ("given", "refused"):
        wrong["answer"] = ["Say whether the person agreed or refused."]
    if given_by not in ("person", "guardian", "assent"):
        wrong["given_by"] = ["Say who gave it."]
    if any(name not in set(Category) for name in categories or ()):
        wrong["categories"] = ["Choose from the listed categories."]
    with case_act(system, actor, Permission.CONSENT_RECORD, case_id, seen_version=seen_version) as act:
        if any(name not in act.settlement.agencies.active_ids for name in recipients or ()):
            wrong["recipients"] = ["Choose agencies from the list."]
        if wrong:
            raise InvalidInput(fields=wrong)
        act.enter("consent.recorded", f"purpose:{purpose}", outcome=answer)
        enter_consent(
            act, purpose=purpose, status=answer, given_by=given_by, record_id=None, recipients=recipients or (),
            categories=categories or (), until=None,
        )
        _remember(act, purpose, answer, whole=not recipients)


def _remember(act: CaseAct, purpose: str, answer: str, *, whole: bool) -> None:
    """Keep the fact the diagrams read in step with the register, where the answer is for everyone."""
    if not whole:
        return
    backbone = act.system.library.current(act.unit.conn, str(act.case.process))
    if backbone.fact(f"consent_{purpose}") is not None:
        act.settlement.facts.set("", backbone, {f"consent_{purpose}": answer}, source="consent")
