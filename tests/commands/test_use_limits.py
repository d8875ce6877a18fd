"""What is dear, or a way of guessing, can be asked for only so often; a quarter of an hour later it can be again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from nrm.commands.export_deadlines import export_deadlines
from nrm.commands.search_duplicates import search_duplicates
from nrm.commands.throttling import MOST_USES, Use, count_use
from nrm.commands.time_machine import future_of_process
from nrm.queries.deadlines_board import BoardFilter
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import TooManyTries
from tests.support.driving import DISTRICT, Drive

ASKED: dict[Use, Callable[[Drive, Actor], object]] = {
    Use.SEARCH: lambda drive, actor: search_duplicates(
        drive.system, actor, names={"person.family_name": "Invented"},
    ),
    Use.EXPORT: lambda drive, actor: export_deadlines(drive.system, actor, wanted=BoardFilter()),
    Use.FORETELL: lambda drive, actor: future_of_process(
        drive.system, actor, process="case", district=DISTRICT, until=drive.clock.now() + timedelta(days=1),
    ),
}


@pytest.mark.parametrize("use", list(Use))
def test_very_often_is_too_often_and_a_quarter_of_an_hour_later_it_is_not(drive: Drive, use: Use) -> None:
    actor, other = drive.person("COORD"), drive.person("COORD", number=2)
    for _ in range(MOST_USES[use]):
        count_use(drive.system, actor, use)
    with pytest.raises(TooManyTries) as refused:
        ASKED[use](drive, actor)
    assert 0 < refused.value.retry_after <= 900
    ASKED[use](drive, other)
    drive.clock.advance(timedelta(seconds=refused.value.retry_after))
    ASKED[use](drive, actor)


def test_the_systems_own_acts_are_not_counted(drive: Drive) -> None:
    for _ in range(MOST_USES[Use.EXPORT] + 1):
        count_use(drive.system, SYSTEM, Use.EXPORT)
