"""What is due of a ladder: each rung once and in order, the next one known, one message for each person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.calendars import Calendar
from nrm.rules.climbing import act_of, climb, messages
from nrm.rules.ladders import Channel, Effect, Ladder, Rung, When, rung_times
from nrm.rules.limits import Unit

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = START + timedelta(days=4)
LADDER = Ladder("x", "X", (
    Rung(1, When.HALF, ("assignee",), channel=(Channel.NOTICE,)),
    Rung(2, When.BEFORE, ("assignee",), 1, Unit.CALENDAR_DAYS),
    Rung(3, When.BREACH, ("assignee", "supervisor"), effect=Effect.REASON),
    Rung(4, When.BREACH, ("role:COORD",), effect=Effect.ESCALATE),
    Rung(5, When.AFTER, ("role:NCU",), 24, Unit.HOURS),
))
TIMES = rung_times(START, DUE, LADDER, None)


def test_the_times_of_the_rungs() -> None:
    assert [at - START for _, at in TIMES] == [timedelta(days=days) for days in (2, 3, 4, 4, 5)]


@pytest.mark.parametrize(("hours", "first", "told", "due", "then"), [
    (47, 1, (), (), 1),
    (48, 1, (), (1,), 2),
    (48, 2, (1,), (), 2),
    (96, 3, (1, 2), (3, 4), 5),
    (96, 1, (), (1, 2, 3, 4), 5),
    (99, 1, (1, 2), (3, 4), 5),
    (999, 1, (), (1, 2, 3, 4, 5), None),
    (999, 5, (1, 2, 3, 4), (5,), None),
    (60, 2, (1, 2), (), 3),
], ids=str)
def test_what_is_due_and_what_comes_next(
    hours: int, first: int, told: tuple[int, ...], due: tuple[int, ...], then: int | None
) -> None:
    plan = climb(LADDER, TIMES, first=first, told=told, now=START + timedelta(hours=hours))
    assert tuple(one.rung.no for one in plan.due) == due
    assert [one.at for one in plan.due] == [at for no, at in TIMES if no in due]
    assert plan.next == (None if then is None else (then, dict(TIMES)[then]))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=12))
def test_however_often_and_when_it_is_looked_each_rung_comes_once_and_in_order(hours: list[int]) -> None:
    told: list[int] = []
    for hour in hours:  # the clock may jump back
        told += [one.rung.no for one in climb(
            LADDER, TIMES, first=1, told=told, now=START + timedelta(hours=hour)
        ).due]
    assert told == sorted(set(told))
    assert told == [no for no, at in TIMES if at <= START + timedelta(hours=max(hours))]


def test_the_history_calls_the_first_rung_at_the_breach_the_breach() -> None:
    assert [act_of(LADDER, rung) for rung in LADDER.rungs] == [
        "reminder.sent", "reminder.sent", "limit.missed", "escalated", "escalated",
    ]


def test_after_an_outage_each_person_hears_once_of_the_highest_rung() -> None:
    heard = messages([
        (LADDER.rung(1), ["ana"]), (LADDER.rung(2), ["ana"]), (LADDER.rung(3), ["ana", "ben"]),
        (LADDER.rung(4), ["cy"]),
    ])
    assert [(one.user_id, one.rung.no, one.rungs, one.by_mail) for one in heard] == [
        ("ana", 3, 3, True), ("ben", 3, 1, True), ("cy", 4, 1, True),
    ]
    (half,) = messages([(LADDER.rung(1), ["ana"])])
    assert not half.by_mail


WORKING = [
    ("the day before, in working days, jumps the weekend", When.BEFORE, 1, datetime(2026, 3, 6, 15, tzinfo=UTC)),
    ("three working days after", When.AFTER, 3, datetime(2026, 3, 12, 15, tzinfo=UTC)),
]


@pytest.mark.parametrize(("when", "days", "expected"), [row[1:] for row in WORKING], ids=[row[0] for row in WORKING])
def test_rungs_in_working_days(when: When, days: int, expected: datetime) -> None:
    ladder = Ladder("y", "Y", (Rung(1, when, ("role:CM",), days, Unit.WORKING_DAYS),))
    due = datetime(2026, 3, 9, 15, tzinfo=UTC)  # a Monday
    assert rung_times(START, due, ladder, Calendar("x", "UTC")) == ((1, expected),)


def test_a_rung_before_a_short_limit_never_comes_before_its_start() -> None:
    assert rung_times(START, START + timedelta(hours=2), LADDER, None)[1] == (2, START + timedelta(hours=1))
