"""Dates that clocks are counted to, taken from answers that stay encrypted: never the answer itself (X16)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import and_

from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.form_acts.team import fill_seats
from nrm.records.grants import SEAT
from nrm.records.tables.case import TeamMember
from nrm.rules.routing import Seat

BIRTH_ACT = "birth_date"
"""The act of forms that ask for a date of birth."""
ADULT_FROM = "adult_from"
BIRTH_DATE = "birth_date"
GUARDIAN = "GUARD"
ADULT_AGE = 18


def birth(act: FormAct) -> Mapping[str, object]:
    """Set the month in which the person turns 18, where a date of birth was answered."""
    return birth_facts(act.answers, act.case.unit.now.date())


def birth_facts(answers: Mapping[str, object], today: date) -> Mapping[str, object]:
    """Return what a date of birth says for clocks: the month of coming of age, or that there is none to wait for."""
    if not answers.get(BIRTH_DATE):
        return {}
    return {ADULT_FROM: adult_month(date.fromisoformat(str(answers[BIRTH_DATE])), today)}


def adult_month(born: date, today: date) -> date | None:
    """Return the first day of the month in which somebody turns 18; None where that month is over.

    The month and not the day: a fact is read by many and must not tell a birthday. It is earlier than the day, never
    later.
    """
    month = date(born.year + ADULT_AGE, born.month, 1)
    return None if month < today.replace(day=1) else month


def guardian_term(act: FormAct) -> Mapping[str, object]:
    """A term was prolonged, or another guardian has the seat; without further terms there is no day to wait for."""
    renewal, agency = act.answers.get("guardian_renewal"), act.answers.get("guardian_agency")
    if renewal == "other_guardian":
        if agency:
            fill_seats(act.case, [(Seat(GUARDIAN, str(agency)), False, "guardian_agency")], basis="guardian appointed")
        return {"answered_for_child": "nobody"}
    return {"guardian_until": None} if renewal == "until_adult" else {}


def guardian_ends(act: FormAct) -> Mapping[str, object]:
    """End the guardian's seat in the team: from this commit on the guardian reads nothing of the case."""
    if act.answers.get("guardian_ended") != "yes":
        return {}
    case = act.case
    ended = SEAT.change(case.unit, and_(
        TeamMember.case_id == case.case.id, TeamMember.role == GUARDIAN, TeamMember.to_at.is_(None)
    ), to_at=case.unit.now)
    if ended:
        case.settlement.ledger.enter("team.seat_ended", f"role:{GUARDIAN}", rule=case.rule)
        case.settlement.tasks.reroute()
    return {"guardian_in_place": False, "guardian_until": None}
