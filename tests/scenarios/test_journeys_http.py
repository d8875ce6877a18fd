"""The main journeys once more over HTTP: the same tables, the same expectations, every act a request."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.scenarios.http_hands import HttpHands
from tests.scenarios.journey import Journey, Played, journeys
from tests.support.driving import Drive

MAIN = [journey for journey in journeys() if journey.main]


@pytest.mark.parametrize("journey", MAIN, ids=lambda journey: journey.title)
def test_main_journey_over_http(journey: Journey, drive: Drive, application: Flask) -> None:
    Played(journey, drive, HttpHands(drive, application)).play()


def test_there_are_main_journeys_for_every_part_of_the_mechanism() -> None:
    assert len(MAIN) >= 5
