"""Plan lines and service gaps: rows that form acts and actions share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.placing import PROVIDER
from nrm.commands.settling.settlement import Settlement
from nrm.records.tables.referral import PlanLine, ServiceGap
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput

NOT_STARTED = ("proposed", "agreed", "declined", "cut")
"""A new draft of the plan replaces lines in these states."""
SETTLED = ("delivered", "declined", "cut", "not_delivered")
GAP_REASONS = ("no_capacity", "no_such_service", "out_of_area")


def lines_of(unit: Unit, case_id: str) -> list[Row[Any]]:
    """Return the lines of a case's plan, in their order."""
    return list(unit.conn.execute(select(PlanLine).where(PlanLine.case_id == case_id).order_by(PlanLine.no)))


def line_of(settlement: Settlement, run: LiveRun) -> Row[Any]:
    """Return the plan line a referral run is about. LookupError where it is about none."""
    row = settlement.unit.conn.execute(select(PlanLine).where(PlanLine.id == run.item)).first()
    if row is None:
        raise LookupError(f"run {run.id} is about no plan line")
    return row


def words_of(unit: Unit, line: Row[Any]) -> dict[str, Any]:
    """Return the sealed words of a line: need, expected result, what the provider needs to know."""
    if line.sealed is None:
        return {}
    words: dict[str, Any] = orjson.loads(
        unit.open_sealed(line.case_id, Category.PLAN, line.sealed, f"plan_line:{line.id}")
    )
    return words


def seal_words(unit: Unit, case_id: str, line_id: str, words: Mapping[str, Any]) -> bytes:
    """Seal the words of a line."""
    return unit.seal(case_id, Category.PLAN, orjson.dumps(words), f"plan_line:{line_id}")


def all_settled(unit: Unit, case_id: str) -> bool:
    """Whether every line has come to its end: delivered, declined, cut, or not delivered."""
    return all(line.status in SETTLED for line in lines_of(unit, case_id))


def add_lines(settlement: Settlement, run: LiveRun, rows: list[Mapping[str, Any]]) -> None:
    """Add proposed lines to the plan, numbered after those that are there."""
    unit, case_id = settlement.unit, settlement.case_id
    last = unit.conn.execute(select(func.max(PlanLine.no)).where(PlanLine.case_id == case_id)).scalar() or 0
    values = []
    for number, row in enumerate(rows, start=last + 1):
        line_id = settlement.system.new_id()
        words = {key: row.get(key) for key in ("need", "expected_result", "need_to_know", "objective", "rank")}
        values.append({
            "id": line_id, "case_id": case_id, "run_id": run.id, "no": number, "need": "",
            "service": str(row["service"]), "agency_id": row.get("agency") or None, "urgent": bool(row.get("urgent")),
            "status": "proposed", "cost_minor": minor(row.get("cost")), "currency": row.get("currency"),
            "funding": row.get("funding"), "start_on": day(row.get("start_on")), "due_on": day(row.get("due_on")),
            "sealed": seal_words(unit, case_id, line_id, words), "version": 1,
        })
    if values:
        unit.conn.execute(insert(PlanLine), values)


def set_line(unit: Unit, line_id: str, **values: object) -> None:
    """Change columns of one line."""
    unit.conn.execute(
        update(PlanLine).where(PlanLine.id == line_id).values(version=PlanLine.version + 1, **values)
    )


def add_gap(
    settlement: Settlement, *, service: str, urgency: str, reason: str, district: str | None = None
) -> None:
    """Count a service that was missing: type, district and urgency; no person, no case (form:F27)."""
    unit = settlement.unit
    unit.conn.execute(insert(ServiceGap), [{
        "id": settlement.system.new_id(), "service": service, "district": district or settlement.case.district,
        "urgency": urgency, "reason": reason, "agency_id": settlement.case.agency_id, "recorded_at": unit.now,
        "status": "open", "reviewed_at": None, "reviewed_by": None, "review_note": None,
    }])


def require_provider(settlement: Settlement, agency: object, field: str) -> None:
    """Refuse an agency that gives no services: its task would be nobody's (design 3, Routing). InvalidInput."""
    agencies = settlement.agencies
    if agency not in agencies.active_ids or PROVIDER not in agencies.by_id[str(agency)].serves:
        raise InvalidInput(fields={field: ["Choose an agency of the list that gives services."]})


def minor(amount: object) -> int | None:
    """Return an amount of money in minor units; None where there is none."""
    return None if amount in (None, "") else round(float(str(amount)) * 100)


def day(value: object) -> object:
    """Return an ISO date text as a date; None where there is none."""
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None
