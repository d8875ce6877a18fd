"""Reading is an act: one entry per person, object and quarter of an hour, before the answer is given (design 8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.case_act import record_refusal, require
from nrm.commands.disclosing import disclose_by_reading
from nrm.commands.settling.ledger import Ledger
from nrm.commands.signalling import watch_altered, watch_reading
from nrm.queries.standing import Standing
from nrm.records.marks import mark_read
from nrm.records.tables.case import Case
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.relations import Relation
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


class Reading:
    """A reader before a case they may see, with the entry of the reading already written."""

    def __init__(self, system: System, unit: Unit, case: Row[Any], standing: Standing, rule: str) -> None:
        self.system = system
        self.unit = unit
        self.case = case
        self.standing = standing
        self.rule = rule


@contextmanager
def reading(
    system: System, actor: Actor, permission: Permission, case_id: str, obj: str, *, act: str = "read",
    task_id: str | None = None, always: bool = False,
) -> Iterator[Reading]:
    """Open a case for reading ``obj`` (``case``, ``task:ID``, ``history`` ...), leaving the entry first.

    ``always`` leaves an entry each time: for what is opened on press (identity, the place of stay).

    Raises NotFound outside the scope, NotAllowed inside it without the permission, NotReady where the
    entry cannot be written: then nothing is shown.
    """
    try:
        with system.database.unit(actor) as unit:
            first = _before(system, unit, actor, permission, case_id, task_id)
            if always or mark_read(unit, case_id, _mark(obj, first.rule)):
                Ledger(unit, case_id).enter(act, obj, rule=first.rule)
                watch_reading(system, unit, first.standing, first.rule)
            disclose_by_reading(system, unit, first.standing, obj)
            watch_altered(system, unit, first.standing)
        # The entry stands: now read, in a transaction that holds up no writer, and decide again in it.
        with system.database.reader(actor) as unit:
            yield _before(system, unit, actor, permission, case_id, task_id)
    except NotAllowed as refused:
        record_refusal(system, actor, case_id, str(permission), refused.rule)
        if refused.code == NotFound.code:
            raise NotFound from None
        raise


def _mark(obj: str, rule: str) -> str:
    """An access in an emergency leaves its own entry, even where the same was read by right a moment before."""
    return f"{Relation.GLASS}:{obj}" if rule.startswith(f"{Relation.GLASS}:") else obj


def _before(
    system: System, unit: Unit, actor: Actor, permission: Permission, case_id: str, task_id: str | None
) -> Reading:
    """Stand the actor before the case (and the task) and decide."""
    case = unit.conn.execute(select(Case).where(Case.id == case_id)).first()
    if case is None:
        raise NotFound
    task = None
    if task_id is not None:
        task = unit.conn.execute(select(Task).where(Task.id == task_id, Task.case_id == case_id)).first()
        if task is None:
            raise NotFound
    standing = Standing(
        unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now, task=task,
    )
    return Reading(system, unit, case, standing, require(standing, permission).rule)
