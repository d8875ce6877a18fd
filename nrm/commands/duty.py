"""Rosters: who is on duty for a role, in a district or nationally; turns are added, copied, taken back (domain 2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.settling.ledger import Ledger
from nrm.queries.duty import WEEK, require_roster, rosters_of
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.working_time import STANDS, Duty
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.phrases import Phrase
from nrm.wiring.system import System

LONGEST = timedelta(days=31)
MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of duty; without a district: for the whole country. The end does not belong to it."""

    role: str
    district: str | None
    user_id: str
    from_at: datetime
    to_at: datetime


def add_duty(system: System, actor: Actor, turn: Turn) -> str:
    """Put somebody on a roster; returns the turn's id. Raises InvalidInput, NotAllowed."""
    with system.database.unit(actor) as unit:
        _require(system, unit, actor, turn)
        return _add(system, unit, turn)


def add_duties(system: System, actor: Actor, turns: Iterable[Turn]) -> int:
    """Put many turns on rosters, all or none; those that stand there already are left out. Returns how many came.

    Raises InvalidInput with the number of the turn at fault, NotAllowed.
    """
    wanted = list(turns)
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput(fields={"file": ["More than a thousand turns at once are too many."]})
    with system.database.unit(actor) as unit:
        return sum(_added(system, unit, actor, turn, place) for place, turn in enumerate(wanted, start=1))


def copy_week(system: System, actor: Actor, *, role: str, district: str | None, begin: datetime) -> int:
    """Copy the turns that began in the week before ``begin`` (local midnight) into the week from it.

    Who can no longer be on duty is left out, and so is what stands there already. Returns how many turns came.
    """
    with system.database.unit(actor) as unit:
        require_roster(system, unit, actor, role, district)
        before = rosters_of(unit, role, district, begin - WEEK, begin)
        made = 0
        for row in before:
            if begin - WEEK <= row.from_at < begin:
                turn = Turn(role, district, row.user_id, row.from_at + WEEK, row.to_at + WEEK)
                if not _faults(system, unit, turn) and not _known(unit, turn):
                    _add(system, unit, turn)
                    made += 1
        return made


def remove_duty(system: System, actor: Actor, *, duty_id: str) -> None:
    """Take a turn back that is not over yet. Raises NotFound, NotAllowed, Conflict."""
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(select(Duty).where(Duty.id == duty_id)).first()
        if row is None:
            raise NotFound
        require_roster(system, unit, actor, row.role, row.district)
        if row.removed_at is not None or row.to_at <= unit.now:
            raise Conflict("This turn is over, or was taken back already.")
        unit.conn.execute(
            update(Duty).where(Duty.id == duty_id).values(removed_by=actor.user_id, removed_at=unit.now)
        )
        _enter(unit, "duty.removed", row)


def _require(system: System, unit: Unit, actor: Actor, turn: Turn) -> None:
    require_roster(system, unit, actor, turn.role, turn.district)
    if wrong := _faults(system, unit, turn):
        raise InvalidInput(fields=wrong)
    if _known(unit, turn):
        raise InvalidInput(fields={"user_id": ["They are on this roster at that time already."]})


def _added(system: System, unit: Unit, actor: Actor, turn: Turn, place: int) -> int:
    require_roster(system, unit, actor, turn.role, turn.district)
    if wrong := _faults(system, unit, turn):
        said = next(iter(wrong.values()))[0]
        raise InvalidInput(fields={"file": [Phrase("Turn {number}: {sentence}", number=place, sentence=said)]})
    if _known(unit, turn):
        return 0
    _add(system, unit, turn)
    return 1


def _add(system: System, unit: Unit, turn: Turn) -> str:
    row = {
        "id": system.new_id(), "role": turn.role, "district": turn.district, "user_id": turn.user_id,
        "from_at": turn.from_at, "to_at": turn.to_at, "added_by": unit.actor.user_id, "added_at": unit.now,
        "removed_by": None, "removed_at": None,
    }
    unit.conn.execute(insert(Duty), [row])
    _enter(unit, "duty.added", unit.conn.execute(select(Duty).where(Duty.id == row["id"])).one())
    return str(row["id"])


def _faults(system: System, unit: Unit, turn: Turn) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if turn.to_at <= turn.from_at:
        wrong["to_at"] = ["The end comes after the beginning."]
    elif turn.to_at - turn.from_at > LONGEST:
        wrong["to_at"] = ["One turn lasts a month at most."]
    elif turn.to_at <= unit.now:
        wrong["to_at"] = ["This time is over."]
    person = unit.conn.execute(
        select(User.roles, User.status, User.agency_id).where(User.id == turn.user_id)
    ).first()
    if person is None or person.status != "active" or turn.role not in person.roles:
        wrong["user_id"] = ["Choose somebody who fills this role."]
    elif turn.district and turn.district not in system.agencies(unit).agency(person.agency_id).districts:
        wrong["user_id"] = ["Choose somebody whose agency works in this district."]
    return wrong


def _known(unit: Unit, turn: Turn) -> bool:
    """Whether they stand on that roster for a part of that time."""
    return unit.conn.execute(select(Duty.id).where(
        Duty.role == turn.role, Duty.district == turn.district if turn.district else Duty.district.is_(None), STANDS,
        Duty.user_id == turn.user_id, Duty.from_at < turn.to_at, Duty.to_at > turn.from_at,
    )).first() is not None


def _enter(unit: Unit, act: str, row: Row[Any]) -> None:
    Ledger(unit, INSTALLATION).enter(act, f"duty:{row.id}", payload={
        "role": row.role, "district": row.district, "user": row.user_id, "from": row.from_at.isoformat(),
        "to": row.to_at.isoformat(),
    })
