"""form:F03, form:F06: what the person agreed to and refused, entered in the ledger of consents (table:D-05)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from nrm.commands.case_act import CaseAct
from nrm.commands.consent_effects import close_what_lost_its_consent
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.giving_back import ask_back
from nrm.commands.overrides import propose_override
from nrm.records.consents import add_consents, follow, read_consents
from nrm.records.tables.consent import Consent
from nrm.rules.consent import after_withdrawal
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput

PURPOSES = ("interview", "case_management", "family_assessment", "referral", "police", "justice", "labour",
            "foreign_partner", "feedback", "follow_up", "statistics", "photo")
SHARED_BY_DEFAULT: Mapping[str, tuple[Category, ...]] = {
    "interview": (Category.IDENTITY, Category.CONTACT, Category.NARRATIVE),
    "case_management": (Category.IDENTITY, Category.CONTACT, Category.NARRATIVE, Category.RISK, Category.PLAN,
                        Category.DECISION),
    "family_assessment": (Category.FAMILY,),
    "referral": (Category.IDENTITY, Category.CONTACT, Category.PLAN),
    "police": (Category.IDENTITY, Category.NARRATIVE),
    "justice": (Category.IDENTITY, Category.NARRATIVE, Category.DECISION),
    "labour": (Category.IDENTITY, Category.NARRATIVE),
    "foreign_partner": (Category.IDENTITY, Category.CONTACT, Category.PLAN),
    "feedback": (Category.DECISION,),
    "follow_up": (Category.CONTACT,),
    "statistics": (),
    "photo": (),
}
"""What a purpose covers where the person named no categories."""
GIVEN_BY = {"adult": "person", "person": "person", "guardian": "guardian", "child": "assent", "assent": "assent",
            "representative": "guardian"}
"""Whose word an answer is."""
BY_AUTHORITY = "authority"
"""Somebody's word in place of the person's: a legal basis, which a second person confirms."""


def consent(act: FormAct) -> Mapping[str, object]:
    """Enter one row per purpose that was answered; a purpose not asked leaves none."""
    if act.answers.get("given_by") == BY_AUTHORITY:
        return _propose_by_law(act)
    given_by = GIVEN_BY.get(str(act.answers.get("given_by") or "adult"), "person")
    for purpose in PURPOSES:
        answer = act.answers.get(f"consent_{purpose}")
        if answer not in ("given", "refused"):
            continue
        enter_consent(
            act.case, purpose=purpose, status=str(answer), given_by=given_by, record_id=act.record_id,
            recipients=_recipients(act, purpose), categories=act.answers.get(f"categories_{purpose}") or (),
            until=_until(act.answers.get(f"until_{purpose}"), f"until_{purpose}", act.case.unit.now),
        )
    if given_by == "guardian" and act.answers.get("child_assents") == "yes":
        _enter_assent(act)
    return {}


def _propose_by_law(act: FormAct) -> Mapping[str, object]:
    """An authority answers in the person's place: proposals, which open nothing before a second person confirms."""
    basis = "child_protection" if act.case.standing.treated_as_child else "statutory_duty"
    for purpose in PURPOSES:
        if act.answers.get(f"consent_{purpose}") != "given":
            continue
        for recipient in _recipients(act, purpose) or ["*"]:
            propose_override(
                act.case, recipient=recipient, purpose=purpose, basis=basis, record_id=act.record_id,
                categories=act.answers.get(f"categories_{purpose}") or map(str, SHARED_BY_DEFAULT[purpose]),
                reason=str(act.answers.get("given_by_basis") or ""),
            )
    return {}


def _enter_assent(act: FormAct) -> None:
    """The child's own word stands beside the guardian's, for the same purposes."""
    for purpose in PURPOSES:
        if act.answers.get(f"consent_{purpose}") == "given":
            enter_consent(
                act.case, purpose=purpose, status="given", given_by="assent", record_id=act.record_id,
                recipients=_recipients(act, purpose),
                categories=act.answers.get(f"categories_{purpose}") or (), until=None,
            )


def _recipients(act: FormAct, purpose: str) -> list[str]:
    """The agencies the person named: rows with an agency, or plain ids; none means any agency."""
    rows = act.answers.get(f"recipients_{purpose}") or ()
    return [str(row["agency"] if isinstance(row, Mapping) else row) for row in rows if row]


