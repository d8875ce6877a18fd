"""Answers that are lists of rows: team, plan, the person's word on each line, a visit, a change of consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nrm.commands.open_task import TaskPage
from nrm.entrypoints.demo.cast import Cast

Rows = dict[str, Any]
DISTRICTS = ("norvale", "midmar", "southport")
SETTLED = ("delivered", "declined", "cut", "not_delivered")


@dataclass(frozen=True, slots=True)
class Shaping:
    """What rows are made from: the case, the open page, now, and how often this element was done before."""

    cast: Cast
    page: TaskPage
    now: datetime
    times: int


Shape = Callable[[Shaping], Rows]


def shaped(of: Shaping) -> Rows:
    """Return the answers with rows that a form of this act needs; empty for other forms."""
    shape = SHAPES.get(of.page.form.act)
    return {} if shape is None else shape(of)


def team(of: Shaping) -> Rows:
    """The usual seats for an adult or a child, and those the story names."""
    seats = [("CM", of.cast.agency, "assistance")]
    seats += [(role, "health_centre", "consent") for role in ("MED", "PSY")]
    if of.cast.is_child:
        seats.append(("CP", "child_protection", "legal_duty"))
    elif "legal" in {line.service for line in of.cast.story.lines}:
        seats.append(("LEG", "lantern", "consent"))
    seats.extend(of.cast.story.team)
    return {"members": [
        {"role": role, "agency": agency, "basis": basis, "named": role == "CM"} for role, agency, basis in seats
    ]}


def plan(of: Shaping) -> Rows:
    """The story's lines, ranked, with cost and days."""
    about = of.cast.person.about
    return {"lines": [
        {
            "rank": rank, "need": line.need, "service": line.service, "urgent": line.urgent,
            "expected_result": f"Done when {about['name']} says so.",
            "need_to_know": f"Comes with a worker; speaks {about['language']}. No more is needed.",
            "cost": line.cost, "currency": "EUR", "funding": line.funding,
            "start_on": of.now.date().isoformat(), "due_on": (of.now + timedelta(days=30)).date().isoformat(),
            **({"agency": line.agency} if line.agency else {"no_service": True}),
        }
        for rank, line in enumerate(of.cast.story.lines, 1)
    ]}


def plan_agree(of: Shaping) -> Rows:
    """The person agrees to most lines; the story may decline the last."""
    rows = _lines(of.page)
    declined = of.cast.story.answers("person_agrees", of.times).get("decline_last") and len(rows) > 1
    return {"lines": [
        {"no": row["no"], "answer": "declined"} if declined and row is rows[-1]
        else {"no": row["no"], "answer": "agreed", "may_share": "yes"}
        for row in rows
    ]}


def plan_approve(of: Shaping) -> Rows:
    """Lines are approved; a costly one is reduced where the story says so, and the person hears of it."""
    cut = of.cast.story.answers(of.page.element, of.times).get("cut")
    rows = _lines(of.page)
    dear = max(rows, key=lambda row: float(row.get("cost") or 0), default=None)
    return {"lines": [
        {"no": row["no"], **(
            {"decision": "reduced", "approved_cost": 4900,
             "reason": "One year is paid now; the second is asked for again next spring."}
            if cut and row is dear else {"decision": "approved"}
        )}
        for row in rows
    ]}


def visit(of: Shaping) -> Rows:
    """From the second visit on what was planned is done, or said not to be possible."""
    rows = []
    for row in _lines(of.page):
        if str(row.get("state")) in SETTLED:
            continue
        rows.append({"no": row["no"], "line_state": "going_on" if of.times < 1 else "done"})
    return {"lines": rows} if rows else {}


def consent_change(of: Shaping) -> Rows:
    """Sharing with one provider is withdrawn; everything else stays."""
    agency = next((line.agency for line in of.cast.story.lines if line.agency), "lantern")
    return {"changes": [{"purpose": "referral", "new_answer": "withdrawn", "agency": agency}]}


def family_consent(of: Shaping) -> Rows:
    """The family lives in another district than the person stays in."""
    others = [district for district in DISTRICTS if district != of.cast.district]
    return {"family_district": others[len(of.cast.person.given) % 2]}


def transfer_propose(of: Shaping) -> Rows:
    """The person wants to move near a friend, to the next district."""
    here = DISTRICTS.index(of.cast.district)
    district = DISTRICTS[(here + 1) % len(DISTRICTS)]
    return {
        "transfer_reason": "moves", "transfer_basis": "consent", "to_agency": f"sa_{district}",
        "to_district": district,
        "transfer_summary": "A course is promised from next month; the doctor's visits go on. A friend waits there.",
    }


def _lines(page: TaskPage) -> list[Mapping[str, Any]]:
    rows = page.answers.get("lines")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


SHAPES: Mapping[str, Shape] = {
    "team": team, "plan": plan, "plan_agree": plan_agree, "plan_approve": plan_approve, "visit": visit,
    "transfer_propose": transfer_propose, "consent_change": consent_change, "family_consent": family_consent,
}
