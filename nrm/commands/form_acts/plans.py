"""form:F15: the plan, line by line: drafted with the person, answered by them, approved by someone else."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete

from nrm.commands.form_acts.consents import enter_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.plan_lines import (
    NOT_STARTED,
    add_gap,
    add_lines,
    lines_of,
    minor,
    require_provider,
    seal_words,
    set_line,
    words_of,
)
from nrm.commands.referral_rows import SHARED
from nrm.records.tables.referral import PlanLine
from nrm.vocabulary.errors import InvalidInput


def plan(act: FormAct) -> Mapping[str, object]:
    """Enter the drafted lines; lines of an earlier draft that have not started are replaced."""
    settlement = act.case.settlement
    act.case.unit.conn.execute(
        delete(PlanLine).where(PlanLine.case_id == settlement.case_id, PlanLine.status.in_(NOT_STARTED))
    )
    running = {(line.service, line.agency_id) for line in lines_of(act.case.unit, settlement.case_id)}
    rows = []
    for place, row in enumerate(act.answers.get("lines") or ()):
        agency = row.get("agency") or None
        if agency is not None:
            require_provider(settlement, agency, f"lines[{place}].agency")
        if (row["service"], agency) in running:
            continue
        if row.get("no_service"):
            add_gap(settlement, service=str(row["service"]), urgency="7d" if row.get("urgent") else "30d",
                    reason="no_such_service")
        rows.append(row)
    add_lines(settlement, act.run, sorted(rows, key=lambda row: row.get("rank") or 999))
    return {}


def plan_agree(act: FormAct) -> Mapping[str, object]:
    """Enter the person's answer to each line; a no is an answer and touches no other line.

    A line that is approved or cut already keeps that state when the person agrees again: the form is
    asked a second time after cuts.
    """
    unit, settlement = act.case.unit, act.case.settlement
    lines = {line.no: line for line in lines_of(unit, settlement.case_id)}
    answers: list[str] = []
    cost = 0
    for place, row in enumerate(act.answers.get("lines") or ()):
        line = lines.get(int(row.get("no") or 0))
        if line is None:
            raise InvalidInput(fields={f"lines[{place}].no": ["There is no line with this number in the plan."]})
        answer = str(row.get("answer"))
        answers.append(answer)
        status = _AFTER_ANSWER.get((line.status, answer))
        if status is not None:
            set_line(unit, line.id, status=status)
        settlement.ledger.enter(f"plan_line.{answer}", f"plan_line:{line.id}", rule=act.case.rule)
        if answer == "agreed":
            cost += line.cost_minor or 0
            if row.get("may_share") in ("yes", "no") and line.agency_id:
                _share(act, line.agency_id, str(row["may_share"]))
    agreed = answers.count("agreed")
    said = "nothing" if not agreed else "all" if agreed == len(answers) else "some"
    return {"plan_agreed": said, "plan_cost": min(cost // 100, 1_000_000)}


_AFTER_ANSWER = {
    (status, answer): after
    for status in ("proposed", "agreed", "declined", "returned")
    for answer, after in (("agreed", "agreed"), ("declined", "declined"), ("change", "proposed"))
} | {("approved", "declined"): "declined", ("cut", "declined"): "declined"}
"""What an answer makes of a line; what is not listed leaves it as it is."""


def _share(act: FormAct, agency_id: str, answer: str) -> None:
    """Whether this provider may be told what it needs to know, asked line by line."""
    voices = ["person"]
    if act.answers.get("who_agreed") == "child_guardian":
        voices = ["guardian", "assent"] if act.answers.get("guardian_agrees") == "yes" else ["assent"]
    for voice in voices:
        enter_consent(
            act.case, purpose="referral", status="given" if answer == "yes" else "refused", given_by=voice,
            record_id=act.record_id, recipients=[agency_id], categories=[str(c) for c in SHARED], until=None,
        )


def plan_approve(act: FormAct) -> Mapping[str, object]:
    """Enter the approval of each line; a cut or a reduction goes back to the person."""
    unit, settlement = act.case.unit, act.case.settlement
    lines = {line.no: line for line in lines_of(unit, settlement.case_id)}
    cut = False
    for place, row in enumerate(act.answers.get("lines") or ()):
        line = lines.get(int(row.get("no") or 0))
        if line is None:
            raise InvalidInput(fields={f"lines[{place}].no": ["There is no line with this number in the plan."]})
        decision = str(row.get("decision"))
        cut = cut or decision in ("cut", "reduced")
        if line.status == "agreed":
            values: dict[str, object] = {"status": "cut" if decision == "cut" else "approved"}
            if decision == "reduced":
                values["cost_minor"] = minor(row.get("approved_cost"))
            if row.get("reason"):
                words = {**words_of(unit, line), "cut_reason": row["reason"]}
                values["sealed"] = seal_words(unit, line.case_id, line.id, words)
            set_line(unit, line.id, **values)
        settlement.ledger.enter(
            "plan_line.decided", f"plan_line:{line.id}", outcome=decision, rule=act.case.rule,
        )
    return {"plan_cut": cut, "plan_approved": True}
