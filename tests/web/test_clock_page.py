"""One clock on its page: stopped and let go on, changed by two people, explained when it was missed; without script."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, Select, select

from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.task import Task
from tests.web.conftest import START, Installation


@pytest.fixture
def clock_id(installation: Installation) -> str:
    """The clock of the team's assembly, in a case of the coordinator's agency."""
    case = installation.open_case("ana", "norvale")
    return str(one(installation, select(Deadline.id).join(Task, Task.id == Deadline.task_id).where(
        Deadline.case_id == case.case_id, Task.element == "assemble_team")).id)


def one(installation: Installation, query: Select[Any]) -> Row[Any]:
    with installation.system.database.reader() as unit:
        return unit.conn.execute(query).one()


def clock(installation: Installation, clock_id: str) -> Row[Any]:
    return one(installation, select(Deadline).where(Deadline.id == clock_id))


def test_a_change_is_asked_for_by_one_and_granted_by_another(installation: Installation, clock_id: str) -> None:
    before = clock(installation, clock_id)
    first = installation.browser("cora")
    assert "More time" in first.get(f"/deadlines/{clock_id}").get_data(as_text=True)
    answer = first.post(f"/deadlines/{clock_id}/changes", {"kind": "extend", "units": "3", "extend_ground": "law"})
    assert (answer.status_code, answer.location) == (303, f"/deadlines/{clock_id}?said=asked")
    own = first.get(f"/deadlines/{clock_id}").get_data(as_text=True)
    assert "Somebody else has to decide it." in own
    assert "Ask for it" not in own, "one change waits at a time"
    assert clock(installation, clock_id).due_at == before.due_at
    second = installation.browser("cyril")
    text = second.get(f"/deadlines/{clock_id}").get_data(as_text=True)
    assert "Cora Invented" in text
    request = text.split("/clock-changes/")[1].split("/decide")[0]
    assert first.post(f"/clock-changes/{request}/decide", {"grant": "yes"}).status_code == 403
    assert second.post(f"/clock-changes/{request}/decide", {"grant": "yes"}).status_code == 303
    after = clock(installation, clock_id)
    assert after.due_at > before.due_at
    told = second.get(f"/deadlines/{clock_id}").get_data(as_text=True)
    assert "Due at first" in told
    assert "Extended from 1 to 4 days." in told


@pytest.mark.parametrize(("typed", "field"), [
    ({"kind": "extend", "units": "none", "extend_ground": "law"}, "units"),
    ({"kind": "extend", "units": "0", "extend_ground": "law"}, "units"),
    ({"kind": "extend", "units": "2"}, "extend_ground"),
    ({"kind": "waive", "waive_ground": "law"}, "waive_ground"),
    ({"kind": "correct_start", "start_on": "soon", "correct_start_ground": "wrong_start"}, "start_on"),
    ({"kind": "correct_start", "start_on": "2030-01-01", "correct_start_ground": "wrong_start"}, "start_on"),
])
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    installation: Installation, clock_id: str, typed: Mapping[str, str], field: str
) -> None:
    browser = installation.browser("cora")
    browser.get(f"/deadlines/{clock_id}")
    assert browser.post(f"/deadlines/{clock_id}/changes", typed).status_code == 422
    assert f'href="#q-{field}"' in browser.text
    for name, value in typed.items():
        if name.endswith("ground") and name != field:
            assert f'value="{value}" checked' in browser.text
        if name in ("units", "start_on"):
            assert f'value="{value}"' in browser.text


def test_a_limit_that_allows_no_pause_offers_none(installation: Installation, clock_id: str) -> None:
    browser = installation.browser("cora")
    assert "Stop the clock" not in browser.get(f"/deadlines/{clock_id}").get_data(as_text=True)
    assert browser.post(f"/deadlines/{clock_id}/pause", {"ground": "missing"}).status_code == 409


def test_a_missed_limit_is_explained(installation: Installation, clock_id: str) -> None:
    installation.clock.move_to(START + timedelta(days=3))
    sweep(installation.system)
    browser = installation.browser("cora")
    browser.get(f"/deadlines/{clock_id}")
    assert browser.post(f"/deadlines/{clock_id}/reason", {"reason": "rain"}).status_code == 422
    assert browser.post(f"/deadlines/{clock_id}/reason", {"reason": "workload"}).status_code == 303
    assert clock(installation, clock_id).late_reason == "workload"
    assert "Too much work for the people there" in browser.get(f"/deadlines/{clock_id}").get_data(as_text=True)


@pytest.mark.parametrize("login", ["mia", "pol", "hana"])
def test_a_stranger_finds_nothing(installation: Installation, clock_id: str, login: str) -> None:
    assert installation.browser(login).get(f"/deadlines/{clock_id}").status_code == 404
