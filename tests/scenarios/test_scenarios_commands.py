"""Every scenario beside a shipped process holds through the real commands on SQLite, a few on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.scenarios.by_people import PeopleRun
from tests.scenarios.hands import CommandHands
from tests.scenarios.reading import Scenario, on_postgres, scenarios
from tests.support.driving import Drive, Installation

ALL = scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_holds_through_the_commands(scenario: Scenario, drive: Drive) -> None:
    PeopleRun(scenario, drive, CommandHands(drive)).play()


@pytest.mark.postgres
@pytest.mark.parametrize("scenario", on_postgres(ALL), ids=lambda scenario: scenario.name)
def test_holds_through_the_commands_on_postgres(scenario: Scenario, postgres_installation: Installation) -> None:
    drive = Drive(postgres_installation)
    PeopleRun(scenario, drive, CommandHands(drive)).play()
