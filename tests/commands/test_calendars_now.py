"""The calendars an act counts with are the configuration's, with the days that stand over them."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, update

from nrm.records.tables.working_time import CalendarDay
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import SYSTEM
from tests.support.driving import Drive

DAY = date(2026, 5, 4)


def calendar(drive: Drive, name: str) -> Calendar:
    """One calendar as an act would see it."""
    with drive.system.database.reader(SYSTEM) as unit:
        return drive.system.calendars(unit)[name]


def lay(drive: Drive) -> None:
    """Lay a bridge day over the country's calendar, as another process would."""
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(CalendarDay), [{
            "id": "bridge", "calendar": "velmara", "day": DAY, "kind": "free", "name": "Bridge day",
            "added_by": "somebody", "added_at": unit.now, "removed_by": None, "removed_at": None,
        }])


def test_a_laid_day_holds_within_ten_seconds_and_at_once_where_it_was_laid(any_drive: Drive) -> None:
    before = calendar(any_drive, "norvale")
    assert before.is_working(DAY)
    lay(any_drive)
    assert calendar(any_drive, "norvale") is before
    any_drive.clock.advance(timedelta(seconds=10))
    after = calendar(any_drive, "norvale")
    assert after.holidays[DAY] == "Bridge day"
    with any_drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(CalendarDay).values(removed_by="somebody", removed_at=unit.now))
    any_drive.system.laid_days.forget()
    assert calendar(any_drive, "norvale").is_working(DAY)


def test_while_nothing_is_edited_the_calendars_stay_the_same_objects(drive: Drive) -> None:
    first = calendar(drive, "velmara")
    assert first is drive.system.configuration.calendars["velmara"]
    lay(drive)
    drive.system.laid_days.forget()
    laid = calendar(drive, "velmara")
    drive.clock.advance(timedelta(minutes=1))
    assert calendar(drive, "velmara") is laid
