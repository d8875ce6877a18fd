"""Feedback to the first responder (domain 2.8): receipt always; later stages where the person agreed; never content."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from nrm.commands.mail_times import letter_of_the_day_at
from nrm.queries.feedback import TEMPLATE, is_agreed
from nrm.records.outgoing import add_notice, add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.notice import Notice

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement


class Stage(StrEnum):
    """How far a case is, as whoever opened it may hear."""

    RECEIVED = "received"
    TAKEN = "taken"
    SUPPORT_STARTED = "support_started"
    CLOSED = "closed"


def tell_first_responder(settlement: Settlement, stage: Stage) -> None:
    """Tell whoever opened the case, once for each stage: its code and the day, never content.

    Beyond the receipt only while the person agrees to feedback to that agency.
    """
    unit, case = settlement.unit, settlement.case
    user = unit.conn.execute(
        select(User.id, User.agency_id).where(User.id == case.opened_by, User.status == "active")
    ).first()
    if user is None or user.agency_id != case.referring_agency_id:
        return
    kind = f"feedback_{stage}"
    if stage is not Stage.RECEIVED:
        kind_of_agency = settlement.agencies.kind(str(case.referring_agency_id))
        if not is_agreed(unit, case, kind_of_agency) or _was_told(settlement, user.id, kind):
            return
    add_notice(unit, user_id=user.id, kind=kind, text_key=kind, case_code=case.code)
    if stage is not Stage.RECEIVED:
        add_outgoing(
            unit, user_id=user.id, template=TEMPLATE, case_id=settlement.case_id,
            next_at=letter_of_the_day_at(settlement.system, unit, user.agency_id),
        )
    settlement.ledger.enter("feedback.given", f"case:{settlement.case_id}", outcome=str(stage))


def _was_told(settlement: Settlement, user_id: str, kind: str) -> bool:
    known = select(Notice.id).where(
        Notice.user_id == user_id, Notice.kind == kind, Notice.case_code == settlement.case.code
    )
    return settlement.unit.conn.execute(known).first() is not None
