"""When the period of a consent is over, its last version says so, and what rested on it is closed (table:D-05)."""

from __future__ import annotations

from sqlalchemy import select

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.consent_effects import close_what_lost_its_consent
from nrm.commands.settling.audience import people_of
from nrm.queries.standing import Standing
from nrm.records.consents import follow
from nrm.records.refusals import TryAgain
from nrm.records.tables.consent import Consent
from nrm.records.unit import Unit
from nrm.rules.visibility import Decision
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

HOLDS = ("given", "override")
AT_ONCE = 100


def expire_consents(system: System) -> int:
    """Enter for up to a hundred cases which consents are over. Returns in how many cases there were some.

    Access ended at the instant itself, with or without this: it is the open referrals that are closed here, and
    whoever works on the case who is told. A case that somebody else holds waits for the next round.
    """
    with system.database.reader(SYSTEM) as unit:
        due = unit.conn.execute(
            select(Consent.case_id).where(Consent.status.in_(HOLDS), Consent.until_at <= unit.now)
            .distinct().limit(AT_ONCE)
        ).scalars().all()
    return sum(_expire(system, case_id) for case_id in due)


def _expire(system: System, case_id: str) -> bool:
    try:
        with case_act(
            system, SYSTEM, Permission.CONSENT_RECORD, case_id, open_only=False, authorise=_by_the_clock
        ) as act:
            return _expire_in(act)
    except TryAgain:
        return False


def _expire_in(act: CaseAct) -> bool:
    unit, case_id = act.unit, str(act.case.id)
    over = follow(
        unit, (Consent.case_id == case_id) & Consent.status.in_(HOLDS) & (Consent.until_at <= unit.now),
        status="expired",
    )
    if not over:
        return False
    act.enter("consent.expired", f"case:{case_id}", payload={"purposes": sorted({row.purpose for row in over})})
    act.standing.forget_consents()
    close_what_lost_its_consent(act)
    _tell(act, unit)
    return True


def _tell(act: CaseAct, unit: Unit) -> None:
    for user_id in people_of(unit, (str(act.case.agency_id),), ("CM",)):
        act.settlement.notices.tell(user_id, "consent_over", None, unit.now)


def _by_the_clock(_: Standing, permission: Permission) -> Decision:
    return Decision(True, f"clock:{permission}")
