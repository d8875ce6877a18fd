"""``nrm deadlines``: what is due, why then, and what would come of a case, as text and as JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from nrm.entrypoints.cli import main
from nrm.records.tables.deadline import Deadline
from tests.support.driving import Drive


def said(*arguments: str) -> tuple[int, str, str]:
    came = CliRunner().invoke(main, ["deadlines", *arguments])
    return came.exit_code, came.stdout, came.stderr


def at(drive: Drive) -> list[str]:
    """The folder of the installation, as the command takes it."""
    return ["--dir", str(drive.installation.settings.dir)]


FAR = "2150-01-01"
"""The command goes by the machine's clock: whatever that says, the invented case's deadlines lie before this day."""
WHY_T10 = ["why", "--limit", "T10", "--from", "2026-12-23T10:00", "--calendar", "norvale"]


class TestWhyWithoutACase:
    def test_a_limit_is_counted_step_by_step(self) -> None:
        code, text, _ = said(*WHY_T10)
        assert code == 0
        assert text.startswith("Started on Wednesday 23 December 2026, 10:00.")
        assert "Due on" in text.splitlines()[-1]

    def test_a_pause_moves_it_and_is_named(self) -> None:
        plain = json.loads(said(*WHY_T10, "--json")[1])
        paused = json.loads(said(*WHY_T10, "--pause", "2026-12-28/2027-01-11", "--json")[1])
        assert paused["due_at"] > plain["due_at"]
        assert any("stood still" in step for step in paused["why"])

    def test_a_pause_without_an_end_leaves_it_without_a_date(self) -> None:
        assert json.loads(said(*WHY_T10, "--pause", "2026-12-24/", "--json")[1])["due_at"] is None

    @pytest.mark.parametrize(("change", "names"), [
        ({"--limit": "T99"}, "There is no time limit T99."), ({"--calendar": "nowhere"}, "norvale"),
        ({"--from": "soon"}, "2026-12-23T10:00"), ({"--pause": "2026-12-30/2026-12-24"}, "two days in order"),
        ({"--pause": "x"}, "two days in order"),
    ])
    def test_what_cannot_be_read_is_named(self, change: dict[str, str], names: str) -> None:
        given = {"--limit": "T10", "--from": "2026-12-23T10:00", "--calendar": "norvale", **change}
        code, _, wrong = said("why", *(part for pair in given.items() for part in pair))
        assert code == 2
        assert names in wrong

    def test_neither_a_clock_nor_a_limit_is_a_wrong_use(self) -> None:
        assert said("why")[0] == 2


class TestOfAnInstallation:
    def test_what_is_due_stands_in_order(self, drive: Drive) -> None:
        case_id = drive.open_case()
        code = drive.case(case_id).code
        status, text, _ = said("due", *at(drive), "--within", "40000d")
        assert status == 0
        assert code in text
        lines = json.loads(said("due", *at(drive), "--within", "40000d", "--json")[1])
        assert [line["due_at"] for line in lines] == sorted(line["due_at"] for line in lines)
        assert {line["limit_key"] for line in lines} >= {"T01", "T_team"}
        assert said("due", *at(drive), "--agency", "police")[1] == "Nothing is due.\n"
        assert said("due", *at(drive), "--within", "soon")[0] == 2

    def test_why_is_asked_by_clock_or_by_task(self, drive: Drive) -> None:
        case_id = drive.open_case()
        task = drive.task(case_id, "case.assemble_team")
        clock = drive.one(select(Deadline.id).where(Deadline.task_id == task.id)).id
        by_task, by_clock = said("why", *at(drive), task.id)[1], said("why", *at(drive), clock)[1]
        assert by_task == by_clock
        assert "Working day 1 is Tuesday 3 March 2026." in by_task
        assert json.loads(said("why", *at(drive), task.id, "--json")[1])[0]["status"] == "running"
        assert said("why", *at(drive), "nobody")[0] == 2

    def test_a_case_is_simulated_without_names_and_without_a_trace(self, drive: Drive) -> None:
        case_id = drive.open_case()
        code = drive.case(case_id).code
        before = len(drive.history(case_id))
        status, text, _ = said("simulate", *at(drive), code, "--until", FAR)
        assert status == 0
        assert "things would happen" in text
        lines = json.loads(said("simulate", *at(drive), code, "--until", FAR, "--json")[1])
        assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
        assert "Invented" not in json.dumps([line["told"] for line in lines])
        assert len(drive.history(case_id)) == before
        assert said("simulate", *at(drive), "ZZZ-ZZZZ")[0] == 2
        assert said("simulate", *at(drive), code, "--until", "later")[0] == 2
