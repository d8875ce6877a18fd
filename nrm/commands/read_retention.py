"""Read until when a case is kept, what holds it, what its erasure would take or took; leaves the read entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from nrm.commands.case_act import CLOSED
from nrm.commands.erasure import stopped_by
from nrm.commands.reading import reading
from nrm.queries.retention import (
    ErasureLine,
    GroundLine,
    HoldLine,
    WhatGoes,
    by_kind,
    grounds_of,
    holds_of,
    newest_erasure,
    preview,
)
from nrm.records.same_person import is_same_person
from nrm.records.tables.erasure import Erasure
from nrm.records.unit import Unit
from nrm.rules.retention import Basis
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class CaseRetention:
    """One case and its keeping, for who reviews it."""

    case_id: str
    case_code: str
    is_closed: bool
    closed_at: datetime | None
    erased_at: datetime | None
    until: date | None
    grounds: tuple[GroundLine, ...]
    holds: tuple[HoldLine, ...]
    erasure: ErasureLine | None
    goes: tuple[WhatGoes, ...]
    """What an erasure would take; of an erased case what it took."""
    stays: tuple[str, ...]
    """The facts that may remain for statistics, without a way back to the case, in the reader's language."""
    stopped: str
    """Why it cannot be erased because its time has come; empty where it can."""
    may_propose: bool
    may_decide: bool
    """Whether the reader may decide on what waits: they did not propose it themselves."""
    may_take_back: bool


def read_retention(system: System, actor: Actor, *, case_id: str) -> CaseRetention:
    """Read one case's keeping. Raises NotFound outside the scope, NotAllowed."""
    with reading(system, actor, Permission.RETENTION_READ, case_id, "retention") as read:
        unit, case = read.unit, read.case
        grounds, erasure = grounds_of(unit, case_id), newest_erasure(unit, case_id)
        gone = case.erased_at is not None
        waits = erasure is not None and erasure.status == "proposed" and not gone
        proposes = read.standing.decide(Permission.RETENTION_PROPOSE).allowed and not gone
        own, same = _whose(unit, case_id, actor)
        return CaseRetention(
            case_id, case.code, case.status in CLOSED, case.closed_at, case.erased_at,
            grounds[0].until if grounds else None, grounds, holds_of(unit, case_id), erasure,
            by_kind(erasure.counts) if gone and erasure is not None else preview(unit, case_id, case.code),
            _titles(system, unit, str(case.process), actor.language),
            "" if gone else stopped_by(unit, case, Basis.TIME_HAS_COME),
            proposes, waits and not same and read.standing.decide(Permission.RETENTION_APPROVE).allowed,
            waits and own and proposes,
        )


def _whose(unit: Unit, case_id: str, actor: Actor) -> tuple[bool, bool]:
    """Whether the newest proposal is the actor's own, and whether it is the same person's."""
    proposer = unit.conn.execute(
        select(Erasure.proposed_by).where(Erasure.case_id == case_id)
        .order_by(Erasure.proposed_at.desc(), Erasure.id).limit(1)
    ).scalar()
    return proposer == actor.user_id, is_same_person(unit.conn, proposer, actor.user_id)


def _titles(system: System, unit: Unit, process: str, language: str) -> tuple[str, ...]:
    published = system.library.current(unit.conn, process)
    kinds = ((name, published.fact(name)) for name in system.configuration.retention.facts)
    return tuple(name if kind is None else kind.title(language) for name, kind in kinds)
