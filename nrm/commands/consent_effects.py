"""When a consent ends, what rested on it ends in the same act: open referrals are revoked, access is cut."""

from __future__ import annotations

from sqlalchemy import select, update

from nrm.commands.case_act import CaseAct
from nrm.commands.settling.audience import people_of
from nrm.records.tables.referral import PlanLine, Referral
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.categories import Category

LIVE = ("sent", "accepted", "delivered", "confirmed")
OPEN = ("sent", "accepted")


def close_what_lost_its_consent(act: CaseAct) -> int:
    """Revoke every live referral that no consent covers any more. Returns how many.

    The provider's tasks of the referral are withdrawn with its run; who had them is told without content.
    """
    rows = act.unit.conn.execute(
        select(Referral).where(Referral.case_id == act.case.id, Referral.status.in_(LIVE))
    ).all()
    revoked = 0
    for row in rows:
        categories = frozenset(map(Category, row.shared_categories))
        covered = covers(
            act.standing.consents, Recipient(row.to_agency, act.settlement.agencies.kind(row.to_agency)), "referral",
            categories, act.unit.now, child=act.standing.treated_as_child,
        )
        if covered.allowed:
            continue
        act.unit.conn.execute(
            update(Referral).where(Referral.id == row.id).values(status="revoked", done_at=act.unit.now)
        )
        act.settlement.ledger.enter(
            "referral.revoked", f"referral:{row.id}", rule=covered.rule, payload={"agency": row.to_agency},
        )
        if row.status in OPEN and row.plan_line_id:
            act.unit.conn.execute(
                update(PlanLine).where(PlanLine.id == row.plan_line_id).values(status="declined")
            )
        if row.status in OPEN and row.run_id:
            run = act.settlement.run(row.run_id)
            if run.process == "service_referral":
                act.settlement.cancel(run, "consent_withdrawn")
        for user_id in people_of(act.unit, (row.to_agency,), ("PROV", "SHEL", "MED", "PSY", "LEG")):
            act.settlement.notices.tell(user_id, "referral_revoked", None, act.unit.now, mail=True)
        revoked += 1
    return revoked
