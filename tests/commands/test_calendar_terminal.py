"""``nrm calendar``: a year in plain lines, and an exit code for calendars that end too early."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from nrm.commands.calendar_days import edit_calendar
from nrm.entrypoints.calendar_told import tell_endings, tell_year
from nrm.queries.calendar_edit import CalendarEdit
from nrm.vocabulary.errors import NotFound
from tests.support.driving import Drive


def test_a_year_is_printed_with_where_each_day_comes_from(drive: Drive, capsys: pytest.CaptureFixture[str]) -> None:
    national = drive.person("NCU", "national_unit")
    edit_calendar(drive.system, national, edit=CalendarEdit("velmara", date(2026, 3, 3), "free", "Bridge day"))
    tell_year(drive.system, "norvale", 2026)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == [
        "Norvale 2026: 252 working days, zone Europe/Chisinau", "Office hours: Mon Tue Wed Thu Fri 08:00-17:00",
        "Agencies: sa_norvale",
    ]
    assert "2026-03-03 Tue free Bridge day edited by NCU 1 Invented on 2026-03-02, from Velmara" in lines
    assert "2026-05-22 Fri free River Day of Norvale yearly" in lines
    assert "2026-06-27 Sat worked - listed, from Velmara" in lines


def test_a_calendar_that_is_not_there(drive: Drive) -> None:
    with pytest.raises(NotFound):
        tell_year(drive.system, "nowhere", 2026)


@pytest.mark.parametrize(("days", "code", "said"), [
    (0, 0, "Every calendar is listed as far ahead as it is needed."),
    (4 * 365, 1, "norvale: the movable feasts of 2031 are not listed yet (2030-12-31)."),
])
def test_the_check_says_what_ends_too_early(
    drive: Drive, capsys: pytest.CaptureFixture[str], days: int, code: int, said: str
) -> None:
    drive.clock.advance(timedelta(days=days))
    assert tell_endings(drive.system) == code
    assert said in capsys.readouterr().out
