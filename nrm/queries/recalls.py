"""What an agency received and nothing covers any more: what it is asked to give back or erase, and to confirm (X1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.disclosures import DisclosureLine, received_by
from nrm.queries.recall_clocks import RecallClock
from nrm.queries.scope import not_kept, require_having
from nrm.queries.standing import Standing
from nrm.records.tables.case import Case
from nrm.records.tables.consent import ConsentVersion, Disclosure
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

ENDED = ("withdrawn", "refused", "expired", "revoked")
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class AskedBack:
    """What one agency holds of one case, and may use no more. The code is the one it knew the case by."""

    case_code: str
    lines: tuple[DisclosureLine, ...]
    """The first first; only those that nothing covers."""
    ended_at: datetime
    """When the last of it was taken back, or came to its end."""
    clock: RecallClock | None = None
    """Until when it is to be confirmed; None for what was asked back before there were clocks."""


def asked_back(system: System, actor: Actor) -> tuple[AskedBack, ...]:
    """Return what the actor's agency has not confirmed yet, at most a hundred cases, the oldest first.

    Raises NotAllowed for who works on no cases.
    """
    require_having(actor, system.configuration.policy, Permission.CASE_READ)
    with system.database.reader(actor) as unit:
        held = select(Disclosure.case_id).where(Disclosure.agency_id == actor.agency_id)
        over = select(ConsentVersion.case_id).where(ConsentVersion.status.in_(ENDED))
        cases = unit.conn.execute(select(Case).where(
            Case.id.in_(held), Case.id.in_(over), Case.agency_id != actor.agency_id, Case.erased_at.is_(None),
            not_kept(Case.id, actor),
        ).order_by(Case.opened_at, Case.id).limit(AT_ONCE)).all()
        agencies, policy = system.agencies(unit), system.configuration.policy
        found = (
            asked_back_of(system, unit, Standing(unit, policy, agencies, actor, case, unit.now)) for case in cases
        )
        return tuple(one for one in found if one is not None)


def asked_back_of(system: System, unit: Unit, standing: Standing) -> AskedBack | None:
    """Return what the reader's agency has to confirm of one case, or None."""
    held = received_by(system, unit, standing, standing.actor.agency_id)
    if held is None or not held.to_confirm:
        return None
    ended_at = unit.conn.execute(
        select(ConsentVersion.entered_at).where(
            ConsentVersion.case_id == standing.case.id, ConsentVersion.status.in_(ENDED)
        ).order_by(ConsentVersion.entered_at.desc()).limit(1)
    ).scalar()
    lines = tuple(line for line in held.lines if not line.is_covered)
    return AskedBack(str(standing.case.code), lines, ended_at or lines[-1].at, held.clock)
