"""The pages of clocks: filters, what stands still, what waits for a second person, the month, the trend, the export."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, true, update

from nrm.commands.sweep import sweep
from nrm.records.grants import TASK
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import ClockRequest, Deadline, Pause
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import Installation

TEAM = "T_team"


@pytest.fixture
def code(installation: Installation) -> str:
    """The code of a case of Norvale, nine days after it was opened; nobody has done anything."""
    opened = installation.open_case("ana", "norvale")
    installation.clock.advance(timedelta(days=9))
    sweep(installation.system, limit=100)
    return opened.code


def clock_of(installation: Installation, limit: str = TEAM) -> str:
    with installation.system.database.reader() as unit:
        return str(unit.conn.execute(select(Deadline.id).where(Deadline.limit_key == limit)).scalar_one())


def stand_still(installation: Installation, clock: str) -> None:
    """The clock stands still since now, as pausing it leaves it."""
    with installation.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.id == clock).values(status="paused", due_at=None))
        unit.conn.execute(insert(Pause), [{
            "id": "pause-1", "deadline_id": clock, "ground": "foreign_reply", "from_at": unit.now, "to_at": None,
            "by_id": "u-cora", "ended_by": None,
        }])


@pytest.mark.parametrize(("query", "found"), [
    ("state=overdue", True), ("state=overdue&agency=sa_norvale", True), ("state=overdue&agency=police", False),
    ("state=overdue&district=norvale", True), ("state=overdue&district=midmar", False),
    ("state=overdue&time_limit=T_team", True), ("state=overdue&time_limit=T10", False),
    ("state=overdue&age=week", True), ("state=overdue&age=month", False), ("state=later", False),
    ("state=paused", False), ("state=overdue&age=forever", True), ("state=all&rung=0&time_limit=T_team", False),
])
def test_the_board_shows_what_the_address_asks_for(
    installation: Installation, code: str, query: str, found: bool
) -> None:
    text = installation.browser("cora").get(f"/deadlines?{query}").get_data(as_text=True)
    assert (f'/cases/{code}/clocks' in text) is found


@pytest.mark.parametrize(("query", "here"), [
    ("", "Overdue"), ("?state=paused", "Stands still"), ("?state=odd", "Overdue"),
])
def test_the_tab_says_where_one_is(installation: Installation, query: str, here: str) -> None:
    text = installation.browser("cora").get(f"/deadlines{query}").get_data(as_text=True)
    tabs = text.split('class="nrm-tabs"')[1].split("</nav>")[0]
    assert tabs.count("aria-current") == 1
    assert here in tabs.split('aria-current="page">')[1].split("</a>")[0]


@pytest.mark.usefixtures("code")
def test_what_stands_still_is_shown_with_its_ground(installation: Installation) -> None:
    stand_still(installation, clock_of(installation))
    text = installation.browser("cora").get("/deadlines?state=paused").get_data(as_text=True)
    assert "A reply from abroad is awaited" in text
    assert "T_team" in text
    month = installation.browser("cora").get("/deadlines/calendar?day=2026-03-03").get_data(as_text=True)
    assert "T_team" not in month.split("Due on 3 Mar")[1].split("</section>")[0]


def test_a_change_that_waits_for_a_second_person_stands_on_top(installation: Installation, code: str) -> None:
    with installation.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(ClockRequest), [{
            "id": "asked-1", "case_id": unit.conn.execute(select(Case.id)).scalar_one(),
            "deadline_id": clock_of_now(unit), "kind": "extend", "ground": "court_order", "units": 3, "start_at": None,
            "status": "asked", "asked_by": "u-sol", "asked_at": unit.now,
        }])
    text = installation.browser("cora").get("/deadlines").get_data(as_text=True)
    section = text.split('id="waiting"')[1].split("</section>")[0]
    assert all(words in section for words in ("More time", "3 working days", "Sol Invented", code))


def clock_of_now(unit: object) -> str:
    """The clock of the team task, in an open unit."""
    found = unit.conn.execute(select(Deadline.id).where(Deadline.limit_key == TEAM))  # type: ignore[attr-defined]
    return str(found.scalar_one())


def test_the_month_counts_each_day_and_lists_one(installation: Installation, code: str) -> None:
    browser = installation.browser("cora")
    text = browser.get("/deadlines/calendar?month=2026-03").get_data(as_text=True)
    assert "March 2026" in text
    assert re.search(r"<td[^>]*data-tone=.late.[^>]*><a href=./deadlines/calendar\?day=2026-03-03#day.", text)
    day = browser.get("/deadlines/calendar?day=2026-03-03").get_data(as_text=True)
    assert "Due on 3 Mar 2026" in day
    assert code in day
    assert code not in browser.get("/deadlines/calendar?day=2026-03-03&district=midmar").get_data(as_text=True)
    assert code not in browser.get("/deadlines/calendar?day=2026-03-01").get_data(as_text=True)


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "day=2026-02-30", "day=0001-01-01", "month=9999-12"])
def test_a_month_that_is_none_is_this_one(installation: Installation, query: str) -> None:
    answer = installation.browser("cora").get(f"/deadlines/calendar?{query}")
    assert answer.status_code == 200
    assert "March 2026" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("code")
def test_the_trend_says_the_same_as_a_picture_and_as_a_table(installation: Installation) -> None:
    text = installation.browser("cora").get("/deadlines/trend").get_data(as_text=True)
    table = text.split("The same as a table")[1].split("</table>")[0]
    counts = [int(number) for number in re.findall(r'data-label="Missed">(\d+)<', table)]
    assert len(counts) == 26
    assert sum(counts) == counts[-2] + counts[-1] > 0
    assert [int(number) for number in re.findall(r"<title>[^<]*: (\d+)</title>", text)] == counts
    assert "No time limit was missed" in installation.browser("cora").get("/deadlines/trend?agency=police").text


def test_the_export_holds_what_is_shown_and_is_an_entry(installation: Installation, code: str) -> None:
    with installation.system.database.unit(SYSTEM) as unit:
        TASK.change(unit, true(), title="=HYPERLINK(1)")
    browser = installation.browser("cora")
    browser.get("/deadlines")
    answer = browser.post("/deadlines/export?state=overdue&agency=sa_norvale")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="table.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert {row["case"] for row in rows} == {code}
    assert {row["task"] for row in rows} == {"'=HYPERLINK(1)"}
    assert all(row["overdue"] == "yes" for row in rows)
    assert "Invented" not in answer.get_data(as_text=True)
    with installation.system.database.reader() as unit:
        acts = unit.conn.execute(select(History.act).where(History.chain == INSTALLATION).order_by(History.seq))
        assert list(acts.scalars())[-1] == "deadlines.exported"


class TestProofOfTime:
    def test_each_line_names_its_entry_and_its_digest(self, installation: Installation, code: str) -> None:
        text = installation.browser("ada").get(f"/cases/{code}/proof-of-time").get_data(as_text=True)
        with installation.system.database.reader() as unit:
            entry = unit.conn.execute(
                select(History.seq, History.digest).where(History.act == "limit.missed").order_by(History.seq)
            ).first()
        assert entry is not None
        assert f'data-label="Entry">{entry.seq}</th>' in text
        assert entry.digest in text
        assert "Intact to entry" in text
        assert "A time limit was missed" in text
        assert "Supervisor" in text

    @pytest.mark.parametrize("login", ["ada", "cora", "sol"])
    def test_no_name_is_on_it(self, installation: Installation, code: str, login: str) -> None:
        text = installation.browser(login).get(f"/cases/{code}/proof-of-time").get_data(as_text=True)
        assert "Proof of time" in text
        assert " Invented" not in text.split("<main")[1]

    @pytest.mark.parametrize(("login", "status"), [("ana", 403), ("mia", 404), ("pol", 404)])
    def test_it_is_for_who_watches_the_clocks_or_checks_the_history(
        self, installation: Installation, code: str, login: str, status: int
    ) -> None:
        assert installation.browser(login).get(f"/cases/{code}/proof-of-time").status_code == status

    def test_an_altered_history_is_said_first(self, installation: Installation, code: str) -> None:
        path = Path(installation.system.settings.database_url.removeprefix("sqlite:///"))
        with sqlite3.connect(path) as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f'DROP TRIGGER "{name}"')
            raw.execute("UPDATE history SET outcome = 'standard:9' WHERE act = 'limit.missed'")
        text = installation.browser("ada").get(f"/cases/{code}/proof-of-time").get_data(as_text=True)
        assert "Altered at entry" in text


class TestTimeMachine:
    def test_a_copy_of_a_case_is_pressed_through_its_deadlines(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("cora")
        text = browser.get(f"/cases/{opened.code}/future").get_data(as_text=True)
        assert "Day 30 of 30" in text
        assert "See to a missed time limit" in text
        assert "Sol Invented" in text, "a colleague"
        early = browser.get(f"/cases/{opened.code}/future?day=0").get_data(as_text=True)
        assert early.count("data-ahead") > 10
        assert "still to come" in early
        assert "day=1" in early.split(">Next<")[0].rsplit("href", 1)[1]
        with installation.system.database.reader() as unit:
            assert unit.conn.execute(select(History.act).where(History.act == "limit.missed")).first() is None

    def test_assumptions_stand_in_the_address(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        with installation.system.database.reader() as unit:
            task = unit.conn.execute(select(Task.id).where(Task.limit_key == TEAM)).scalar_one()
        text = installation.browser("cora").get(
            f"/cases/{opened.code}/future?task={task}&done_on=2026-03-02"
        ).get_data(as_text=True)
        assert "Assumed: a task is done" in text
        assert "T_team" not in text.split('class="nrm-future"')[1]

    @pytest.mark.parametrize("query", [
        "until=2025-01-01", "until=x", "until=2099-01-01", "task=nobody&done_on=2026-03-04", "ground=missing&from=x",
    ])
    def test_what_cannot_be_is_said_and_what_was_typed_stays(self, installation: Installation, query: str) -> None:
        opened = installation.open_case("ana", "norvale")
        answer = installation.browser("cora").get(f"/cases/{opened.code}/future?{query}")
        assert answer.status_code == 422
        assert "Some answers need attention" in answer.get_data(as_text=True)

    def test_an_invented_case_needs_no_case(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        assert "For a case of yours" in browser.get("/deadlines/future").get_data(as_text=True)
        text = browser.get("/deadlines/future?process=identification&district=norvale").get_data(as_text=True)
        assert "Explain rights" in text
        with installation.system.database.reader() as unit:
            assert unit.conn.execute(select(Case.id)).first() is None

    @pytest.mark.parametrize(("login", "status"), [("ana", 403), ("mia", 404), ("ada", 403)])
    def test_it_is_for_who_watches_the_clocks(self, installation: Installation, login: str, status: int) -> None:
        opened = installation.open_case("ana", "norvale")
        assert installation.browser(login).get(f"/cases/{opened.code}/future").status_code == status


class TestClocksOfACase:
    def test_each_clock_says_its_state_its_source_and_why(self, installation: Installation, code: str) -> None:
        text = installation.browser("cora").get(f"/cases/{code}/clocks").get_data(as_text=True)
        clock = text.split(f'id="clock-{clock_of(installation)}"')[1].split('id="clock-')[0]
        for words in ("Team assembled", "Missed", "practice", "Why this date", "Working day 1 is Tuesday 3 March 2026.",
                      "0 working days of 1 working day", "When the task came", "Told", "L1", "supervisor"):
            assert words in clock, words

    def test_what_stood_still_and_what_was_changed_stand_with_the_clock(
        self, installation: Installation, code: str
    ) -> None:
        stand_still(installation, clock_of(installation))
        text = installation.browser("cora").get(f"/cases/{code}/clocks").get_data(as_text=True)
        assert "Not while it stands still" in text
        assert "A reply from abroad is awaited" in text
        assert "Cora Invented" in text

    @pytest.mark.parametrize("login", ["mia", "hana", "pol"])
    def test_a_foreign_case_has_no_clocks(self, installation: Installation, code: str, login: str) -> None:
        browser = installation.browser(login)
        foreign = browser.get(f"/cases/{code}/clocks")
        missing = browser.get("/cases/ZZZ-ZZZZ/clocks")
        assert (foreign.status_code, missing.status_code) == (404, 404)

    def test_an_auditor_reads_them_and_may_change_nothing(self, installation: Installation, code: str) -> None:
        text = installation.browser("ada").get(f"/cases/{code}/clocks").get_data(as_text=True)
        assert "Team assembled" in text
        assert '<form method="post" autocomplete="off" action="/deadlines' not in text
