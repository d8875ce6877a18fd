"""Whether a letter is still wanted when its turn comes: people leave, tasks end, consents are taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.feedback import TEMPLATE as FEEDBACK
from nrm.queries.feedback import is_agreed
from nrm.queries.invitations import TEMPLATE as INVITATION
from nrm.queries.invitations import good_token
from nrm.queries.scope import roles_with
from nrm.queries.standing import Standing
from nrm.records.tables.case import Case
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.mail import Weight
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def still_wanted(system: System, unit: Unit, user: Row[Any] | None, letter: Row[Any]) -> bool:
    """Whether a row of the outbox is still to be sent to an account (columns of ``User``)."""
    if user is None or user.status != "active":
        return False
    if user.muted and letter.weight == Weight.ORDINARY:
        return False
    task = None
    if letter.task_id is not None:
        task = unit.conn.execute(select(Task).where(Task.id == letter.task_id, IS_OPEN)).first()
        if task is None:
            return False
    if letter.template == INVITATION:
        return good_token(unit, user.id) is not None
    if letter.template == FEEDBACK:
        return _may_hear(system, unit, user, letter.case_id)
    return letter.case_id is None or _in_reach(system, unit, user, letter.case_id, task)


def _may_hear(system: System, unit: Unit, user: Row[Any], case_id: str) -> bool:
    """Whether somebody of the referring agency may still hear how far a case is."""
    case = unit.conn.execute(select(Case).where(Case.id == case_id)).first()
    if case is None or case.referring_agency_id != user.agency_id:
        return False
    return is_agreed(unit, case, system.agencies(unit).kind(user.agency_id))


def _in_reach(system: System, unit: Unit, user: Row[Any], case_id: str, task: Row[Any] | None) -> bool:
    """Whether somebody still has to do with a case, or answers for time limits wherever they run."""
    actor = Actor(user.id, user.agency_id, frozenset(user.roles), user.unit)
    policy = system.configuration.policy
    case = unit.conn.execute(select(Case).where(Case.id == case_id)).first()
    if case is None:
        return False
    standing = Standing(unit, policy, system.agencies(unit), actor, case, unit.now, task=task)
    if user.id in standing.kept_away:
        return False
    return bool(roles_with(actor, Permission.DEADLINES_BOARD, policy)) or bool(standing.links)
