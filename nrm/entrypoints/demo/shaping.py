"""Answers that are lists of rows: the team, the plan, what the person says to each line, a visit, a change of consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from nrm.commands.open_task import TaskPage
from nrm.entrypoints.demo.cast import Cast

Rows = dict[str, Any]
Shape = Callable[[Cast, TaskPage, datetime, int], Rows]
SETTLED = ("delivered", "declined", "cut", "not_delivered")


def shaped(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """Return the answers with rows that a form of this act needs; empty for other forms."""
    shape = SHAPES.get(page.form.act)
    return {} if shape is None else shape(cast, page, now, times)


def team(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """The usual seats for an adult or a child, and those the story names."""
    seats = [("CM", cast.agency, "assistance"), ("MED", "health_centre", "consent"), ("PSY", "health_centre", "consent")]
    if cast.is_child:
        seats.append(("CP", "child_protection", "legal_duty"))
    elif "legal" in {line.service for line in cast.story.lines}:
        seats.append(("LEG", "lantern", "consent"))
    seats.extend(cast.story.team)
    return {"members": [
        {"role": role, "agency": agency, "basis": basis, "named": role == "CM"} for role, agency, basis in seats
    ]}


def plan(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """The story's lines, ranked, with cost and days."""
    about = cast.person.about
    return {"lines": [
        {
            "rank": rank, "need": line.need, "service": line.service, "urgent": line.urgent,
            "expected_result": f"Done when {about['name']} says so.",
            "need_to_know": f"Comes with a worker; speaks {about['language']}. No more is needed.",
            "cost": line.cost, "currency": "EUR", "funding": line.funding,
            "start_on": now.date().isoformat(), "due_on": (now + timedelta(days=30)).date().isoformat(),
            **({"agency": line.agency} if line.agency else {"no_service": True}),
        }
        for rank, line in enumerate(cast.story.lines, 1)
    ]}


def plan_agree(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """The person agrees to most lines; the story may decline the last."""
    rows = _lines(page)
    declined = cast.story.answers("person_agrees", times).get("decline_last") and len(rows) > 1
    return {"lines": [
        {"no": row["no"], "answer": "declined"} if declined and row is rows[-1]
        else {"no": row["no"], "answer": "agreed", "may_share": "yes"}
        for row in rows
    ]}


def plan_approve(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """Lines are approved; a costly one is reduced where the story says so, and the person hears of it."""
    cut = cast.story.answers(page.element, times).get("cut")
    rows = _lines(page)
    dear = max(rows, key=lambda row: float(row.get("cost") or 0), default=None)
    return {"lines": [
        {"no": row["no"], "decision": "reduced", "approved_cost": 4900,
         "reason": "One year is paid now; the second is asked for again next spring."}
        if cut and row is dear else {"no": row["no"], "decision": "approved"}
        for row in rows
    ]}


def visit(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """From the second visit on what was planned is done, or said not to be possible."""
    rows = []
    for row in _lines(page):
        if str(row.get("state")) in SETTLED:
            continue
        rows.append({"no": row["no"], "line_state": "going_on" if times < 1 else "done"})
    return {"lines": rows} if rows else {}


def consent_change(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """Sharing with one provider is withdrawn; everything else stays."""
    agency = next((line.agency for line in cast.story.lines if line.agency), "lantern")
    return {"changes": [{"purpose": "referral", "new_answer": "withdrawn", "agency": agency}]}


def family_consent(cast: Cast, page: TaskPage, now: datetime, times: int) -> Rows:
    """The family lives in another district than the person stays in."""
    others = [district for district in ("norvale", "midmar", "southport") if district != cast.district]
    return {"family_district": others[len(cast.person.given) % 2]}


def _lines(page: TaskPage) -> list[Mapping[str, Any]]:
    rows = page.answers.get("lines")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


SHAPES: Mapping[str, Shape] = {
    "team": team, "plan": plan, "plan_agree": plan_agree, "plan_approve": plan_approve, "visit": visit,
    "consent_change": consent_change, "family_consent": family_consent,
}
