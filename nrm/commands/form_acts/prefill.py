"""What a form is filled with before anyone types: plan lines, the service asked for; besides what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from nrm.commands.plan_lines import NOT_STARTED, lines_of, words_of
from nrm.commands.reading import Reading
from nrm.commands.referral_rows import referral_of
from nrm.commands.transfers import TRANSFER, may_be_told, transfer_of
from nrm.diagrams.forms import Form
from nrm.queries.disclosures import received
from nrm.queries.referral_minimum import minimum_of
from nrm.queries.referrals import HOW_SOON, opened_words
from nrm.records.sealing import read_parts
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.record import Record
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Run
from nrm.records.tables.task import IS_OPEN, Task
from nrm.vocabulary.categories import Category
from nrm.wiring.library import Published

FAMILY_VISITOR = "FAM"
FAMILY_CONSENT = "F13_consent"
TRANSFER_PROPOSAL = "F24_propose"
TOLD_TO_VISITOR = ("ask_whom", "may_be_said", "stated_reason")


def prefill(read: Reading, form: Form, task: Row[Any], published: Published) -> dict[str, object]:
    """Return answers the register already holds for this form."""
    if task.role == FAMILY_VISITOR:
        return _family(read, form)
    fill = _FILLED.get(form.act)
    return {} if fill is None else fill(read, task, form)


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


def _recipients(read: Reading, _task: Row[Any], _form: Form) -> dict[str, object]:
    """The agencies that are still to be told to stop (X1)."""
    return {"recipients": [
        {"agency": one.agency_id} for one in received(read.system, read.unit, read.standing) if one.to_tell
    ]}


def _drafted(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
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


def _funds(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
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


def _lines(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
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
    return {"lines": rows}


def _asked(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
    """What a provider is asked and the minimum it may know before it answers; nothing of who the person is."""
    referral = referral_of(read.unit, task.run_id)
    if referral is None:
        return {}
    words = opened_words(read.unit, referral)
    minimum = dict(words.get("minimum") or {})
    districts = read.system.configuration.districts
    values: dict[str, object] = {
        "service": referral.service, "urgency": HOW_SOON.get(referral.urgency, referral.urgency),
        "agency_name": (referral.to_then or {}).get("name"),
        "age_band": plain(minimum.get("age_band")), "sex": minimum.get("sex"), "language": minimum.get("language"),
        "needs": ", ".join(map(plain, _listed(minimum.get("needs")))),
        "district": districts.get(str(minimum.get("district")), minimum.get("district")),
        "question": words.get("question"), "question_answer": words.get("answer"),
    }
    return {key: value for key, value in values.items() if key in form.fields and value}


def _transfer(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
    """What a receiving coordinator is told before they answer: the minimum, and what was written for them."""
    transfer = transfer_of(read.unit, task.run_id)
    if transfer is None:
        return {}
    asker = {"from_agency_name": transfer.from_then["name"], "reason_shown": plain(transfer.reason)}
    if not may_be_told(read.system.agencies(read.unit), read.standing, transfer.to_agency):
        return asker
    minimum = minimum_of(read.unit, read.system.library, read.case, service=TRANSFER)
    districts = read.system.configuration.districts
    tasks = read.unit.conn.execute(select(func.count()).select_from(Task).where(
        Task.case_id == read.case.id, IS_OPEN, Task.run_id != task.run_id
    )).scalar_one()
    values: dict[str, object] = {
        **asker, "age_band": plain(minimum.get("age_band")), "language": minimum.get("language"),
        "needs": ", ".join(map(plain, _listed(minimum.get("needs")))),
        "district": districts.get(transfer.to_district, transfer.to_district), "open_tasks": str(tasks),
        "summary_shown": _summary(read, task),
    }
    return {key: value for key, value in values.items() if key in form.fields and value}


def _summary(read: Reading, task: Row[Any]) -> object:
    row = read.unit.conn.execute(
        select(Record.id).where(Record.run_id == task.run_id, Record.form == TRANSFER_PROPOSAL)
        .order_by(Record.entered_at.desc(), Record.version.desc()).limit(1)
    ).first()
    return None if row is None else read_parts(read.unit, row.id, [Category.PLAN]).get(Category.PLAN, {}).get(
        "transfer_summary"
    )


def plain(code: object) -> str:
    """Return a code as words: ``children_with_them`` as "Children with them"."""
    return str(code or "").replace("_", " ").capitalize()


def _listed(codes: object) -> list[object]:
    return codes if isinstance(codes, list) else []


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
        "reason": _refusal(read, task), "alternatives": _alternatives(read, task),
    }
    return {key: value for key, value in values.items() if key in form.fields and value}


def _alternatives(read: Reading, task: Row[Any]) -> str:
    referral = referral_of(read.unit, task.run_id)
    agencies = read.system.agencies(read.unit)
    return "" if referral is None else ", ".join(agencies.name(one) for one in referral.alternatives)


def _refusal(read: Reading, task: Row[Any]) -> str | None:
    value = read.unit.conn.execute(
        select(FactCurrent.value).where(
            FactCurrent.case_id == read.case.id, FactCurrent.scope == task.run_id,
            FactCurrent.name == "refusal_reason",
        )
    ).scalar()
    return None if value in (None, "none") else str(value).replace("_", " ")


def _recipient(read: Reading, task: Row[Any], form: Form) -> dict[str, object]:
    """The agency that has not said yet what became of what it holds."""
    item = read.unit.conn.execute(select(Run.item).where(Run.id == task.run_id)).scalar()
    return {"agency_name": read.system.agencies(read.unit).name(item)}


_FILLED: Mapping[str, Callable[[Reading, Row[Any], Form], dict[str, object]]] = {
    "plan_agree": _lines, "plan_approve": _lines, "visit": _lines, "plan": _drafted, "funds": _funds,
    "referral_response": _asked, "referral_question": _asked,
    "transfer_answer": _transfer, "giving_back_again": _recipient,
    "referral_consent": _line, "delivery": _line, "line_provider": _line, "told_recipients": _recipients,
}
"""Who fills a form of an act."""
