"""Clocks over the API: the board, its counts, the month, the trend; those of a case, their proof and their future."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.calling import Api
from tests.support.driving import START

UNTIL = (START + timedelta(days=20)).isoformat()


@pytest.fixture
def case_id(api: Api) -> str:
    """A case of Norvale, nine days after it was opened; nobody has done anything."""
    found = api.drive.open_case()
    api.drive.wait(timedelta(days=9))
    return found


@pytest.mark.usefixtures("case_id")
def test_the_board_pages_and_filters(api: Api) -> None:
    actor = api.drive.person("NCU")
    first = api.get("/deadlines?state=overdue&limit=1", actor).get_json()
    second = api.get(f"/deadlines?state=overdue&limit=1&after={first['after']}", actor).get_json()
    assert first["items"][0]["due_at"] <= second["items"][0]["due_at"]
    assert first["items"][0]["id"] != second["items"][0]["id"]
    only = api.get("/deadlines?state=all&time_limit=T_team&agency=sa_norvale&age=week", actor).get_json()["items"]
    assert [one["limit_key"] for one in only] == ["T_team"]
    assert api.get("/deadlines?begin=2026-03-03T00:00:00Z&until=2026-03-04T00:00:00Z", actor).get_json()["items"]


@pytest.mark.parametrize("query", ["state=odd", "age=long", "rung=x", "begin=2026-03-03", "after=zzz"])
def test_a_filter_that_is_none_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/deadlines?{query}", api.drive.person("NCU")).status_code == 422


@pytest.mark.parametrize("month", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_a_month_that_nobody_looks_at_is_refused(api: Api, month: str) -> None:
    got = api.get(f"/deadlines/month?month={month}", api.drive.person("NCU"))
    assert (got.status_code, [*got.get_json()["errors"]]) == (422, ["month"])


@pytest.mark.usefixtures("case_id")
def test_counts_month_and_trend_agree(api: Api) -> None:
    actor = api.drive.person("COORD", "sa_norvale")
    counts = api.get("/deadlines/counts", actor).get_json()
    days = api.get("/deadlines/month?month=2026-03-15", actor).get_json()["items"]
    trend = api.get("/deadlines/trend", actor).get_json()
    assert counts["overdue"] == sum(day["overdue"] for day in days) > 0
    assert trend["total"] == counts["overdue"]
    assert len(days) == 31
    assert len(trend["weeks"]) == 26
    assert api.get("/deadlines/requests", actor).get_json() == {"items": []}


def test_the_clocks_of_a_case_say_why(api: Api, case_id: str) -> None:
    got = api.get(f"/cases/{case_id}/clocks", api.drive.person("COORD", "sa_norvale")).get_json()
    team = next(one for one in got["clocks"] if one["limit_key"] == "T_team")
    assert team["why"][-1] == "Due on Tuesday 3 March 2026, 17:00."
    assert [rung["level"] for rung in team["rungs"] if rung["told_at"]] == ["L0", "L1", "L2", "L3"]
    assert (team["status"], team["left"], team["is_late"]) == ("breached", 0, True)


@pytest.mark.parametrize("role", ["AUD", "COORD"])
def test_the_proof_names_entries_and_no_person(api: Api, case_id: str, role: str) -> None:
    answer = api.get(f"/cases/{case_id}/proof-of-time", api.drive.person(role))
    got = answer.get_json()
    assert got["verdict"]["ok"]
    entries = {entry.seq: entry.digest for entry in api.drive.history(case_id)}
    lines = [line for clock in got["clocks"] for line in clock["lines"]]
    assert {line["act"] for line in lines} >= {"task.opened", "reminder.sent", "limit.missed", "escalated"}
    assert all(entries[line["seq"]] == line["digest"] for line in lines)
    assert all(line["told"] for line in lines if line["act"] in ("limit.missed", "escalated"))
    assert "Invented" not in answer.get_data(as_text=True)


def test_the_future_is_told_and_not_written(api: Api) -> None:
    found = api.drive.open_case()
    actor = api.drive.person("COORD", "sa_norvale")
    task = api.drive.task(found, "case.assemble_team")
    api.get(f"/cases/{found}/clocks", actor)
    before = len(api.drive.history(found))
    got = api.post(f"/cases/{found}/future", actor, {"until": UNTIL}).get_json()
    assert {one["kind"] for one in got["lines"]} == {"rung", "opened"}
    assert {one["title"] for one in got["tasks"]} >= {"Assemble the team"}
    done = {"kind": "done", "at": (START + timedelta(hours=1)).isoformat(), "task_id": task.id}
    spared = api.post(f"/cases/{found}/future", actor, {"until": UNTIL, "assumed": [done]}).get_json()
    assert "T_team" not in {one["limit_key"] for one in spared["lines"]}
    assert len(api.drive.history(found)) == before, "the reading was entered before"


def test_an_invented_case_is_tried_without_one(api: Api) -> None:
    actor = api.drive.person("NCU")
    body = {"process": "identification", "district": "norvale", "until": UNTIL}
    got = api.post("/deadlines/future", actor, body).get_json()
    assert got["case_code"] == ""
    assert got["lines"]
    assert all(not one["name"] for line in got["lines"] for one in line["told"] if one["agency_id"] != actor.agency_id)
    assert api.post("/deadlines/future", actor, {**body, "process": "none"}).status_code == 404
    assert api.post("/deadlines/future", actor, {**body, "district": "none"}).status_code == 422
