"""What follows when a recipient has not said in time what became of what it holds (X1)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.settling.asked_for import PROVIDING
from nrm.commands.settling.audience import people_of, supervisors_of
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.queries.disclosures import received_by
from nrm.queries.standing import Standing


def remind_recipient(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Tell whoever leads the agency, or everybody there who was asked; say whether it still holds anything."""
    if run.item is None:  # begun to try the process: there is nobody to tell
        return {}
    unit, agency_id = settlement.unit, run.item
    standing = Standing(
        unit, settlement.system.configuration.policy, settlement.agencies, unit.actor, settlement.case, unit.now,
    )
    held = received_by(settlement.system, unit, standing, agency_id)
    if held is None or not held.to_confirm:
        return {"recall_unanswered": False}
    above = supervisors_of(unit, agency_id, agency_id)
    for user_id in above or people_of(unit, (agency_id,), PROVIDING):
        settlement.notices.tell(user_id, "give_back", None, unit.now, mail=True)
    return {"recall_unanswered": True}
