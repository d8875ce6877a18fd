"""The receipt of an erased case, for who could have known the case: nothing of a person stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.retention import ErasureLine, newest_erasure
from nrm.queries.standing import Standing
from nrm.records.tables.case import Case
from nrm.records.tables.erasure import Erasure
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

READERS = (Permission.RETENTION_READ, Permission.CASE_READ)


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a case was erased, when, by whose decision and on what rule, and the entry that proves it."""

    case_code: str
    erased_at: datetime
    erasure: ErasureLine
    keeping: bool
    """Whether the reader also sees what went and what stays (``retention.read``)."""


def receipt_of(system: System, actor: Actor, *, case_id: str) -> Receipt | None:
    """Return the receipt, or None where the case is not erased or is none of the actor's.

    For who reads how long cases are kept, who answers for the case's agency, and who led the case last.
    """
    with system.database.reader(actor) as unit:
        case = unit.conn.execute(select(Case).where(Case.id == case_id, Case.erased_at.is_not(None))).first()
        line = None if case is None else newest_erasure(unit, case_id)
        if case is None or line is None:
            return None
        standing = Standing(unit, system.configuration.policy, system.agencies(unit), actor, case, unit.now)
        keeping, reading = (standing.decide(one).allowed for one in READERS)
        led = unit.conn.execute(
            select(Erasure.id).where(Erasure.case_id == case_id, Erasure.manager_id == actor.user_id).limit(1)
        ).first()
        if not (keeping or reading or led):
            return None
        return Receipt(case.code, case.erased_at, line, keeping)
