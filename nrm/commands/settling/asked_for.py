"""Referrals that nobody has answered end with the run that asked for them: no provider is left with a dead question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from nrm.commands.settling.audience import people_of
from nrm.records.grants import REFERRAL
from nrm.records.tables.referral import Referral
from nrm.rules.referral_steps import UNANSWERED, ReferralStatus

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement

PROVIDING = ("PROV", "SHEL", "MED", "PSY", "LEG")
"""The roles at a provider that hear of its referrals."""


def expire_unanswered(settlement: Settlement, run_id: str) -> None:
    """End what a cancelled run has asked and nobody has answered; whoever was asked is told without content."""
    unit = settlement.unit
    rows = unit.conn.execute(
        select(Referral).where(Referral.run_id == run_id, Referral.status.in_(UNANSWERED))
    ).all()
    for row in rows:
        REFERRAL.change_row(unit, row, status=ReferralStatus.EXPIRED, done_at=unit.now)
        settlement.ledger.enter("referral.expired", f"referral:{row.id}", payload={"agency": row.to_agency})
        for user_id in people_of(unit, (str(row.to_agency),), PROVIDING):
            settlement.notices.tell(user_id, "referral_revoked", None, unit.now, mail=True)
