"""What a form is filled with before anyone types: plan lines, the service asked for; besides what is known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.plan_lines import lines_of, words_of
from nrm.commands.reading import Reading
from nrm.diagrams.forms import Form
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Run
from nrm.wiring.library import Published


def prefill(read: Reading, form: Form, task: Row[Any], published: Published) -> dict[str, object]:
    """Return answers the register already holds for this form."""
    if form.act in ("plan_agree", "plan_approve", "visit"):
        return {"lines": _lines(read, form)}
    if form.act in ("referral_response", "referral_consent", "delivery", "line_provider"):
        return _line(read, task, form)
    return {}


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
            "funding": line.funding,
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
    }
    return {key: value for key, value in values.items() if key in form.fields and value}
