"""Smaller form acts: the family's consent, the meeting, a visit, a gap, money."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.form_acts.consents import enter_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.overrides import propose_override
from nrm.commands.plan_lines import add_gap, all_settled, lines_of, set_line

VISIT_STATES = {"done": "delivered", "dropped": "declined", "not_possible": "not_delivered"}


def family_consent(act: FormAct) -> Mapping[str, object]:
    """Consent naming whom to ask, what may be said and the visitor's stated reason (trap 7).

    The agency of the family's district is referred to with the category *family* only: it never
    learns the place of stay, the kind of case or who referred.
    """
    answer = act.answers.get("consent_family_assessment")
    if answer not in ("given", "refused"):
        return {}
    by = act.answers.get("given_by")
    for voice in ("guardian", "assent") if by == "child_guardian" else ("person",):
        enter_consent(
            act.case, purpose="family_assessment", status=str(answer), given_by=voice, record_id=act.record_id,
            recipients=(), categories=(), until=None,
        )
    district = act.answers.get("family_district")
    return {"family_district": district} if answer == "given" and district else {}


def visit(act: FormAct) -> Mapping[str, object]:
    """A visit: missed contacts are counted, lines move on, scores become facts for table:D-17."""
    unit, facts = act.case.unit, act.case.settlement.facts
    known = facts.for_run(act.run.id, act.published)
    missed = int(str(known.get("contact_missed") or 0))
    result: dict[str, object] = {
        "contact_missed": missed + 1 if act.answers.get("contact_made") == "no" else 0,
    }
    lines = {line.no: line for line in lines_of(unit, str(act.case.case.id))}
    for row in act.answers.get("lines") or ():
        line = lines.get(int(row.get("no") or 0))
        state = VISIT_STATES.get(str(row.get("line_state")))
        if line is not None and state:
            set_line(unit, line.id, status=state)
    if act.answers.get("contact_made") == "yes" and act.published.fact("visits_made") is not None:
        result["visits_made"] = int(str(known.get("visits_made") or 0)) + 1
    result["plan_lines_settled"] = all_settled(unit, str(act.case.case.id))
    return {**result, **_closing_facts(act, known)}


def _closing_facts(act: FormAct, known: Mapping[str, object]) -> dict[str, object]:
    """What table:D-17 asks of the visit: whether scores are good enough, and how often in a row."""
    scores = [
        int(value) for key, value in act.answers.items() if key.startswith("score_") and str(value).isdigit()
    ]
    if not scores:
        return {}
    good = all(score >= 3 for score in scores)
    facts: dict[str, object] = {}
    if act.published.fact("good_visits") is not None:
        facts["good_visits"] = int(str(known.get("good_visits") or 0)) + 1 if good else 0
    return facts


def gap(act: FormAct) -> Mapping[str, object]:
    """form:F27: a missing service, without person or case; the form's district wins over the case's."""
    add_gap(
        act.case.settlement, service=str(act.answers.get("service") or "other"),
        urgency=str(act.answers.get("urgency") or "30d"), reason=str(act.answers.get("reason") or "other"),
        district=act.answers.get("district"),
    )
    return {}


def share_override(act: FormAct) -> Mapping[str, object]:
    """The police were told on a legal basis: the same basis is proposed in the register, for a second person."""
    basis = act.answers.get("legal_basis")
    if act.answers.get("told") != "yes" or basis in (None, "consent"):
        return {}
    categories = sorted({
        TOLD[str(name)] for name in act.answers.get("shared") or () if str(name) in TOLD
    }) or ["identity"]
    for agency in act.case.settlement.agencies.active:
        if "POL" in agency.serves and act.case.case.district in agency.districts:
            propose_override(
                act.case, recipient=agency.id, purpose="police", categories=categories, basis=str(basis),
                reason="told in the search for the person",
            )
            break
    return {}


TOLD = {"name": "identity", "age": "identity", "looks": "identity", "photo": "identity", "last_place": "contact",
        "health": "health", "danger": "risk"}
"""What was told, and the data category it belongs to."""


def nothing_more(act: FormAct) -> Mapping[str, object]:
    """The form's record and facts say it all."""
    return {}
