"""The board on both databases: lists by keyset, counts, the month, the trend; each within its reader's reach."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from nrm.queries import deadline_counts
from nrm.queries.breach_trend import breach_trend
from nrm.queries.buckets import midnights
from nrm.queries.case_clocks import case_clocks
from nrm.queries.clock_requests import waiting_requests
from nrm.queries.deadline_counts import clock_counts
from nrm.queries.deadlines_board import AGES, BoardFilter, deadlines_board
from nrm.queries.deadlines_month import deadlines_month
from nrm.records.tables.deadline import ClockRequest, Deadline, Pause
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from tests.support.driving import START, Drive

ZONE = ZoneInfo("Europe/Chisinau")
DISTRICTS = ("norvale", "midmar")


@pytest.fixture
def country(any_drive: Drive) -> Drive:
    """Three cases in Norvale and one in Midmar, nine days on, and nobody has done anything."""
    for number in range(3):
        any_drive.clock.move_to(START + timedelta(hours=number))
        any_drive.open_case()
    any_drive.open_case(district="midmar")
    any_drive.wait(timedelta(days=9))
    return any_drive


def coordinator(drive: Drive, district: str = "norvale") -> Actor:
    return drive.person("COORD", f"sa_{district}")


def walked(drive: Drive, actor: Actor, wanted: BoardFilter, size: int) -> list[str]:
    """The ids of every page of a board."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = deadlines_board(drive.system, actor, wanted=wanted, after=after, limit=size)
        found += [line.id for line in page.items]
        after = page.after
        if after is None:
            return found


@pytest.mark.parametrize("state", ["overdue", "all"])
def test_pages_hold_every_clock_once_the_one_due_first_on_top(country: Drive, state: str) -> None:
    actor = country.person("NCU")
    whole = walked(country, actor, BoardFilter(state=state), 100)
    assert walked(country, actor, BoardFilter(state=state), 2) == whole
    assert len(set(whole)) == len(whole) > 5
    rows = {row.id: row.due_at for row in country.rows(select(Deadline.id, Deadline.due_at))}
    assert [rows[one] for one in whole] == sorted(rows[one] for one in whole)


@pytest.mark.parametrize("wanted", [
    BoardFilter(), BoardFilter(state="all", district="norvale"), BoardFilter(agency="sa_norvale"),
    BoardFilter(time_limit="T_team"), BoardFilter(age="week"), BoardFilter(state="all", rung=0),
    BoardFilter(state="all", begin=START, until=START + timedelta(days=3)),
], ids=str)
def test_every_filter_is_a_part_of_the_whole(country: Drive, wanted: BoardFilter) -> None:
    actor, now = country.person("NCU"), country.clock.now()
    lines = deadlines_board(country.system, actor, wanted=wanted, limit=100).items
    whole = deadlines_board(country.system, actor, wanted=BoardFilter(state="all"), limit=100).items
    fits = [
        line for line in whole if line.due_at is not None
        and (wanted.state == "all" or line.is_overdue)
        and wanted.agency in (None, line.agency_id) and wanted.district in (None, line.district)
        and wanted.time_limit in (None, line.limit_key) and wanted.rung in (None, line.rung)
        and (wanted.age is None or line.due_at < now - AGES[wanted.age])
        and (wanted.begin is None or line.due_at >= wanted.begin)
        and (wanted.until is None or line.due_at < wanted.until)
    ]
    assert [line.id for line in lines] == [line.id for line in fits]


def test_a_coordinator_sees_the_clocks_of_their_own_district_only(country: Drive) -> None:
    for district in DISTRICTS:
        lines = deadlines_board(
            country.system, coordinator(country, district), wanted=BoardFilter(state="all"), limit=100,
        ).items
        assert {line.district for line in lines} == {district}
        assert all(line.opens for line in lines)


def test_an_unknown_state_is_refused_and_so_is_who_does_not_watch(country: Drive) -> None:
    with pytest.raises(InvalidInput):
        BoardFilter(state="nonsense")
    for ask in (
        lambda who: deadlines_board(country.system, who, wanted=BoardFilter()),
        lambda who: clock_counts(country.system, who), lambda who: waiting_requests(country.system, who),
        lambda who: breach_trend(country.system, who, zone=ZONE),
        lambda who: deadlines_month(country.system, who, month=date(2026, 3, 1), zone=ZONE),
    ):
        with pytest.raises(NotAllowed):
            ask(country.person("CM"))


def test_counts_are_those_of_the_lists(country: Drive) -> None:
    for actor in (country.person("NCU"), coordinator(country)):
        counts = clock_counts(country.system, actor)
        overdue = deadlines_board(country.system, actor, wanted=BoardFilter(), limit=100).items
        soon = deadlines_board(country.system, actor, wanted=BoardFilter(state="soon"), limit=100).items
        assert (counts.overdue, counts.soon, counts.complete) == (len(overdue), len(soon), True)
        for table, field in ((counts.by_agency, "agency_id"), (counts.by_limit, "limit_key")):
            assert sum(one.overdue for one in table) == len(overdue)
            for one in table:
                mine = [line for line in overdue if getattr(line, field) == one.key]
                assert one.overdue == len(mine)
                assert dict(one.by_rung) == {no: sum(line.rung == no for line in mine) for no in {
                    line.rung for line in mine}}
        assert sum(number for _, number in counts.by_age) == len(overdue)


