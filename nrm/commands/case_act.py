"""One act on one case: lock, stand, decide; then the act; then the consequences; one commit (design 5).

The case is locked before the decision is taken, so that what the decision was based on cannot change
under it. A refusal leaves its own history entry, in a transaction of its own, because the act's is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Row

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.settling.ledger import Ledger
from nrm.commands.settling.settlement import Settlement
from nrm.commands.signalling import signal, watch_altered, watch_refusal
from nrm.queries.standing import Standing
from nrm.records.prepared import Read, Write
from nrm.records.tables.case import Case
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.visibility import Decision
from nrm.vocabulary.access_words import SignalKind
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import CaseClosed, CaseErased, Conflict, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

# Built once: building a statement costs more than running it.
CASE = Write(update(Case).where(Case.id == bindparam("wanted")))
"""Every act writes the case's row: its version grows."""
_TASK = Read(select(Task).where(Task.id == bindparam("wanted")))

CLOSED = ("closed", "closed_referred")
Authorise = Callable[[Standing, Permission], Decision]


@dataclass(slots=True)
class CaseAct:
    """What an act works with once it is allowed: the locked case, the actor's standing, the settlement."""

    system: System
    unit: Unit
    actor: Actor
    case: Row[Any]
    standing: Standing
    rule: str
    settlement: Settlement

    def enter(
        self, act: str, obj: str, *, outcome: str = "ok", bundle: str | None = None,
        payload: Mapping[str, object] | None = None,
    ) -> int:
        """Enter the act itself into the case's history, with the rule that allowed it."""
        return self.settlement.ledger.enter(
            act, obj, outcome=outcome, rule=self.rule, bundle=bundle, payload=payload,
        )


@contextmanager
def case_act(
    system: System, actor: Actor, permission: Permission, case_id: str | None, *, seen_version: int | None = None,
    open_only: bool = True, task_id: str | None = None, authorise: Authorise | None = None,
) -> Iterator[CaseAct]:
    """Open an act on a case, give it to the caller, settle and commit. Without ``case_id``: the task's case.

    Raises:
        NotFound: there is no such case, or it is outside the actor's scope.
        NotAllowed: the actor may see the case but not do this; the refusal is entered in the history.
        CaseErased: only the code of the case remains.
        CaseClosed: the case is closed and the act needs an open one.
        Conflict: the case has moved on since the actor saw ``seen_version``.
    """
    try:
        with system.database.unit(actor) as unit:
            case = _locked(unit, case_id, task_id)
            case_id = str(case.id)
            task = _task(unit, task_id)
            standing = Standing(
                unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now, task=task,
            )
            decision = (authorise or require)(standing, permission)
            if case.erased_at is not None:
                raise CaseErased
            if open_only and case.status in CLOSED:
                raise CaseClosed("This case is closed. It can be reopened from its page.")
            if seen_version is not None and seen_version != case.version:
                raise Conflict("The case has changed since you opened it. Look at it again.", code="case_changed")
            settlement = Settlement(system, unit, case, actions=ACTIONS)
            if not actor.is_system:
                settlement.kept_away = standing.kept_away
            if standing.is_honey:
                signal(system, unit, SignalKind.HONEY, case_id=case_id)
            act = CaseAct(system, unit, actor, case, standing, decision.rule, settlement)
            yield act
            watch_altered(system, unit, standing)
            settlement.settle()
            CASE.run(unit.conn, {"wanted": case_id, "version": case.version + 1, **settlement.case_values})
    except NotAllowed as refused:
        assert case_id is not None  # nothing is refused before the case was found
        record_refusal(system, actor, case_id, str(permission), refused.rule)
        if refused.code == NotFound.code:
            raise NotFound from None
        raise


def require(standing: Standing, permission: Permission) -> Decision:
    """Decide or refuse; for a stranger the refusal carries the code of *not found*."""
    decision = standing.decide(permission)
    if decision.allowed:
        return decision
    code = None if standing.is_inside else NotFound.code
    raise NotAllowed(decision.sentence, rule=decision.rule, code=code)


def record_refusal(system: System, actor: Actor, case_id: str, permission: str, rule: str) -> None:
    """Leave a history entry for an act that was refused."""
    with system.database.unit(actor) as unit:
        if unit.conn.execute(select(Case.id).where(Case.id == case_id)).first() is None:
            return
        unit.lock_case(case_id)
        Ledger(unit, case_id).enter(permission, f"case:{case_id}", outcome="refused", rule=rule)
        watch_refusal(system, unit, case_id)


def _locked(unit: Unit, case_id: str | None, task_id: str | None) -> Row[Any]:
    if case_id is not None:
        return unit.lock_case(case_id)
    if task_id is None:
        raise ValueError("an act is about a case, or about a task")
    return unit.lock_case_of(task_id)


def _task(unit: Unit, task_id: str | None) -> Row[Any] | None:
    """Read the task after the lock, never with it: what was read before may have changed while waiting."""
    if task_id is None:
        return None
    task = _TASK.first(unit.conn, wanted=task_id)
    if task is None:
        raise NotFound
    return task
