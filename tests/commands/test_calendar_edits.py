"""Editing a calendar: who may, which days, what moves beforehand, and the clocks counted anew afterwards."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from nrm.commands.batches import drain_batches
from nrm.commands.calendar_days import Edited, edit_calendar
from nrm.queries.calendar_edit import CalendarEdit
from nrm.queries.calendar_moves import Moves, calendar_moves, touched
from nrm.queries.calendar_year import calendar_year
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.task import Task
from nrm.records.tables.work import Batch
from nrm.rules.laid_days import LaidDay, lay_over
from nrm.rules.limits import reckon
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound, NrmError
from tests.support.driving import Drive

TODAY = date(2026, 3, 2)
TOMORROW = date(2026, 3, 3)
"""The team of a new case is due then: one working day, on the calendar of the managing agency."""
SATURDAY = date(2026, 3, 7)
A_WHILE = timedelta(seconds=20)


def national(drive: Drive) -> Actor:
    """Somebody of the national unit, who edits every calendar."""
    return drive.person("NCU", "national_unit")


def edit(drive: Drive, *args: Any, by: Actor | None = None) -> Edited:
    """Save an edit."""
    return edit_calendar(drive.system, by or national(drive), edit=CalendarEdit(*args))


def moves(drive: Drive, *args: Any, by: Actor | None = None, **more: Any) -> Moves:
    """Look what an edit would move."""
    return calendar_moves(drive.system, by or national(drive), edit=CalendarEdit(*args), **more)


def recounted(drive: Drive) -> None:
    """Let the worker count clocks anew."""
    drive.clock.advance(A_WHILE)
    drain_batches(drive.system)


def clock(drive: Drive, case_id: str, limit: str = "T_team") -> Row[Any]:
    """One clock of a case."""
    return drive.one(select(Deadline).where(Deadline.case_id == case_id, Deadline.limit_key == limit))


def due_on(at: datetime) -> date:
    """The day an instant falls on."""
    return at.date()


# -- who may edit what ------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "agency", "calendar", "allowed"), [
    ("NCU", "national_unit", "velmara", True),
    ("NCU", "national_unit", "md", True),
    ("COORD", "sa_norvale", "norvale", True),
    ("COORD", "sa_norvale", "midmar", False),
    ("COORD", "sa_norvale", "velmara", False),
    ("COORD", "sa_norvale", "md", False),
    ("CM", "sa_norvale", "norvale", False),
])
def test_a_calendar_is_edited_by_whose_agency_alone_works_by_it(
    drive: Drive, role: str, agency: str, calendar: str, allowed: bool
) -> None:
    actor, wanted = drive.person(role, agency), (calendar, TOMORROW, "free", "Bridge day")
    if allowed:
        edit(drive, *wanted, by=actor)
        return
    for look in (edit, moves):
        with pytest.raises(NotAllowed):
            look(drive, *wanted, by=actor)


@pytest.mark.parametrize(("wanted", "field"), [
    (("norvale", TODAY - timedelta(days=1), "free", "Yesterday"), "day"),
    (("norvale", date(2061, 1, 1), "free", "Far away"), "day"),
    (("norvale", TOMORROW, "free", " "), "name"),
    (("norvale", TOMORROW, "free", "x" * 81), "name"),
    (("norvale", TOMORROW, "half", "Half a day"), "change"),
    (("norvale", TOMORROW, "back", ""), "day"),
    (("norvale", TODAY, "working", "Counts already"), "day"),
])
def test_what_cannot_be_edited_is_said_at_its_field(drive: Drive, wanted: tuple[Any, ...], field: str) -> None:
    for look in (edit, moves):
        with pytest.raises(InvalidInput) as refused:
            look(drive, *wanted)
        assert list(refused.value.fields) == [field]


def test_a_day_is_laid_once_and_a_file_is_not_taken_back(drive: Drive) -> None:
    edit(drive, "norvale", TOMORROW, "free", "Bridge day")
    with pytest.raises(InvalidInput, match="attention"):
        edit(drive, "norvale", TOMORROW, "working", "After all not")
    with pytest.raises(InvalidInput):
        edit(drive, "norvale", date(2026, 5, 22), "back")
    with pytest.raises(NotFound):
        edit(drive, "nowhere", TOMORROW, "free", "Bridge day")


# -- what moves -------------------------------------------------------------------------------------


def test_what_moves_is_shown_before_it_is_saved(any_drive: Drive) -> None:
    drive = any_drive
    case = drive.open_case()
    before = clock(drive, case).due_at
    seen = moves(drive, "velmara", TOMORROW, "free", "Bridge day")
    assert (seen.total, seen.earlier, seen.others, seen.complete) == (1, 0, 0, True)
    (line,) = seen.page.items
    assert (line.case_code, line.limit_key, line.before) == (drive.case(case).code, "T_team", before)
    assert due_on(line.after) == TOMORROW + timedelta(days=1)
    assert seen.calendars == ("Midmar", "Norvale", "Southport", "Velmara")
    assert clock(drive, case).due_at == before


@pytest.mark.parametrize(("wanted", "moved"), [
    (("norvale", TOMORROW, "free", "Fair"), 1),
    (("norvale", TOMORROW + timedelta(days=1), "free", "After it is due"), 0),
    (("norvale", SATURDAY, "working", "After it is due"), 0),
    (("norvale", TODAY, "free", "The day itself does not count"), 0),
    (("midmar", TOMORROW, "free", "Another office"), 0),
    (("md", TOMORROW, "free", "A calendar nobody works by"), 0),
])
def test_only_clocks_that_run_over_the_day_move(drive: Drive, wanted: tuple[Any, ...], moved: int) -> None:
    drive.open_case()
    assert moves(drive, *wanted).total == moved


def test_cases_of_others_are_a_number_only(drive: Drive) -> None:
    """An administrator edits calendars and sees no case."""
    drive.open_case()
    admin = Actor("administrator", "national_unit", frozenset({"ADMIN"}))
    seen = moves(drive, "norvale", TOMORROW, "free", "Fair", by=admin)
    assert (seen.total, seen.others, seen.page.items) == (1, 1, ())


def test_what_moves_comes_in_pages(drive: Drive) -> None:
    cases = {drive.open_case() for _ in range(3)}
    wanted = ("norvale", TOMORROW, "free", "Fair")
    first = moves(drive, *wanted, limit=2)
    second = moves(drive, *wanted, limit=2, after=first.page.after)
    assert (len(first.page.items), len(second.page.items), second.page.after) == (2, 1, None)
    assert {line.case_id for line in (*first.page.items, *second.page.items)} == cases
    assert first.total == second.total == 3


def test_no_clock_that_moves_is_overlooked(drive: Drive) -> None:
    """Whatever the rules would move, for any limit of the configuration, start and day, the condition finds."""
    drawn, known = random.Random(4), drive.system.configuration
    like = clock(drive, drive.open_case())._mapping
    limits = [one for one in known.limits.values() if one.length <= 100 and not one.before]
    rows, now, told = {}, drive.clock.now(), 0
    for number in range(400):
        limit, start = drawn.choice(limits), now - timedelta(hours=drawn.randrange(24 * 60))
        due = reckon(limit, start, known.calendars["norvale"]).at
        rows[f"clock-{number}"] = (limit, start)
        with drive.system.database.unit(SYSTEM) as unit:
            unit.conn.execute(insert(Deadline), [{
                **like, "id": f"clock-{number}", "limit_key": limit.key, "unit": str(limit.unit),
                "budget": limit.budget, "started_at": start, "due_at": due,
            }])
    for day in (TODAY + timedelta(days=n) for n in range(0, 90, 3)):
        free = known.calendars["norvale"].is_working(day)
        after = lay_over(known.calendars, [LaidDay("norvale", day, free, "Drawn")])["norvale"]
        with drive.system.database.reader(SYSTEM) as unit:
            found = {row.id: row.due_at for row in unit.conn.execute(select(Deadline).where(
                Deadline.id.startswith("clock-"), Deadline.due_at > now))}
            seen = set(unit.conn.execute(select(Deadline.id).where(touched(["norvale"], day, now))).scalars())
        moved = {name for name, due in found.items() if reckon(*rows[name], after).at != due}
        assert moved <= seen, day
        told += len(moved)
    assert told > 100


# -- counted anew -----------------------------------------------------------------------------------


def test_open_clocks_are_counted_anew_with_history(any_drive: Drive) -> None:
    drive = any_drive
    case = drive.open_case()
    before = clock(drive, case)
    made = edit(drive, "velmara", TOMORROW, "free", "Bridge day")
    assert made.cases == 1
    recounted(drive)
    after = clock(drive, case)
    assert due_on(after.due_at) == TOMORROW + timedelta(days=1)
    assert after.original_due_at == before.due_at
    assert any("Bridge day" in step for step in after.why)
    assert drive.one(select(Task.due_at).where(Task.id == after.task_id)).due_at == after.due_at
    entry = next(one for one in drive.history(case) if one.act == "clock.recounted")
    assert (entry.object, entry.outcome) == (f"deadline:{after.id}", "calendar_edited")
    assert "calendar.day_added" in drive.acts(INSTALLATION)


def test_who_works_on_a_task_whose_date_stays_is_not_disturbed(drive: Drive) -> None:
    case = drive.open_case()
    before = clock(drive, case)
    task = drive.any_task(before.task_id)
    edit(drive, "velmara", TODAY, "free", "The day itself does not count")
    recounted(drive)
    assert drive.any_task(task.id) == task
    assert "clock.recounted" not in drive.acts(case)


def test_taking_a_day_back_moves_what_it_moved_back(drive: Drive) -> None:
    case = drive.open_case()
    before = clock(drive, case).due_at
    edit(drive, "velmara", TOMORROW, "free", "Bridge day")
    recounted(drive)
    drive.clock.advance(timedelta(minutes=1))
    assert moves(drive, "velmara", TOMORROW, "back").earlier == 1
    edit(drive, "velmara", TOMORROW, "back")
    recounted(drive)
    assert clock(drive, case).due_at == before
    assert drive.acts(INSTALLATION)[-1] == "calendar.day_removed"


def test_a_missed_clock_stays_missed(drive: Drive) -> None:
    case = drive.open_case()
    drive.wait(timedelta(days=2))
    missed = clock(drive, case)
    assert missed.status == "breached"
    today = due_on(drive.clock.now())
    assert missed.id not in {one.deadline_id for one in moves(drive, "velmara", today, "free", "Too late").page.items}
    edit(drive, "velmara", today, "free", "Too late")
    recounted(drive)
    after = clock(drive, case)
    assert (after.status, after.due_at, after.breached_at, after.next_rung) == (
        "breached", missed.due_at, missed.breached_at, missed.next_rung)


def test_a_clock_armed_by_who_did_not_know_yet_is_counted_anew_too(drive: Drive) -> None:
    """Another process keeps the calendars for ten seconds."""
    other = Drive(drive.installation)
    other.open_case()
    edit(drive, "velmara", TOMORROW, "free", "Bridge day")
    late = other.open_case()
    assert due_on(clock(drive, late).due_at) == TOMORROW
    drain_batches(drive.system)
    recounted(drive)
    recounted(drive)
    assert due_on(clock(drive, late).due_at) == TOMORROW + timedelta(days=1)
    assert drive.one(select(Batch)).status == "done"


def test_an_edit_that_touches_no_clock_ends_once_everybody_knows_of_it(drive: Drive) -> None:
    edit(drive, "md", TOMORROW, "free", "Nobody works by it")
    drain_batches(drive.system)
    assert drive.one(select(Batch)).status == "running"
    recounted(drive)
    assert drive.one(select(Batch)).status == "done"


# -- the year ---------------------------------------------------------------------------------------


def test_a_year_shows_every_day_with_where_it_comes_from(drive: Drive) -> None:
    edit(drive, "velmara", TOMORROW, "free", "Bridge day")
    year = calendar_year(drive.system, national(drive), calendar_id="norvale")
    days = {one.day: one for one in year.days}
    laid, river, spring = days[TOMORROW], days[date(2026, 5, 22)], days[date(2026, 4, 13)]
    assert (laid.origin, laid.given_by, laid.edited_by, laid.own) == ("edited", "Velmara", "NCU 1 Invented", False)
    assert (river.origin, river.given_by, river.name) == ("yearly", "", "River Day of Norvale")
    assert (spring.origin, spring.given_by) == ("listed", "Velmara")
    assert not days[date(2026, 6, 27)].free
    assert [one.id for one in year.calendar.agencies] == ["sa_norvale"]
    assert calendar_year(drive.system, national(drive), calendar_id="velmara").days[1].own


@pytest.mark.parametrize(("calendar", "year", "error"), [
    ("norvale", 1999, NotFound), ("norvale", 2061, NotFound), ("nowhere", 2026, NotFound),
])
def test_a_year_that_is_not_known(drive: Drive, calendar: str, year: int, error: type[NrmError]) -> None:
    with pytest.raises(error):
        calendar_year(drive.system, national(drive), calendar_id=calendar, year=year)


def test_a_missed_clock_climbs_by_the_calendar_as_it_is_now(any_drive: Drive) -> None:
    """A limit that was missed stays missed then; its next rung, five working days later, follows the calendar."""
    drive = any_drive
    case_id = drive.open_case()
    drive.wait(timedelta(days=5))
    missed = clock(drive, case_id)
    assert (missed.status, due_on(missed.next_rung_at)) == ("breached", date(2026, 3, 11))
    edit(drive, "norvale", date(2026, 3, 10), "free", "Bridge day")
    recounted(drive)
    later = clock(drive, case_id)
    assert (later.due_at, due_on(later.next_rung_at)) == (missed.due_at, date(2026, 3, 12))
    edit(drive, "norvale", date(2026, 3, 10), "back", "")
    recounted(drive)
    assert due_on(clock(drive, case_id).next_rung_at) == date(2026, 3, 11)
