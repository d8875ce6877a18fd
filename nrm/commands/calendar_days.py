"""Days laid over calendars and taken back; the clocks they touch are counted anew, case by case, as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from nrm.commands.batches import Line, start_batch
from nrm.commands.recounting import SEEN_EVERYWHERE
from nrm.commands.settling.ledger import Ledger
from nrm.queries.calendar_edit import BACK, CalendarEdit, Weighed, weigh
from nrm.queries.calendar_moves import counted_anew
from nrm.queries.calendar_year import RECOUNT
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.work import BatchLine
from nrm.records.tables.working_time import CalendarDay
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that is saved: the batch that counts clocks anew, and in how many cases."""

    batch_id: str
    cases: int


def edit_calendar(system: System, actor: Actor, *, edit: CalendarEdit) -> Edited:
    """Lay a day over a calendar or take one back, with an entry in the installation's history.

    Open clocks that run over the day are counted anew by the worker. Raises what
    :func:`nrm.queries.calendar_edit.weigh` raises, Conflict where somebody else was faster.
    """
    with system.database.unit(actor) as unit:
        weighed = weigh(system, unit, actor, edit)
        _write(system, unit, edit)
        cases = unit.conn.execute(
            select(Deadline.case_id).where(counted_anew(weighed.after, edit.day, unit.now)).distinct()
        ).scalars().all()
        batch_id = _start_recount(system, unit, weighed, cases)
        _enter(unit, weighed, cases)
    system.laid_days.forget()
    return Edited(batch_id, len(cases))


def _start_recount(system: System, unit: Unit, weighed: Weighed, cases: Sequence[str]) -> str:
    """Write the batch that counts the clocks of these cases anew, once every process knows of the edit."""
    edit = weighed.edit
    batch_id = start_batch(system, unit, kind=RECOUNT, lines=[Line(case_id, {}) for case_id in cases], params={
        "calendar": edit.calendar, "day": edit.day.isoformat(), "change": edit.change,
        "calendars": sorted(weighed.after),
    })
    unit.conn.execute(
        update(BatchLine).where(BatchLine.batch_id == batch_id).values(next_at=unit.now + SEEN_EVERYWHERE)
    )
    return batch_id


def _write(system: System, unit: Unit, edit: CalendarEdit) -> None:
    if edit.change == BACK:
        unit.conn.execute(
            update(CalendarDay)
            .where(CalendarDay.calendar == edit.calendar, CalendarDay.day == edit.day, CalendarDay.removed_at.is_(None))
            .values(removed_by=unit.actor.user_id, removed_at=unit.now)
        )
        return
    unit.conn.execute(insert(CalendarDay), [{
        "id": system.new_id(), "calendar": edit.calendar, "day": edit.day, "kind": edit.change,
        "name": edit.name.strip(), "added_by": unit.actor.user_id, "added_at": unit.now, "removed_by": None,
        "removed_at": None,
    }])


def _enter(unit: Unit, weighed: Weighed, cases: Sequence[str]) -> None:
    edit = weighed.edit
    Ledger(unit, INSTALLATION).enter(
        "calendar.day_removed" if edit.change == BACK else "calendar.day_added", f"calendar:{edit.calendar}",
        rule=weighed.rule, payload={
            "day": edit.day.isoformat(), "change": edit.change, "name": edit.name.strip(),
            "calendars": sorted(weighed.after), "cases": len(cases),
        },
    )
