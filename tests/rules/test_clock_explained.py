"""*Why this date* agrees with the date: the last sentence names it, and the days told add up to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from nrm.rules.limits import Due, TimeLimit, Unit, reckon
from nrm.rules.why import Step
from tests.rules.drawn_clocks import DAY_UNITS, Clock, calendars, clocks, full_size, starts
from tests.rules.slow_clock import is_free, local_day, moment_of, stands_still

DAY = timedelta(days=1)
FREE = ("weekend", "weekend_day", "holiday", "free_many")


def explain(clock: Clock) -> Due:
    """The due date of a clock with its steps."""
    return reckon(clock.limit, clock.start, clock.calendar, budget=clock.budget, stands=clock.stands)


def told(due: Due, *keys: str) -> list[Step]:
    """The steps of a due date that have one of the keys."""
    return [step for step in due.explained if step.key in keys]


def on(step: Step, name: str) -> date:
    """A day that a step names."""
    return date.fromisoformat(str(step.params[name])[:10])


def days_told(step: Step) -> int:
    """How many days a step says do not count."""
    if step.key == "free_many":
        return int(step.params["count"])
    return (on(step, "last_on") - on(step, "first_on")).days + 1 if step.key == "weekend" else 1


@full_size
@given(clocks())
def test_the_last_sentence_is_the_result(clock: Clock) -> None:
    due = explain(clock)
    last = due.explained[-1]
    if due.at is None:
        whole = -(-clock.budget // (1 if clock.limit.unit in DAY_UNITS else 3600))
        assert last.key == "stands_still"
        assert 0 <= int(last.params["left"]) <= whole
    else:
        local = clock.calendar.local(due.at)
        assert (last.key, last.params) == ("due", {"due_at": f"{local:%Y-%m-%dT%H:%M}"})
    assert told(due, "due", "stands_still") == [last]


@full_size
@given(clocks(DAY_UNITS))
def test_the_last_day_told_is_the_day_it_is_due(clock: Clock) -> None:
    due = explain(clock)
    assume(due.at is not None)
    assert due.at is not None
    day = local_day(clock.calendar, due.at)
    moved = told(due, "rolled")
    if moved:
        assert on(moved[0], "moved_on") == day
        assert is_free(clock.calendar, on(moved[0], "last_on"))
    last_day = told(due, "working_days", "calendar_days")[0]
    assert on(last_day, "last_on") == (on(moved[0], "last_on") if moved else day)
    assert last_day.params["count"] == clock.budget


@full_size
@given(clocks(DAY_UNITS))
def test_days_counted_free_and_stood_add_up_to_the_calendar(clock: Clock) -> None:
    due = explain(clock)
    assume(due.at is not None and clock.budget)
    first = local_day(clock.calendar, clock.start)
    first_day_told = bool(told(due, "first_day_counts"))
    begin = first if first_day_told else first + DAY
    last = on(told(due, "working_days", "calendar_days")[0], "last_on")
    spanned = [begin + n * DAY for n in range((last - begin).days + 1)]
    stood = sum(
        stands_still(clock.stands, moment_of(clock.limit, clock.start, clock.calendar, day)) for day in spanned
        if clock.limit.unit is Unit.CALENDAR_DAYS or not is_free(clock.calendar, day)
    )
    free = sum(days_told(step) for step in told(due, *FREE))
    assert len(spanned) == clock.budget + free + stood


@full_size
@given(clocks())
def test_every_pause_on_the_way_is_told_once(clock: Clock) -> None:
    """Touching pauses of one ground may be told as one; a day that stood still lies in one that is told."""
    due = explain(clock)
    assume(due.at is not None and not clock.limit.safety)
    assert due.at is not None
    spans = [(str(step.params["from_at"]), str(step.params["to_at"])) for step in told(due, "stood")]
    assert spans == sorted(spans)
    for stand in clock.stands:
        assert stand.to_at is not None or stand.from_at >= due.at
        if stand.to_at is None or stand.from_at == stand.to_at or stand.from_at > due.at:
            continue
        begin, end = (f"{clock.calendar.local(at):%Y-%m-%dT%H:%M}" for at in (stand.from_at, stand.to_at))
        if begin < end:  # else the clocks went back while it stood: local times do not tell the order
            assert any(low <= begin < high for low, high in spans)
            assert any(low < end <= high for low, high in spans)


# -- counted back -----------------------------------------------------------------------------------


@given(st.data(), starts(), st.integers(0, 30), st.sampled_from(DAY_UNITS), st.booleans())
def test_what_is_counted_back_leaves_so_many_days_between(
    data: st.DataObject, start: datetime, days: int, unit: Unit, end_of_day: bool,
) -> None:
    calendar = data.draw(calendars(start))
    limit = TimeLimit("T", "Told", days, unit, "drawn", end_of_day, starts="arrival_on", before=True)
    due = reckon(limit, start, calendar)
    assert due.at is not None
    day, arrival = local_day(calendar, due.at), local_day(calendar, start)
    between = [day + n * DAY for n in range((arrival - day).days)]
    assert sum(unit is Unit.CALENDAR_DAYS or not is_free(calendar, one) for one in between) == days
    assert not days or unit is Unit.CALENDAR_DAYS or not is_free(calendar, day)
    assert on(due.explained[-1], "due_at") == day
