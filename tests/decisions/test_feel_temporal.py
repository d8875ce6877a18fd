"""Dates, times and durations: arithmetic, comparison, properties, zones (DMN 1.5, 10.3.2.3 and tables 53 to 66)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.decisions.feel import parse_expression
from nrm.decisions.feel.temporal import date_of_number
from nrm.decisions.feel.values import accepted, feel_text, literal_from, released
from tests.decisions.worked_out import agrees, evaluated, worked_out

ARITHMETIC = [
    ('@"2026-03-31" - @"2026-03-01"', '@"P30D"'),
    ('@"2026-03-31" + @"P1M"', '@"2026-04-30"'),
    ('@"2024-02-29" - @"P1Y"', '@"2023-02-28"'),
    ('@"2026-01-15" - @"P2M"', '@"2025-11-15"'),
    ('@"P1M" + @"2026-03-31"', '@"2026-04-30"'),
    ('@"2026-03-31" + @"PT36H"', '@"2026-04-01"'),
    ('@"2026-03-31" - @"PT1S"', '@"2026-03-30"'),
    ('@"999999999-12-31" + @"P1D"', "null"),
    ('@"2026-03-31" + @"2026-03-31"', "null"),
    ('@"P1D" - @"2026-03-31"', "null"),
    ('@"2026-03-31T10:00:00" + @"PT15H"', '@"2026-04-01T01:00:00"'),
    ('@"2026-03-31T10:00:00Z" - @"P1M"', '@"2026-02-28T10:00:00Z"'),
    ('@"2026-03-31T10:00:00Z" - @"2026-03-31T10:00:00+02:00"', '@"PT2H"'),
    ('@"2026-03-31T10:00:00Z" - @"2026-03-31"', '@"PT10H"'),
    ('@"2026-03-31T10:00:00" - @"2026-03-31"', "null"),
    ('@"2026-03-31T10:00:00Z" - @"2026-03-31T10:00:00"', "null"),
    ('@"10:00:00" + @"PT15H"', '@"01:00:00"'),
    ('@"10:00:00+02:00" - @"PT11H"', '@"23:00:00+02:00"'),
    ('@"10:00:00" - @"08:30:00"', '@"PT1H30M"'),
    ('@"10:00:00Z" - @"10:00:00+02:00"', '@"PT2H"'),
    ('@"10:00:00Z" - @"10:00:00"', "null"),
    ('@"10:00:00" + @"P1M"', "null"),
    ('@"P1D" + @"PT12H"', '@"P1DT12H"'),
    ('@"P1Y" - @"P13M"', '@"-P1M"'),
    ('@"P1Y" + @"P1D"', "null"),
    ('@"P1D" * 1.5', '@"PT36H"'),
    ('2 * @"P1Y"', '@"P2Y"'),
    ('@"P1Y" * 1.55', '@"P1Y6M"'),
    ('@"P1D" / 2', '@"PT12H"'),
    ('@"P1Y" / 5', '@"P2M"'),
    ('@"P1D" / @"PT6H"', "4"),
    ('@"P1Y" / @"P8M"', "1.5"),
    ('@"P1D" / 0', "null"),
    ('@"P1D" / @"PT0S"', "null"),
    ('@"P1D" / @"P1M"', "null"),
    ('1 / @"P1D"', "null"),
    ('@"P1D" * 10**6000', "null"),
    ('@"P1D" * 10**-6000', '@"PT0S"'),
    ('@"P1D" * @"P1D"', "null"),
    ('@"P1D" ** 2', "null"),
    ('-@"P1DT1H"', '@"-P1DT1H"'),
]

DAYLIGHT = [
    # Paris puts its clocks on at 2026-03-29T02:00 and back at 2026-10-25T03:00
    ('@"2026-03-28T12:00:00@Europe/Paris" + @"PT24H"', '@"2026-03-29T13:00:00@Europe/Paris"'),
    ('@"2026-10-25T12:00:00@Europe/Paris" - @"2026-10-24T12:00:00@Europe/Paris"', '@"PT25H"'),
    ('@"2026-07-01T12:00:00@Europe/Paris" = @"2026-07-01T10:00:00Z"', "true"),
    ('@"2026-01-01T12:00:00@Europe/Paris" = @"2026-01-01T11:00:00Z"', "true"),
    ('@"2026-07-01T12:00:00@Europe/Paris".time offset', '@"PT2H"'),
    ('@"12026-07-01T12:00:00@Europe/Paris".time offset', '@"PT2H"'),
    ('@"-2026-07-01T12:00:00@Europe/Paris".time offset', '@"PT9M21S"'),
    ('@"2026-03-28T12:00:00@Europe/Paris" + @"P1M"', '@"2026-04-28T12:00:00@Europe/Paris"'),
]

COMPARISON = [
    ('@"10:00:00Z" = @"12:00:00+02:00"', "true"),
    ('@"10:00:00" = @"10:00:00Z"', "true"),
    ('@"10:00:00Z" < @"11:00:00+02:00"', "false"),
    ('@"2026-03-31T10:00:00Z" = @"2026-03-31T12:00:00+02:00"', "true"),
    ('@"2026-03-31T10:00:00" < @"2026-03-31T11:00:00+02:00"', "true"),
    ('@"2026-07-01T10:00:00" = @"2026-07-01T10:00:00@Europe/Paris"', "true"),
    ('@"-0001-01-01" < @"0001-01-01"', "true"),
    ('@"P1Y" = @"P12M"', "true"),
    ('@"P1D" = @"PT24H"', "true"),
    ('@"P1Y" = @"P365D"', "null"),
    ('@"2026-03-31" = @"2026-03-31T00:00:00"', "null"),
    ('@"2026-03-31" < @"2026-03-31T10:00:00"', "null"),
    ('@"PT61M" > @"PT1H"', "true"),
    ('is(@"10:00:00Z", @"10:00:00")', "false"),
    ('is(@"10:00:00Z", @"10:00:00+00:00")', "true"),
    ('is(@"2026-03-31T10:00:00Z", @"2026-03-31T12:00:00+02:00")', "false"),
    ('is(@"2026-03-31", @"10:00:00")', "false"),
    ("is(value1: 1, value2: 1.0)", "true"),
    ("is(null, null)", "true"),
    ("is([1], [true])", "false"),
]

PROPERTIES = [
    ('@"2026-03-31".year', "2026"),
    ('@"2026-03-31".weekday', "2"),
    ('@"2026-03-31".hour', "null"),
    ('@"2026-03-31T10:20:30.5Z".second', "30.5"),
    ('@"2026-03-31T10:20:30Z".month', "3"),
    ('@"10:20:30+05:00".time offset', '@"PT5H"'),
    ('@"10:20:30".time offset', "null"),
    ('@"10:20:30@Etc/UTC".timezone', '"Etc/UTC"'),
    ('@"2026-03-31T10:20:30Z".timezone', "null"),
    ('@"P1DT2H3M4.5S".days', "1"),
    ('@"P1DT2H3M4.5S".hours', "2"),
    ('@"-P1DT2H3M4.5S".minutes', "-3"),
    ('@"P1DT2H3M4.5S".seconds', "4.5"),
    ('@"P1DT2H".years', "null"),
    ('@"P26M".years', "2"),
    ('@"-P26M".months', "-2"),
    ("[1..10).end", "10"),
    ("[1..10).end included", "false"),
    ("(>= 10).start included", "true"),
    ("(>= 10).end", "null"),
    ('day of year(@"2019-09-17")', "260"),
    ('day of year(date: @"2020-12-31T10:00:00")', "366"),
    ('day of week(@"2019-09-17")', '"Tuesday"'),
    ('month of year(@"2019-09-17")', '"September"'),
    ('week of year(@"2003-12-29")', "1"),
    ('week of year(@"2005-01-01")', "53"),
    ('week of year(@"2005-01-09")', "1"),
    ('day of week("2019-09-17")', "null"),
]


@pytest.mark.parametrize(("text", "result"), ARITHMETIC + DAYLIGHT + COMPARISON + PROPERTIES)
def test_temporal_expression_comes_to(text: str, result: str) -> None:
    assert agrees(text, result)


def test_the_moment_is_an_argument() -> None:
    moment = datetime(2026, 3, 31, 10, tzinfo=UTC)
    assert parse_expression("now()").evaluate({}, moment=moment).value == moment
    assert parse_expression("today()").evaluate({}, moment=moment).value == date(2026, 3, 31)


def test_without_a_moment_now_is_null_with_a_note() -> None:
    came = evaluated("today()")
    assert (came.value, came.notes) == (None, ("now() and today() have no meaning here: no moment was given",))


CROSSING = [
    (date(2026, 3, 31), "2026-03-31"),
    (time(10, 20, 30, 500), "10:20:30.0005"),
    (time(10, tzinfo=timezone(timedelta(hours=-5))), "10:00:00-05:00"),
    (datetime(2026, 3, 31, 10, tzinfo=UTC), "2026-03-31T10:00:00Z"),
    (datetime(2026, 3, 31, 10, tzinfo=ZoneInfo("Europe/Paris")), "2026-03-31T10:00:00@Europe/Paris"),
    (datetime(2026, 3, 31, 10), "2026-03-31T10:00:00"),  # noqa: DTZ001 - a local one is meant
    (timedelta(days=1, microseconds=5), "P1DT0.000005S"),
    ({"a": [1, {"b": None}]}, "{a: [1, {b: null}]}"),
]


@pytest.mark.parametrize(("python", "text"), CROSSING)
def test_a_python_value_crosses_the_border_and_returns(python: object, text: str) -> None:
    value, good = accepted(python, 10)
    assert (good, feel_text(value), released(value)) == (True, text, python)


@pytest.mark.parametrize("text", ["P1Y2M", "12026-03-31", "-0005-01-01", "10:00:00.123456789", "P300000000000D"])
def test_what_python_cannot_hold_is_released_as_text(text: str) -> None:
    assert worked_out(f'@"{text}"') == text


@pytest.mark.parametrize("odd", [{1: 2}, {"a": object()}, object(), b"x", [[1] * 11], float("inf"), 1j])
def test_what_feel_has_not_is_refused_at_the_border(odd: object) -> None:
    assert accepted(odd, 10)[1] is False


MOMENTS = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-9, minutes=-30))]))
SPANS = st.timedeltas(timedelta(days=-10**6), timedelta(days=10**6))


@given(MOMENTS, SPANS)
def test_adding_a_duration_agrees_with_python(moment: datetime, span: timedelta) -> None:
    came = parse_expression("moment + span").evaluate({"moment": moment, "span": span}).value
    try:
        wanted = moment + span
    except OverflowError:
        assert isinstance(came, str)  # beyond Python's years, within FEEL's
        return
    assert came == wanted
    assert parse_expression("a - b").evaluate({"a": wanted, "b": moment}).value == span


@given(st.dates(), st.dates())
def test_dates_agree_with_python(first: date, second: date) -> None:
    context = {"a": first, "b": second}
    assert parse_expression("a - b").evaluate(context).value == first - second
    assert parse_expression("a < b").evaluate(context).value is (first < second)
    assert parse_expression("a.weekday").evaluate(context).value == first.isoweekday()
    assert parse_expression("day of year(a)").evaluate(context).value == first.timetuple().tm_yday
    if 1 < first.year < 9999:
        assert parse_expression("week of year(a)").evaluate(context).value == first.isocalendar().week


@given(st.one_of(MOMENTS, SPANS, st.dates(), st.times()))
def test_a_temporal_value_is_read_again_from_its_text(python: object) -> None:
    value, _ = accepted(python, 0)
    assert literal_from(feel_text(value)) == value


@given(st.integers(-(10**12), 10**12), st.integers(1, 100))
def test_months_scale_back(months: int, by: int) -> None:
    duration = f'@"{"-" if months < 0 else ""}P{abs(months)}M"'
    assert worked_out(f"({duration} * {by}) / {by} = {duration}") is True


@given(st.integers(-365_000_000_000, 365_000_000_000))
def test_every_day_has_its_number(number: int) -> None:
    date = date_of_number(number)
    assert date is not None
    assert date.number == number
