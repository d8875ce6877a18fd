"""Until when a closed case is kept: worked out when it closes, taken back when it is opened again (limit:T32)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.facts import as_fact
from nrm.records.tables.case import Case
from nrm.records.tables.erasure import CaseKeeping
from nrm.records.tables.fact import FactCurrent
from nrm.records.unit import Unit
from nrm.rules.retention import Keeping, keeping
from nrm.vocabulary.phrases import as_plain
from nrm.wiring.system import System

ADULT_FROM, IS_CHILD = "adult_from", "is_child"
NO_CHILD = "no"


def keep_closed(system: System, unit: Unit, case_id: str, closed_at: object) -> None:
    """Write until when a case that closes is kept; without an instant it is open again, and no day stands."""
    if not isinstance(closed_at, datetime):
        unit.conn.execute(delete(CaseKeeping).where(CaseKeeping.case_id == case_id))
        return
    kept = _keeping(system, unit, case_id, closed_at.date())
    values = {
        "until_on": kept.until,
        "why": [{"until": one.until.isoformat(), "sentence": as_plain(one.sentence)} for one in kept.grounds],
    }
    row = upsert(CaseKeeping).values(case_id=case_id, **values)
    unit.conn.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=values))


def keep_all_closed(system: System, unit: Unit) -> int:
    """Work the day out for closed cases that have none, from before there was one. Returns for how many."""
    without = unit.conn.execute(
        select(Case.id, Case.closed_at).outerjoin(CaseKeeping, CaseKeeping.case_id == Case.id)
        .where(Case.closed_at.is_not(None), Case.erased_at.is_(None), CaseKeeping.case_id.is_(None))
    ).all()
    for row in without:
        keep_closed(system, unit, row.id, row.closed_at)
    return len(without)


def _keeping(system: System, unit: Unit, case_id: str, closed_on: date) -> Keeping:
    stored = unit.conn.execute(select(FactCurrent.name, FactCurrent.value).where(
        FactCurrent.case_id == case_id, FactCurrent.name.in_((ADULT_FROM, IS_CHILD))
    ))
    facts = {row.name: as_fact(row.value) for row in stored}
    month = facts.get(ADULT_FROM)
    return keeping(
        system.configuration.retention.case_file, closed_on, may_be_child=facts.get(IS_CHILD) != NO_CHILD,
        adult_from=month if isinstance(month, date) else None,
    )