def consent_change(act: FormAct) -> Mapping[str, object]:
    """Enter what the person changed; a withdrawal holds from this commit on."""
    facts: dict[str, object] = {}
    voice = GIVEN_BY.get(str(act.answers.get("asked_by") or "person"), "person")
    for place, change in enumerate(act.answers.get("changes") or ()):
        purpose, answer = str(change["purpose"]), str(change["new_answer"])
        agency = change.get("agency")
        names, categories = [str(agency)] if agency else [], change.get("categories") or ()
        if answer == "given":
            enter_consent(
                act.case, purpose=purpose, status=answer, given_by=voice, record_id=act.record_id, recipients=names,
                categories=categories,
                until=_until(change.get("until"), f"changes[{place}].until", act.case.unit.now),
            )
        else:
            take_back(act.case, purpose=purpose, recipients=names, categories=categories, record_id=act.record_id)
        fact = f"consent_{purpose}"
        if act.published.fact(fact) is not None and not agency:
            facts[fact] = answer
    ask_back(act.case)
    return facts


def own_name(act: FormAct) -> Mapping[str, object]:
    """Somebody who has turned 18 answers for themselves: what others agreed to in their place ends (X16)."""
    if act.answers.get("is_child") != "no":
        return {}
    case = act.case
    case.settlement.facts.set(act.run.id, act.published, {"is_child": "no"}, source=f"record:{act.record_id}")
    others = (Consent.case_id == case.case.id) & (Consent.status == "given")
    follow(
        case.unit, others & Consent.given_by.in_(("guardian", "assent")), status="withdrawn",
        withdrawn_at=case.unit.now, record_id=act.record_id,
    )
    case.settlement.ledger.enter("consent.withdrawn", f"case:{case.case.id}", outcome="came_of_age", rule=case.rule)
    for purpose in PURPOSES:
        answer = act.answers.get(f"consent_{purpose}")
        if answer in ("given", "refused"):
            enter_consent(case, purpose=purpose, status=str(answer), given_by="person", record_id=act.record_id,
                          recipients=(), categories=(), until=None)
    case.standing.forget_consents()
    close_what_lost_its_consent(case)
    return {}


def take_back(
    act: CaseAct, *, purpose: str, recipients: Sequence[str], categories: Iterable[str], record_id: str | None,
) -> None:
    """Enter that a purpose is taken back, for some recipients or all, in some categories or all.

    It holds from this commit on; what rested on it is closed in the same act (X1, goal:S7).
    """
    before = {row.id: row for row in read_consents(act.unit, str(act.case.id))}
    taken = frozenset(Category(name) for name in categories)
    after = after_withdrawal(before.values(), purpose, recipients, act.unit.now, taken)
    for row in after:
        if row.id and row != before[row.id]:
            follow(
                act.unit, Consent.id == row.id, status=str(row.status), withdrawn_at=row.withdrawn_at,
                categories=sorted(row.categories), record_id=record_id,
            )
    add_consents(act.unit, [
        {
            "id": act.system.new_id(), "case_id": act.case.id, "purpose": purpose, "recipient": row.recipient,
            "categories": sorted(row.categories), "status": str(row.status), "given_by": str(row.given_by),
            "from_at": row.from_at, "record_id": record_id,
        }
        for row in after if not row.id
    ])
    act.enter("consent.withdrawn", f"purpose:{purpose}", payload={
        "recipients": list(recipients), "categories": sorted(taken),
    })
    act.standing.forget_consents()
    close_what_lost_its_consent(act)
    if purpose == "family_assessment":
        act.settlement.messages.tell_waiting("family_consent_withdrawn")


def enter_consent(
    act: CaseAct, *, purpose: str, status: str, given_by: str, record_id: str | None, recipients: Iterable[str],
    categories: Iterable[str], until: datetime | None,
) -> None:
    """Enter answers, one per recipient; without one, for any agency of the mechanism.

    A yes without categories covers what the purpose usually needs; a no without categories is a no to everything.
    """
    chosen = [str(Category(name)) for name in categories]
    if not chosen and status != "refused":
        chosen = [str(category) for category in SHARED_BY_DEFAULT.get(purpose, ())]
    names = list(recipients) or ["*"]
    add_consents(act.unit, [
        {
            "id": act.system.new_id(), "case_id": act.case.id, "purpose": purpose, "recipient": name,
            "categories": chosen, "status": status, "given_by": given_by, "from_at": act.unit.now,
            "until_at": until, "record_id": record_id,
        }
        for name in names
    ])
    act.settlement.ledger.enter(
        f"consent.{status}", f"purpose:{purpose}", rule=act.rule, payload={"recipients": names, "by": given_by},
    )
    act.standing.forget_consents()


def _until(value: object, field: str, now: datetime) -> datetime | None:
    if value in (None, ""):
        return None
    day = value if isinstance(value, date) else date.fromisoformat(str(value))
    until = datetime.combine(day, time(0), UTC) + timedelta(days=1)
    if until <= now:
        raise InvalidInput(fields={field: ["This date has passed. Choose a later one or leave it empty."]})
    return until
