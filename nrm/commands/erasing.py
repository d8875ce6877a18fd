"""Carrying erasures out: what two people decided, and what a restored database must be told again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from nrm.commands.erasure import stopped_by
from nrm.commands.settling.ledger import Ledger
from nrm.queries.quarters import quarter_of
from nrm.records.erasing import erase_rows, leave_no_bytes
from nrm.records.tables.case import TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.erasure import AnonymousCase, Erasure
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.referral import ServiceGap
from nrm.records.tables.told_counts import ErasedBreaches, ErasedGaps
from nrm.records.unit import Unit
from nrm.rules.retention import facts_that_stay
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System

ERASED = "case.erased"
LEADS = "CM"
"""The role that leads a case (domain 2.1)."""


def erase_approved(system: System, *, limit: int = 20) -> int:
    """Carry out approved erasures, each in a transaction of its own; return how many were carried out."""
    with system.database.reader(SYSTEM) as unit:
        waiting = unit.conn.execute(
            select(Erasure.id, Erasure.case_id).where(Erasure.status == "approved")
            .order_by(Erasure.proposed_at, Erasure.id).limit(limit)
        ).all()
    done = sum(_one(system, row.id, row.case_id) for row in waiting)
    if done:
        leave_no_bytes(system.database)
    return done


def erase_case(system: System, unit: Unit, case: Row[Any], erasure: Row[Any], *, outcome: str) -> None:
    """Erase a locked case: what remains for statistics, then keys and rows, then the entries and the receipt."""
    _keep_for_statistics(system, unit, case)
    _keep_what_was_told(unit, case.id)
    manager = unit.conn.execute(
        select(TeamMember.user_id).where(
            TeamMember.case_id == case.id, TeamMember.role == LEADS, TeamMember.user_id.is_not(None),
        ).order_by(TeamMember.from_at.desc()).limit(1)
    ).scalar()
    counts = erase_rows(unit, case.id, case.code)
    seq = Ledger(unit, case.id).enter(ERASED, f"erasure:{erasure.id}", outcome=outcome, rule="two_people")
    Ledger(unit, INSTALLATION).enter(ERASED, f"case:{case.id}", outcome=outcome, rule="two_people", payload={
        "erasure": erasure.id, "proposed_by": erasure.proposed_by, "approved_by": erasure.decided_by, "went": counts,
    })
    unit.flush()
    digest = unit.conn.execute(select(History.digest).where(History.chain == case.id, History.seq == seq)).scalar_one()
    unit.conn.execute(update(Erasure).where(Erasure.id == erasure.id).values(
        status="done", done_at=unit.now, counts=counts, history_seq=seq, digest=digest, manager_id=manager,
    ))


def _one(system: System, erasure_id: str, case_id: str) -> bool:
    with system.database.unit(SYSTEM) as unit:
        case = unit.lock_case(case_id)
        erasure = unit.conn.execute(
            select(Erasure).where(Erasure.id == erasure_id, Erasure.status == "approved")
        ).first()
        if erasure is None:  # another worker was first
            return False
        if stopped_by(unit, case, erasure.basis):
            unit.conn.execute(update(Erasure).where(Erasure.id == erasure_id).values(status="stopped"))
            Ledger(unit, case_id).enter("erasure.stopped", f"erasure:{erasure_id}", outcome=erasure.basis)
            return False
        erase_case(system, unit, case, erasure, outcome=erasure.basis)
        return True


def _keep_for_statistics(system: System, unit: Unit, case: Row[Any]) -> None:
    """Write what remains of a case: facts that enough others share, and years. A random id, and no way back."""
    rule = system.configuration.retention
    mine = unit.conn.execute(select(FactCurrent.name, FactCurrent.value).where(
        FactCurrent.case_id == case.id, FactCurrent.scope == "", FactCurrent.name.in_(rule.facts)
    ))
    facts = {row.name: row.value for row in mine if row.value is not None}
    alike = {name: _alike(unit, name, value) for name, value in facts.items()}
    unit.conn.execute(insert(AnonymousCase), [{
        "id": system.new_id(), "opened_year": case.opened_at.year, "closed_year": (case.closed_at or unit.now).year,
        "facts": facts_that_stay(facts, rule.facts, alike, rule.smallest_cell),
    }])


def _alike(unit: Unit, name: str, value: object) -> frozenset[str]:
    """Return the ids of the cases, of erased ones what remains of them, that have this value of a fact."""
    living = unit.conn.execute(select(FactCurrent.case_id).where(
        FactCurrent.name == name, FactCurrent.scope == "", FactCurrent.value == value
    )).scalars()
    erased = unit.conn.execute(select(AnonymousCase.id, AnonymousCase.facts))
    return frozenset((*living, *(row.id for row in erased if row.facts.get(name) == value)))


def _keep_what_was_told(unit: Unit, case_id: str) -> None:
    """Carry what numbers of a quarter count of a case over to a count, so that none of them falls by the erasure.

    A gap names no case, but its instant is that of an entry in the case's history: only its number may stay.
    """
    mine = ServiceGap.recorded_at.in_(select(History.at).where(History.chain == case_id))
    gaps = unit.conn.execute(select(ServiceGap.recorded_at, ServiceGap.district, ServiceGap.service).where(mine))
    _add(unit, ErasedGaps, Counter((quarter_of(row.recorded_at), row.district, row.service) for row in gaps))
    unit.conn.execute(delete(ServiceGap).where(mine))
    missed = unit.conn.execute(
        select(Deadline.breached_at, Deadline.limit_key, Deadline.ladder)
        .where(Deadline.case_id == case_id, Deadline.breached_at.is_not(None))
    )
    _add(unit, ErasedBreaches, Counter(
        (quarter_of(row.breached_at), row.limit_key, row.ladder or "") for row in missed
    ))


def _add(unit: Unit, table: type[ErasedGaps | ErasedBreaches], counts: Mapping[tuple[str, str, str], int]) -> None:
    """Add to the numbers of a table; in the order of its key, so that no two erasures wait for each other."""
    key = [column.name for column in table.__table__.primary_key]
    rows = [dict(zip((*key, "number"), (*place, count), strict=True)) for place, count in sorted(counts.items())]
    if rows:
        new = upsert(table)
        unit.conn.execute(new.on_conflict_do_update(
            index_elements=key, set_={"number": table.number + new.excluded.number},
        ), rows)
