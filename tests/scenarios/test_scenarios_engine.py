"""Every scenario beside a shipped process holds in the engine alone; every shipped task stands in one."""

from __future__ import annotations

import pytest

from nrm.deployment.paths import shipped
from tests.scenarios.by_engine import EngineRun, shipped_bundle
from tests.scenarios.reading import Scenario, scenarios

ALL = scenarios()
PROCESSES = sorted(path.parent.name for path in shipped("bpmn").glob("*/*.bpmn"))


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_holds_in_the_engine(scenario: Scenario) -> None:
    EngineRun(scenario).play()


@pytest.mark.parametrize("process", PROCESSES)
def test_every_task_limit_message_and_end_of_a_process_stands_in_a_scenario(process: str) -> None:
    rows = [row for scenario in ALL if scenario.process == process for row in scenario.rows]
    played = {row.element for row in rows if row.element}
    ended = {row.expects.get("ended") for row in rows}
    elements = shipped_bundle(process).process().elements
    missing = [
        e.id for e in elements if (e.task or e.limit or (e.message and e.waits)) and e.id not in played
    ]
    missing += [
        e.id for e in elements if e.outcome is not None and e.outcome.name and e.outcome.name not in ended
    ]
    assert not missing


def test_titles_are_told_apart() -> None:
    names = [scenario.name for scenario in ALL]
    assert len(names) == len(set(names))
    assert len(ALL) > 70
