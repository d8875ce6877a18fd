"""Rows of the register of referrals: made, moved on by the steps that exist, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.engine import Row

from nrm.commands.referral_told import referral_moved
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.queries.referral_minimum import minimum_of
from nrm.queries.referrals import opened_words, sealed_place
from nrm.records.grants import REFERRAL
from nrm.records.tables.referral import PlanLine, Referral
from nrm.records.unit import Unit
from nrm.rules.referral_steps import OPEN, ReferralStatus, may_become
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict

REFERRAL_PROCESS = "service_referral"
SHARED = (Category.IDENTITY, Category.CONTACT, Category.PLAN)
"""What a provider needs: who comes, how to reach them safely, and what the line says. Never the file."""
NAMED = ("person.chosen_name", "person.language", "person.interpreter", "contact.channel", "contact.value",
         "contact.safe_time", "contact.safe_to_call", "contact.if_answered")
"""What a referral names where nobody chose: who comes, in which language, and how to reach them safely."""


def referral_of(unit: Unit, run_id: str) -> Row[Any] | None:
    """Return the newest referral of a run, or None."""
    return unit.conn.execute(
        select(Referral).where(Referral.run_id == run_id).order_by(Referral.made_at.desc(), Referral.id).limit(1)
    ).first()


def draft_of(unit: Unit, line_id: str, to_agency: str) -> Row[Any] | None:
    """Return what was prepared for a plan line and a provider and has not been sent, or None."""
    return unit.conn.execute(select(Referral).where(
        Referral.plan_line_id == line_id, Referral.to_agency == to_agency, Referral.status == ReferralStatus.DRAFT,
    )).first()


def add_referral(
    settlement: Settlement, run: LiveRun | None, *, to_agency: str, service: str, urgency: str, line_id: str | None,
    status: str = ReferralStatus.DRAFT, categories: Sequence[Category] = SHARED, fields: Sequence[str] = NAMED,
) -> str:
    """Add a referral, both agencies kept as they are now; it shares nothing before it is sent. Returns its id."""
    unit = settlement.unit
    referral_id = settlement.system.new_id()
    _require_step(None, status)
    is_sent = status != ReferralStatus.DRAFT
    REFERRAL.add(unit, [{
        "id": referral_id, "case_id": settlement.case_id, "run_id": run.id if run else None, "plan_line_id": line_id,
        "from_agency": settlement.case.agency_id, "to_agency": to_agency, "service": service, "urgency": urgency,
        "status": status, "reason_code": None, "shared_categories": [str(c) for c in categories],
        "fields": list(fields), "consent_id": None, "made_at": unit.now, "sent_at": unit.now if is_sent else None,
        "answered_at": unit.now if status == ReferralStatus.ACCEPTED else None, "done_at": None, "alternatives": [],
        "from_then": as_now(settlement, str(settlement.case.agency_id)), "to_then": as_now(settlement, to_agency),
        "sealed": _minimum(settlement, referral_id, service) if is_sent else None, "by_id": unit.actor.user_id,
    }])
    settlement.ledger.enter(f"referral.{status}", f"referral:{referral_id}", payload={
        "agency": to_agency, "service": service, "urgency": urgency, "fields": list(fields),
    })
    referral_moved(settlement, to_agency, status, categories=categories, fields=fields)
    return referral_id


def send_prepared(settlement: Settlement, run: LiveRun, draft: Row[Any], *, urgency: str) -> None:
    """Send what was prepared: the agencies and the minimum are kept as they are at this moment."""
    set_referral(
        settlement, draft, ReferralStatus.SENT, run_id=run.id, sent_at=settlement.unit.now, urgency=urgency,
        from_then=as_now(settlement, str(settlement.case.agency_id)), to_then=as_now(settlement, str(draft.to_agency)),
        sealed=_minimum(settlement, str(draft.id), str(draft.service)),
        payload={"agency": draft.to_agency, "service": draft.service, "fields": draft.fields},
    )


def set_referral(
    settlement: Settlement, referral: Row[Any], status: str, *, rule: str | None = None, outcome: str = "ok",
    payload: Mapping[str, object] | None = None, **values: object,
) -> None:
    """Move a referral on and enter it in the history. Raises Conflict where there is no such step from its state."""
    _require_step(str(referral.status), status)
    REFERRAL.change(settlement.unit, Referral.id == referral.id, status=status, **values)
    settlement.ledger.enter(
        f"referral.{status}", f"referral:{referral.id}", rule=rule, outcome=outcome, payload=payload,
    )
    referral_moved(
        settlement, str(referral.to_agency), status, categories=map(Category, referral.shared_categories),
        fields=referral.fields,
    )


def revoke(
    settlement: Settlement, referral: Row[Any], *, reason: str, line_status: str, rule: str | None = None,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Take a referral back: the provider's access, its tasks and its clocks end in this act."""
    set_referral(
        settlement, referral, ReferralStatus.REVOKED, rule=rule, reason_code=reason, done_at=settlement.unit.now,
        payload={"agency": referral.to_agency, "reason": reason, **(payload or {})},
    )
    if referral.status not in OPEN:
        return
    if referral.plan_line_id and referral.status != ReferralStatus.DRAFT:
        settlement.unit.conn.execute(
            update(PlanLine).where(PlanLine.id == referral.plan_line_id).values(status=line_status)
        )
    if referral.run_id:
        run = settlement.run(referral.run_id)
        if run.process == REFERRAL_PROCESS:
            settlement.cancel(run, reason)


def with_words(unit: Unit, referral: Row[Any], **words: object) -> bytes:
    """Return the sealed words of a referral with some of them new."""
    kept = {**opened_words(unit, referral), **{key: text for key, text in words.items() if text}}
    return unit.seal(referral.case_id, Category.PLAN, orjson.dumps(kept), sealed_place(str(referral.id)))


def as_now(settlement: Settlement, agency_id: str) -> dict[str, object]:
    """Return an agency as it is now, to be kept with an act: name, kind, contact line."""
    agency = settlement.agencies.agency(agency_id)
    return {"name": agency.name, "kind": agency.kind, "contact": agency.email or ""}


def _minimum(settlement: Settlement, referral_id: str, service: str) -> bytes:
    found = minimum_of(settlement.unit, settlement.system.library, settlement.case, service=service)
    return settlement.unit.seal(
        settlement.case_id, Category.PLAN, orjson.dumps({"minimum": found}), sealed_place(referral_id)
    )


def _require_step(before: str | None, after: str) -> None:
    if not may_become(before, after):
        raise Conflict("This referral has moved on since. Look at it again.", code="referral_changed")
