"""Letting clocks of a case stand still and go on again, one or all, each counted anew with its history entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.clocks import Recount
from nrm.records.tables.deadline import NOT_ENDED, Deadline, Pause
from nrm.rules.limits import TimeLimit
from nrm.vocabulary.clock_words import PauseGround

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement


def pause_case(settlement: Settlement, ground: PauseGround) -> int:
    """Let every running clock of a case stand still whose limit allows this ground; returns how many do now."""
    now = settlement.unit.now
    found = [
        clock for clock in _live(settlement)
        if clock.status == "running" and clock.due_at is not None and clock.due_at > now
        and ground in limit_of(settlement, clock).pauses
    ]
    for clock in found:
        pause(settlement, clock, ground, None)
    return len(found)


def resume_case(settlement: Settlement, ground: PauseGround) -> int:
    """Let every clock of a case go on that stands still on this ground; returns how many."""
    standing = select(Pause.deadline_id).where(Pause.ground == ground, Pause.to_at.is_(None))
    still = set(settlement.unit.conn.execute(standing.where(Pause.deadline_id.in_(
        select(Deadline.id).where(Deadline.case_id == settlement.case_id, NOT_ENDED)
    ))).scalars())
    found = [clock for clock in _live(settlement) if clock.id in still]
    for clock in found:
        resume(settlement, clock, None)
    return len(found)


def pause(settlement: Settlement, clock: Row[Any], ground: PauseGround, rule: str | None) -> None:
    """Let one running clock stand still from now."""
    unit = settlement.unit
    unit.conn.execute(insert(Pause), [{
        "id": settlement.system.new_id(), "deadline_id": clock.id, "ground": str(ground), "from_at": unit.now,
        "to_at": None, "by_id": unit.actor.user_id,
    }])
    enter_recount(settlement, "clock.paused", clock, settlement.clocks.recount(clock), str(ground), rule)


def resume(settlement: Settlement, clock: Row[Any], rule: str | None) -> None:
    """Let one clock that stands still go on from now."""
    unit = settlement.unit
    unit.conn.execute(
        update(Pause).where(Pause.deadline_id == clock.id, Pause.to_at.is_(None))
        .values(to_at=unit.now, ended_by=unit.actor.user_id)
    )
    enter_recount(settlement, "clock.resumed", clock, settlement.clocks.recount(clock), "ok", rule)


def limit_of(settlement: Settlement, clock: Row[Any]) -> TimeLimit:
    """The limit a clock counts, as its run's version has it."""
    return settlement.run(clock.run_id).published.limits[clock.limit_key]


def enter_recount(
    settlement: Settlement, act: str, clock: Row[Any], recount: Recount, outcome: str, rule: str | None,
    **more: object,
) -> None:
    """Enter into the history what an act did to a clock: its date before and after, and why."""
    settlement.ledger.enter(act, f"deadline:{clock.id}", outcome=outcome, rule=rule, payload={
        **recount.told(clock.limit_key), **more,
    })


def _live(settlement: Settlement) -> list[Row[Any]]:
    """The clocks of the case that are open and that this act does not end."""
    rows = settlement.unit.conn.execute(
        select(Deadline).where(Deadline.case_id == settlement.case_id, NOT_ENDED, Deadline.run_id.is_not(None))
        .order_by(Deadline.armed_at, Deadline.id)
    )
    return [row for row in rows if not settlement.clocks.is_ending(row.wait_id)]
