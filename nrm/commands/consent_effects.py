"""When a consent ends, what rested on it ends in the same act: open referrals are revoked, access is cut."""

from __future__ import annotations

from sqlalchemy import select

from nrm.commands.case_act import CaseAct
from nrm.commands.referral_rows import revoke
from nrm.commands.settling.asked_for import PROVIDING
from nrm.commands.settling.audience import people_of
from nrm.commands.transfers import PURPOSE, end_transfer, may_be_told, open_transfer
from nrm.records.tables.referral import Referral
from nrm.rules.consent import Recipient, covers, waits_for_a_second_person
from nrm.rules.referral_steps import REVOCABLE, ReferralStatus
from nrm.vocabulary.categories import Category

LIVE = tuple(status for status in REVOCABLE if status is not ReferralStatus.DRAFT)
"""What is prepared shares nothing yet, and is looked at again before it is sent."""


def close_what_lost_its_consent(act: CaseAct) -> int:
    """Revoke every live referral that no consent covers any more. Returns how many.

    The provider's tasks of the referral are withdrawn with its run; who had them is told without content. An agency
    that was asked to take the case over, and may be told nothing any more, is asked no longer.
    """
    _end_transfer_without_consent(act)
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
        if covered.allowed or waits_for_a_second_person(act.standing.consents, row.to_agency, "referral"):
            continue
        revoke(
            act.settlement, row, reason="consent_withdrawn", line_status="declined", rule=covered.rule,
        )
        for user_id in people_of(act.unit, (row.to_agency,), PROVIDING):
            act.settlement.notices.tell(user_id, "referral_revoked", None, act.unit.now, mail=True)
        revoked += 1
    return revoked


def _end_transfer_without_consent(act: CaseAct) -> None:
    transfer = open_transfer(act.unit, str(act.case.id))
    if transfer is None or waits_for_a_second_person(act.standing.consents, transfer.to_agency, PURPOSE):
        return
    if not may_be_told(act.settlement.agencies, act.standing, transfer.to_agency):
        end_transfer(act.settlement, transfer, reason="consent_withdrawn", rule=act.rule)
