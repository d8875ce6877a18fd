"""Opening a case in an emergency (domain 2.7): for a reason, for some hours, told at once, reviewed by an auditor.

Who asks has shown a moment ago who they are: the surfaces ask for that proof before they come here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.settling.audience import everyone_of_role, people_of
from nrm.commands.settling.ledger import Ledger
from nrm.commands.settling.live_run import OPEN_STATUSES
from nrm.commands.signalling import signal
from nrm.commands.throttling import count_tries
from nrm.queries.scope import require_role
from nrm.queries.standing import Standing
from nrm.records.grants import EMERGENCY
from nrm.records.tables.case import Case, TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import BreakGlass
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.rules.break_glass import ends_at
from nrm.rules.ladder_faults import ESCALATION
from nrm.rules.visibility import Decision
from nrm.vocabulary.access_words import GlassReason, SignalKind
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.mail import Weight
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REVIEW = "emergency_review"
TRIES = 10
"""In fifteen minutes: codes are not to be guessed here."""
LONGEST = 2000
NO_SUCH_CASE = "There is no case with this code that you could open in an emergency."


@dataclass(frozen=True, slots=True)
class Emergency:
    """An access in an emergency that has begun."""

    id: str
    case_code: str
    until_at: datetime


def open_in_emergency(
    system: System, actor: Actor, *, code: str, reason: str, words: str, stay: bool = False
) -> Emergency:
    """Open a case that is not one's own because of danger. ``stay``: the place of stay too, which is chosen apart.

    Raises NotAllowed for a role that may not, InvalidInput (at ``code`` for a case that is not there, or that a
    conflict of interest keeps one from), Conflict for a case one can open anyway, TooManyTries.
    """
    rule = require_role(actor, Permission.GLASS_BREAK, system.configuration.policy)
    _check(reason, words)
    count_tries(system, {f"emergency:{actor.user_id}": TRIES})
    with system.database.reader(actor) as unit:
        case_id = unit.conn.execute(select(Case.id).where(Case.code == code.strip().upper())).scalar()
    try:
        if case_id is None:
            raise NotFound
        with case_act(system, actor, Permission.GLASS_BREAK, case_id, authorise=_who_has_no_access) as act:
            return _begin(act, reason, words.strip(), stay=stay)
    except NotFound:
        with system.database.unit(actor) as unit:
            Ledger(unit, INSTALLATION).enter("emergency.refused", "search:code", outcome="refused", rule=rule)
        raise InvalidInput(fields={"code": [NO_SUCH_CASE]}) from None


def end_emergency(system: System, actor: Actor, *, emergency_id: str) -> None:
    """End one's own access before its time. Raises NotFound for another's, or one that is over."""
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(select(BreakGlass).where(
            BreakGlass.id == emergency_id, BreakGlass.user_id == actor.user_id, BreakGlass.until_at > unit.now
        )).first()
    if row is None:
        raise NotFound
    with case_act(system, actor, Permission.CASE_READ, row.case_id, open_only=False) as act:
        EMERGENCY.change(act.unit, BreakGlass.id == emergency_id, until_at=act.unit.now)
        act.enter("emergency.ended", f"emergency:{emergency_id}")


def runs_of_reviews(unit: Unit, case_id: str) -> frozenset[str]:
    """Return the open runs in a case that review an access in an emergency, and those that escalate such a review."""
    still_open = Run.case_id == case_id, Run.status.in_(OPEN_STATUSES)
    reviews = unit.conn.execute(select(Run.id).where(*still_open, Run.process == REVIEW)).scalars().all()
    clocks = select(Deadline.id).where(Deadline.run_id.in_(reviews))
    escalations = unit.conn.execute(
        select(Run.id).where(*still_open, Run.process == ESCALATION, Run.item.in_(clocks))
    ).scalars().all() if reviews else ()
    return frozenset((*reviews, *escalations))


def _check(reason: str, words: str) -> None:
    wrong: dict[str, list[str]] = {}
    if reason not in set(GlassReason):
        wrong["reason"] = ["Choose one of the listed reasons."]
    if not words.strip() or len(words) > LONGEST:
        wrong["words"] = [f"Say what happens, in at most {LONGEST} characters. An auditor reads it."]
    if wrong:
        raise InvalidInput(fields=wrong)


def _who_has_no_access(standing: Standing, permission: Permission) -> Decision:
    """Who is kept away stays away; who can open the case needs no emergency."""
    if standing.actor.user_id in standing.kept_away:
        raise NotAllowed(rule="conflict_of_interest", code=NotFound.code)
    if standing.decide(Permission.CASE_READ).allowed:
        raise Conflict("You can open this case already.", code="has_access")
    return standing.decide(permission)


def _begin(act: CaseAct, reason: str, words: str, *, stay: bool) -> Emergency:
    emergency_id, now, case_id = act.system.new_id(), act.unit.now, str(act.case.id)
    until = ends_at(now, act.system.configuration.access.glass_hours)
    act.enter("emergency.opened", f"emergency:{emergency_id}", outcome=reason, payload={
        "until": until.isoformat(), "stay": stay, "words": words,
    })
    run = act.settlement.start_run(REVIEW, item=emergency_id)
    EMERGENCY.add(act.unit, [{
        "id": emergency_id, "case_id": case_id, "user_id": act.actor.user_id, "agency_id": act.actor.agency_id,
        "reason": reason, "sealed": act.unit.seal(case_id, Category.PROCESS, words.encode(), place(emergency_id)),
        "stay": stay, "from_at": now, "until_at": until, "run_id": run.id, "verdict": None, "reviewed_by": None,
        "reviewed_at": None,
    }])
    for user_id in _who_hears(act):
        act.settlement.notices.tell(user_id, "emergency_opened", None, now, mail=True, weight=Weight.SAFETY)
    signal(act.system, act.unit, SignalKind.EMERGENCY, case_id=case_id)
    return Emergency(emergency_id, str(act.case.code), until)


def place(emergency_id: str) -> str:
    """Return what the sealed words of an emergency are bound to."""
    return f"break_glass:{emergency_id}"


def _who_hears(act: CaseAct) -> list[str]:
    """The case managers of the case, by name or of its agency, and the roles that the configuration names."""
    named = act.unit.conn.execute(select(TeamMember.user_id).where(
        TeamMember.case_id == act.case.id, TeamMember.role == "CM", TeamMember.to_at.is_(None),
        TeamMember.user_id.is_not(None),
    )).scalars().all()
    managers = [str(one) for one in named] or people_of(act.unit, (str(act.case.agency_id),), ("CM", "COORD"))
    others = [one for role in act.system.configuration.access.told for one in everyone_of_role(act.unit, role)]
    return [one for one in dict.fromkeys([*managers, *others]) if one != act.actor.user_id]


