"""Every scenario beside a shipped process holds through the real commands on SQLite, a few on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.scenarios.by_commands import CommandRun
from tests.scenarios.reading import Scenario, scenarios
from tests.support.driving import Drive, Installation

ALL = scenarios()
ON_POSTGRES = [s for s in ALL if s.process in ("service_referral", "monitoring", "reintegration_plan")][::3]


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_holds_through_the_commands(scenario: Scenario, drive: Drive) -> None:
    CommandRun(scenario, drive).play()


@pytest.mark.postgres
@pytest.mark.parametrize("scenario", ON_POSTGRES, ids=lambda scenario: scenario.name)
def test_holds_through_the_commands_on_postgres(scenario: Scenario, postgres_installation: Installation) -> None:
    CommandRun(scenario, Drive(postgres_installation)).play()
