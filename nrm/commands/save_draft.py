"""Save what was typed so far, sealed, for the person who typed it; nothing is checked but its size."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import select

from nrm.commands.task_act import case_of
from nrm.queries.standing import Standing
from nrm.records.drafts import write_draft
from nrm.records.tables.case import Case
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

LARGEST = 200_000
"""Bytes of a draft; a form's answers are far below."""


def save_draft(
    system: System, actor: Actor, *, task_id: str, answers: Mapping[str, object], seen_version: int | None = None
) -> datetime:
    """Keep a draft of a task's answers. Returns when it was kept.

    A draft is not an act on the case: it leaves no history entry and does not lock it. It is kept
    for a task that is already done as well, so that nobody's words are lost to a colleague's click.

    Raises NotFound outside the scope, NotAllowed, InvalidInput where the draft is too large.
    """
    case_id = case_of(system, actor, task_id)
    with system.database.unit(actor) as unit:
        case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
        task = unit.conn.execute(select(Task).where(Task.id == task_id)).one()
        standing = Standing(
            unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now, task=task,
        )
        decision = standing.decide(Permission.TASK_READ)
        if not decision.allowed:
            raise NotAllowed(decision.sentence, rule=decision.rule) if standing.is_inside else NotFound
        if len(orjson.dumps(answers)) > LARGEST:
            raise InvalidInput("This draft is too long to keep. Shorten the long answers.", code="too_large")
        write_draft(unit, task_id=task_id, case_id=case_id, answers=answers, seen_version=seen_version)
        return unit.now
