"""Conversions and what ``string()`` prints: expression and what it comes to (DMN 1.5, table 72)."""

from __future__ import annotations

import pytest

from tests.decisions.worked_out import agrees, evaluated

NUMBERS = [
    ('number("1 000,5", " ", ",")', "1000.5"),
    ('number("1.000.000,01", ".", ",")', "1000000.01"),
    ('number("1,000.00", ",", null)', "1000"),
    ('number("-0.5")', "-0.5"),
    ('number("1e3")', "1000"),
    ('number(from: "1,5", decimal separator: ",")', "1.5"),
    ('number("1,000,5", ",", ",")', "null"),
    ('number("1;5", ";", ".")', "null"),
    ('number("1.5,5", null, ",")', "null"),
    ('number("1_000")', "null"),
    ('number("NaN")', "null"),
    ('number("٣")', "null"),
    ('number("")', "null"),
    ("number(1)", "null"),
]

DATES = [
    ('date("2012-12-25") - date("2012-12-24")', '@"P1D"'),
    ('date(date and time("2012-12-25T11:00:00Z"))', 'date("2012-12-25")'),
    ("date(2012, 12, 25)", 'date("2012-12-25")'),
    ("date(year: 2012, month: 2, day: 29)", 'date("2012-02-29")'),
    ("string(date(-5, 1, 1))", '"-0005-01-01"'),
    ('string(date("999999999-12-31"))', '"999999999-12-31"'),
    ("date(2013, 2, 29)", "null"),
    ("date(1000000000, 1, 1)", "null"),
    ('date("2012-12-25T00:00:00")', "null"),
    ('date("12-12-25")', "null"),
    ('date("02012-12-25")', "null"),
    ('date("-0000-12-25")', "null"),
    ('date("2012-13-25")', "null"),
    ("date(5)", "null"),
    ('time("23:59:00z")', "time(23, 59, 0, duration(\"PT0H\"))"),
    ('time("24:00:00")', 'time("00:00:00")'),
    ('time("24:00:01")', "null"),
    ('time("23:59:60")', "null"),
    ('time("7:00:00")', "null"),
    ('time("13:20:00+19:00")', "null"),
    ('time("13:20:00+02:00@Europe/Paris")', "null"),
    ('time("13:20:00@Nowhere/Land")', "null"),
    ("time(12, 0, 0)", 'time("12:00:00")'),
    ("time(12, 0, 30.5, null)", 'time("12:00:30.5")'),
    ("time(24, 0, 0)", "null"),
    ('time(12, 0, 0, @"P1D")', "null"),
    ('time(date and time("2012-12-25T11:00:00Z"))', 'time("11:00:00Z")'),
    ('time(@"2012-12-25")', 'time("00:00:00Z")'),
    ('date and time(date("2012-12-24"), time("23:59:00"))', 'date and time("2012-12-24T23:59:00")'),
    ('date and time("2012-12-24")', 'date and time("2012-12-24T00:00:00")'),
    ('date and time("2012-12-31T24:00:00")', 'date and time("2013-01-01T00:00:00")'),
    ('date and time(@"2012-12-24T10:00:00@Europe/Paris", @"11:00:00")', '@"2012-12-24T11:00:00"'),
    ('date and time("2012-12-24T")', "null"),
    ('date and time("10:00:00")', "null"),
    ('date and time(null, time("23:59:00"))', "null"),
]

DURATIONS = [
    ('duration("P2Y2M")', 'duration("P26M")'),
    ('string(duration("P0DT25H"))', '"P1DT1H"'),
    ('string(duration("-PT90M"))', '"-PT1H30M"'),
    ('string(duration("PT0.999S"))', '"PT0.999S"'),
    ('string(duration("P0D"))', '"PT0S"'),
    ('string(duration("P0Y"))', '"P0M"'),
    ('string(duration("-P13M"))', '"-P1Y1M"'),
    ('duration("P1Y1D")', "null"),
    ('duration("P")', "null"),
    ('duration("P1DT")', "null"),
    ('duration("PT5.S")', "null"),
    ('duration("P1.5D")', "null"),
    ('duration("P99999999999999999999999D")', "null"),
    ("duration(5)", "null"),
    ('years and months duration(@"2011-12-22", @"2013-08-24")', '@"P1Y8M"'),
    ('years and months duration(@"2013-08-24", @"2011-12-22")', '@"-P1Y8M"'),
    ('years and months duration(from: @"2016-01-31", to: @"2016-02-29T23:59:59")', '@"P0M"'),
    ("years and months duration(1, 2)", "null"),
]

RANGES = [
    ('range("[18..21)")', "[18..21)"),
    ('range("]18 .. 21]")', "(18..21]"),
    ('range("[\\"a\\"..\\"z\\"]")', '["a".."z"]'),
    ('range("[@\\"2026-01-01\\"..date(\\"2026-02-01\\")]")', '[@"2026-01-01"..@"2026-02-01"]'),
    ('5 in range("(..5]")', "true"),
    ('6 in range("(..5]")', "false"),
    ('6 in range("(5..)")', "true"),
    ('range("[..5]")', "null"),
    ('range("(5..]")', "null"),
    ('range("(..)")', "null"),
    ('range("[5..1]")', "null"),
    ('range("[1..\\"a\\"]")', "null"),
    ('range("[1+1..5]")', "null"),
    ('range("")', "null"),
]

PRINTED = [
    ("string(1.1)", "1.1"),
    ("string(10**3)", "1000"),
    ("string(1.50)", "1.5"),
    ("string(10**-8)", "0.00000001"),
    ("string(true)", "true"),
    ('string("a \\"b\\"")', 'a "b"'),
    ('string([1, 2, "foo", [true, null]])', '[1, 2, "foo", [true, null]]'),
    ('string({a: "foo", "b c": {d: 1}})', '{a: "foo", "b c": {d: 1}}'),
    ('string({"\\"": 1})', '{"\\"": 1}'),
    ('string([@"2026-03-31"])', '[@"2026-03-31"]'),
    ('string(@"2026-03-31T10:00:00.5@Europe/Paris")', "2026-03-31T10:00:00.5@Europe/Paris"),
    ('string(time(11, 59, 45, @"-PT2H45M55S"))', "11:59:45-02:45:55"),
    ("string([1..10])", "[1..10]"),
    ("string((1..10[)", "(1..10)"),
    ("string((<=10))", "(<=10)"),
    ("string((>1))", "(>1)"),
    ("string(function(a, b) a)", "function(a, b)"),
    ("string(null)", None),
]


@pytest.mark.parametrize(("text", "result"), NUMBERS + DATES + DURATIONS + RANGES)
def test_conversion_comes_to(text: str, result: str) -> None:
    assert agrees(text, result)


@pytest.mark.parametrize(("text", "printed"), PRINTED)
def test_string_prints(text: str, printed: str | None) -> None:
    assert evaluated(text).value == printed


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('time("soon")', 'time() needs a time such as "23:59:00"'),
        ('duration("soon")', 'duration() needs a duration such as "P1DT2H" or "P1Y2M"'),
        ('number("soon")', 'number() needs a text such as "1000.5"'),
        ("upper case(1)", "upper case() needs a text as string"),
        ("sublist([1], 1, true)", "sublist() needs a whole number as length"),
    ],
)
def test_what_a_function_needs_is_said_without_values(text: str, note: str) -> None:
    came = evaluated(text)
    assert (came.value, came.notes) == (None, (note,))