def test_counting_ends_somewhere_and_says_so(country: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline_counts, "MOST", 3)
    counts = clock_counts(country.system, country.person("NCU"))
    assert not counts.complete
    assert counts.overdue + counts.soon == 4


def test_the_month_and_its_days_agree_with_the_board(country: Drive) -> None:
    actor = country.person("NCU")
    days = deadlines_month(country.system, actor, month=date(2026, 3, 17), zone=ZONE)
    assert [day.day for day in days] == [date(2026, 3, number) for number in range(1, 32)]
    begin, until = midnights(date(2026, 3, 1), 2, ZONE, step=31)
    lines = deadlines_board(
        country.system, actor, wanted=BoardFilter(state="all", begin=begin, until=until), limit=100,
    ).items
    for day in days:
        mine = [line for line in lines if line.due_at is not None and line.due_at.astimezone(ZONE).date() == day.day]
        assert (day.count, day.overdue) == (len(mine), sum(line.is_overdue for line in mine))
    assert sum(day.count for day in days) > 0


@pytest.mark.parametrize(("month", "hours"), [(date(2026, 3, 1), 23), (date(2026, 10, 1), 25)])
def test_a_day_on_which_the_clocks_are_changed_is_one_day(month: date, hours: int) -> None:
    bounds = midnights(month, 32, ZONE)
    assert {(after - before) // timedelta(hours=1) for before, after in pairwise(bounds)} == {
        24, hours}


def test_a_miss_stays_in_its_week_whatever_came_after(country: Drive) -> None:
    actor = country.person("NCU")
    missed = country.rows(select(Deadline.breached_at).where(Deadline.breached_at.is_not(None)))
    trend = breach_trend(country.system, actor, zone=ZONE)
    assert trend.total == len(missed) == sum(week.count for week in trend.weeks)
    assert trend.weeks[-1].monday == date(2026, 3, 9)
    country.clock.advance(timedelta(weeks=3))
    with country.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).values(status="met"))
    later = breach_trend(country.system, actor, zone=ZONE)
    assert [week.count for week in later.weeks[:-3]] == [week.count for week in trend.weeks[3:]]
    only = breach_trend(country.system, actor, zone=ZONE, agency="sa_midmar", time_limit="T_team")
    assert only.total == 1
    assert breach_trend(country.system, coordinator(country, "midmar"), zone=ZONE).total < trend.total


def test_what_stands_still_is_listed_by_how_long_and_what_is_asked_by_who_asked_first(country: Drive) -> None:
    clocks = country.rows(
        select(Deadline.id, Deadline.case_id).where(Deadline.limit_key == "T_team")
        .order_by(Deadline.agency_id.desc(), Deadline.armed_at, Deadline.id)
    )
    with country.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.limit_key == "T_team").values(status="paused", due_at=None))
        unit.conn.execute(insert(Pause), [
            {"id": f"p{number}", "deadline_id": clock.id, "ground": "court", "to_at": None, "ended_by": None,
             "from_at": START + timedelta(minutes=number), "by_id": "sup-sa_norvale-1"}
            for number, clock in enumerate(clocks)
        ])
        unit.conn.execute(insert(ClockRequest), [
            {"id": f"r{number}", "deadline_id": clock.id, "case_id": clock.case_id, "kind": "waive",
             "ground": "does_not_apply", "status": "asked", "asked_by": "sup-sa_norvale-1",
             "asked_at": START + timedelta(minutes=number)}
            for number, clock in enumerate(clocks)
        ])
    actor = country.person("NCU")
    assert walked(country, actor, BoardFilter(state="paused"), 1) == [clock.id for clock in clocks]
    lines = deadlines_board(country.system, actor, wanted=BoardFilter(state="paused")).items
    assert {(line.status, line.due_at, line.ground) for line in lines} == {("paused", None, "court")}
    assert [one.deadline_id for one in waiting_requests(country.system, actor)] == [clock.id for clock in clocks]
    assert {one.case_code for one in waiting_requests(country.system, coordinator(country, "midmar"))} == {
        country.case(clocks[-1].case_id).code}


def test_the_clocks_of_a_case_say_what_is_left_and_what_comes(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    any_drive.clock.move_to(datetime(2026, 3, 3, 14, 0, tzinfo=UTC))
    with any_drive.system.database.reader(SYSTEM) as unit:
        clocks = {one.limit_key: one for one in case_clocks(any_drive.system, unit, case_id)}
    team = clocks["T_team"]
    assert (team.left, team.budget, team.status, team.default) == (1, 1, "running", True)
    assert [rung.no for rung in team.rungs] == [1, 2, 3, 4, 5]
    assert all(rung.told_at is None and rung.due_at is not None for rung in team.rungs)
    assert clocks["T01"].is_late
