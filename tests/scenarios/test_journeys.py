"""The clauses of the process set as whole journeys, through the commands, across agencies."""

from __future__ import annotations

import pytest

from tests.scenarios.hands import CommandHands
from tests.scenarios.journey import Journey, Played, journeys
from tests.support.driving import Drive, Installation

ALL = journeys()
MAIN = [journey for journey in ALL if journey.main]


@pytest.mark.parametrize("journey", ALL, ids=lambda journey: journey.title)
def test_journey_through_the_commands(journey: Journey, drive: Drive) -> None:
    Played(journey, drive, CommandHands(drive)).play()


@pytest.mark.postgres
@pytest.mark.parametrize("journey", MAIN, ids=lambda journey: journey.title)
def test_main_journey_on_postgres(journey: Journey, postgres_installation: Installation) -> None:
    drive = Drive(postgres_installation)
    Played(journey, drive, CommandHands(drive)).play()
