"""What a form is filled with before anyone types: plan lines, the service asked for; besides what is known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.plan_lines import NOT_STARTED, lines_of, words_of
from nrm.commands.reading import Reading
from nrm.diagrams.forms import Form
from nrm.records.sealing import read_parts
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.record import Record
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Run
from nrm.vocabulary.categories import Category
from nrm.wiring.library import Published

FAMILY_VISITOR = "FAM"
FAMILY_CONSENT = "F13_consent"
TOLD_TO_VISITOR = ("ask_whom", "may_be_said", "stated_reason")


def prefill(read: Reading, form: Form, task: Row[Any], published: Published) -> dict[str, object]:
    """Return answers the register already holds for this form."""
    if form.act in ("plan_agree", "plan_approve", "visit"):
        return {"lines": _lines(read, form)}
    if form.act == "plan":
        return _drafted(read)
    if form.act == "funds":
        return _funds(read)
    if form.act in ("referral_response", "referral_consent", "delivery", "line_provider"):
        return _line(read, task, form)
    if task.role == FAMILY_VISITOR:
        return _family(read, form)
    return {}


def _family(read: Reading, form: Form) -> dict[str, object]:
    """The three things the person agreed to tell the visitor, and nothing else of that record (form:F13)."""
    row = read.unit.conn.execute(
        select(Record.id).where(Record.case_id == read.case.id, Record.form == FAMILY_CONSENT)
        .order_by(Record.entered_at.desc(), Record.version.desc()).limit(1)
    ).first()
    if row is None:
        return {}
    answers = read_parts(read.unit, row.id, [Category.FAMILY]).get(Category.FAMILY, {})
    return {key: answers[key] for key in TOLD_TO_VISITOR if key in answers and key in form.fields}


def _drafted(read: Reading) -> dict[str, object]:
    """The lines of the draft before, when the plan is drafted again."""
    rows = []
    for line in lines_of(read.unit, read.case.id):
        if line.status not in NOT_STARTED:
            continue
        words = words_of(read.unit, line)
        row = {
            "rank": words.get("rank"), "need": words.get("need"), "service": line.service, "agency": line.agency_id,
            "urgent": line.urgent or None, "objective": words.get("objective"),
            "expected_result": words.get("expected_result"), "need_to_know": words.get("need_to_know"),
            "cost": None if line.cost_minor is None else line.cost_minor / 100, "currency": line.currency,
            "funding": line.funding, "start_on": line.start_on and line.start_on.isoformat(),
            "due_on": line.due_on and line.due_on.isoformat(),
        }
        rows.append({key: value for key, value in row.items() if value is not None})
    return {"lines": rows} if rows else {}


def _funds(read: Reading) -> dict[str, object]:
    """Sums by source, for who releases money and reads nothing else of the plan."""
    by_source: dict[str, int] = {}
    currency = None
    for line in lines_of(read.unit, read.case.id):
        if line.status in ("agreed", "approved") and line.cost_minor:
            by_source[line.funding or "not_settled"] = by_source.get(line.funding or "not_settled", 0) + line.cost_minor
            currency = currency or line.currency
    return {
        "total": sum(by_source.values()) / 100, "total_currency": currency,
        "sources": [{"source": name, "amount": amount / 100} for name, amount in sorted(by_source.items())],
    }


def _lines(read: Reading, form: Form) -> list[dict[str, object]]:
    agencies = read.system.agencies(read.unit)
    wanted = form.fields["lines"].answered()
    rows = []
    for line in lines_of(read.unit, read.case.id):
        if form.act == "plan_approve" and line.status != "agreed":
            continue
        words = words_of(read.unit, line)
        row: dict[str, object] = {
            "no": line.no, "need": words.get("need"), "service": line.service,
            "agency_name": agencies.name(line.agency_id), "state": line.status,
            "cost": None if line.cost_minor is None else line.cost_minor / 100, "currency": line.currency,
            "funding": line.funding, "cut_reason": words.get("cut_reason"),
        }
        rows.append({key: value for key, value in row.items() if key in wanted and value not in (None, "")})
    return rows


def _line(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
    row = read.unit.conn.execute(
        select(PlanLine).join(Run, Run.item == PlanLine.id).where(Run.id == task.run_id)
    ).first()
    if row is None:
        return {}
    words = words_of(read.unit, row)
    values: dict[str, object] = {
        "service": row.service, "need_to_know": words.get("need_to_know"),
        "agency_name": read.system.agencies(read.unit).name(row.agency_id),
        "reason": _refusal(read, task),
    }
    return {key: value for key, value in values.items() if key in form.fields and value}


def _refusal(read: Reading, task: Row[Any]) -> str | None:
    value = read.unit.conn.execute(
        select(FactCurrent.value).where(
            FactCurrent.case_id == read.case.id, FactCurrent.scope == task.run_id,
            FactCurrent.name == "refusal_reason",
        )
    ).scalar()
    return None if value in (None, "none") else str(value).replace("_", " ")
