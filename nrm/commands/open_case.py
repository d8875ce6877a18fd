"""Open a case: the first answers are kept, the backbone starts, safety waits for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.complete_task import require_past
from nrm.commands.name_index import NAMES, cases_named, index_answers
from nrm.commands.settling.audience import everyone_of_role
from nrm.commands.settling.feedback import Stage, tell_first_responder
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.diagrams.forms import Form
from nrm.queries.scope import require_role
from nrm.queries.staffing import kept_from
from nrm.records.grants import SEAT, add_case
from nrm.records.outgoing import add_notice
from nrm.records.sealing import write_record
from nrm.records.tables.case import Case
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published
from nrm.wiring.system import System

BACKBONE = "case"
OPENING_FORM = "F01_contact"
MANAGING_ROLES = ("CM", "COORD", "SUP")


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that has just been opened."""

    case_id: str
    code: str
    next_tasks: tuple[str, ...]


def opening_form(system: System, actor: Actor, process: str = BACKBONE) -> Form:
    """Return the form a case is opened with (form:F01). Raises NotAllowed, NotFound."""
    require_role(actor, Permission.CASES_OPEN, system.configuration.policy)
    with system.database.reader(actor) as unit:
        return _opening(system, unit, process).form(OPENING_FORM)


def open_case(
    system: System, actor: Actor, *, process: str = BACKBONE, district: str, answers: Mapping[str, object],
    happened_at: datetime | None = None,
) -> OpenedCase:
    """Open a case and start its process.

    Args:
        district: the district where the person stays; its case-managing agency takes the case.
        answers: the answers of the opening form.

    Raises:
        InvalidInput: an answer, or the district, needs attention.
        NotFound: no process of that name opens a case.
    """
    rule = require_role(actor, Permission.CASES_OPEN, system.configuration.policy)
    with system.database.unit(actor) as unit:
        published = _opening(system, unit, process)
        managing = system.agencies(unit).managing(district)
        if district not in system.configuration.districts or managing is None:
            raise InvalidInput(fields={"district": ["Choose the district where the person stays now."]})
        validated = published.form(OPENING_FORM).validate(answers, dictionary=published.dictionary)
        require_past(happened_at, unit.now)
        case_id = system.new_id()
        add_case(unit, {
            "id": case_id, "code": _free_code(system, unit), "process": process, "status": "open", "stage": "received",
            "district": district, "district_residence": None, "agency_id": managing.id,
            "referring_agency_id": actor.agency_id, "opened_at": unit.now, "opened_by": actor.user_id,
            "closed_at": None, "version": 1, "demo": system.settings.is_demo,
        })
        case = unit.lock_case(case_id)
        _first_team(system, unit, actor, case_id, managing.id)
        settlement = Settlement(system, unit, case, actions=ACTIONS)
        settlement.ledger.enter("case.opened", f"case:{case_id}", rule=rule, bundle=published.digest, payload={
            "process": process, "district": district, "managing": managing.id,
            "happened_at": (happened_at or unit.now).isoformat(),
        })
        form = published.form(OPENING_FORM)
        _tell_of_namesakes(settlement, form, validated.answers)
        index_answers(unit, case_id, form, validated.answers)

        def keep_first_answers(run: LiveRun) -> None:
            record_id = write_record(
                unit, case_id=case_id, form=form.id, form_digest=form.digest, parts=validated.by_category,
                agency_id=actor.agency_id, run_id=run.id, bundle=published.digest, role=_opening_role(actor),
                happened_at=happened_at or unit.now,
            )
            settlement.facts.set(run.id, published, validated.facts, source=f"record:{record_id}")

        tell_first_responder(settlement, Stage.RECEIVED)
        settlement.start_run(process, prepare=keep_first_answers)
        settlement.settle()
        return OpenedCase(case_id, case.code, _mine(unit, actor, case_id))


def _tell_of_namesakes(settlement: Settlement, form: Form, answers: Mapping[str, object]) -> None:
    """Where a case carries the same names already, the national unit hears of it: the opener may not see that case."""
    unit = settlement.unit
    names = {
        element: str(answers[key]) for element, key in form.elements().items()
        if element in NAMES and answers.get(key)
    }
    others = cases_named(unit, names) if len(names) > 1 else []
    if not others:
        return
    settlement.ledger.enter("duplicate.possible", f"case:{settlement.case_id}", payload={"count": len(others)})
    codes = unit.conn.execute(select(Case.code).where(Case.id.in_(others[:5]))).scalars().all()
    kept_away = frozenset[str]().union(*kept_from(unit.conn, others[:5]).values())
    for user_id in set(everyone_of_role(unit, "NCU")) - kept_away:
        for code in (settlement.case.code, *codes):
            add_notice(unit, user_id=user_id, kind="possible_duplicate", text_key="possible_duplicate", case_code=code)


def _opening(system: System, unit: Unit, process: str) -> Published:
    published = system.library.current(unit.conn, process)
    if "opening" not in published.process.starts:
        raise NotFound(f"The process {process} does not open a case.")
    return published


def _first_team(system: System, unit: Unit, actor: Actor, case_id: str, managing_id: str) -> None:
    """The managing agency and who opened the case; people are named when the team is assembled."""
    seats: list[tuple[str, str, str | None, str]] = [
        (role, managing_id, None, "manages cases in the district") for role in MANAGING_ROLES
    ]
    seats.append((_opening_role(actor), actor.agency_id, actor.user_id, "opened the case"))
    SEAT.add(unit, [
        {
            "id": system.new_id(), "case_id": case_id, "role": role, "agency_id": agency_id, "user_id": user_id,
            "from_at": unit.now, "to_at": None, "basis": basis, "named": False,
        }
        for role, agency_id, user_id, basis in seats
    ])


def _opening_role(actor: Actor) -> str:
    return "FR" if "FR" in actor.roles else min(actor.roles)


def _free_code(system: System, unit: Unit) -> str:
    while True:
        code = system.new_code()
        if unit.conn.execute(select(Case.id).where(Case.code == code)).first() is None:
            return code


def _mine(unit: Unit, actor: Actor, case_id: str) -> tuple[str, ...]:
    rows = unit.conn.execute(
        select(Task.id, Task.role, Task.assignee_id).where(
            Task.case_id == case_id, Task.agency_id == actor.agency_id
        ).order_by(Task.priority, Task.due_at)
    )
    return tuple(row.id for row in rows if row.role in actor.roles and row.assignee_id in (None, actor.user_id))
