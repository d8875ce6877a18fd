"""Lists the fixture modules; a fixture that one folder needs stands in that folder."""

import pytest

# Before anybody imports them: their assertions are told as a test's own.
pytest.register_assert_rewrite(
    "tests.scenarios.acting", "tests.scenarios.by_engine", "tests.scenarios.by_people", "tests.scenarios.http_hands",
    "tests.scenarios.journey", "tests.scenarios.journey_expectations", "tests.scenarios.playing",
)

pytest_plugins = [
    "tests.support.browser",
    "tests.support.bundle_site",
    "tests.support.databases",
    "tests.support.driving",
    "tests.support.goals",
    "tests.support.long",
    "tests.support.ways_out",
]
