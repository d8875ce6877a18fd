"""The calendars' pages: the list, one year as months and as a list, what moves before it is saved, and taking back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from nrm.commands.accounts import create_user
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import PASSWORD, Browser, Installation

LAY = "/calendars/norvale/edit?day=2026-03-03&change=free&name=Fair"


@pytest.fixture
def nina(installation: Installation) -> Browser:
    """Somebody of the national unit, signed in."""
    create_user(
        installation.system, SYSTEM, login="nina", name="Nina Invented", agency_id="national_unit", roles=["NCU"],
        password=PASSWORD,
    )
    return installation.browser("nina")


def page(browser: Browser, address: str, status: int = 200) -> str:
    """Open a page and return its words without tags."""
    answer = browser.get(address)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_the_list_says_who_works_by_which_calendar(nina: Browser) -> None:
    text = page(nina, "/calendars")
    assert "Norvale Starts from Velmara Social Assistance Norvale" in text
    assert "31 Dec 2030" in text
    assert "Ends soon" not in text


def test_a_calendar_that_ends_soon_is_said_on_the_list_and_on_its_year(
    nina: Browser, installation: Installation
) -> None:
    installation.clock.advance(timedelta(days=4 * 365))
    again = installation.browser("nina")
    for address in ("/calendars", "/calendars/norvale"):
        assert "Norvale: the movable feasts of 2031 are not listed yet." in page(again, address)


def test_a_year_is_shown_as_months_and_as_an_equal_list(nina: Browser) -> None:
    text = page(nina, "/calendars/norvale")
    assert "Norvale: 2026" in text
    assert "253 working days in this year." in text
    assert "22 : Free, River Day of Norvale" in text
    assert "22 May 2026 Friday Free River Day of Norvale Configuration, every year" in text
    assert "13 Apr 2026 Monday Free Spring Monday Configuration, this year From the calendar Velmara" in text
    assert "Monday – Friday 08:00 – 17:00" in text
    assert nina.text.count('class="nrm-year-month"') == 12


@pytest.mark.parametrize(("address", "status"), [
    ("/calendars/norvale?year=2028", 200), ("/calendars/norvale?year=next", 200),
    ("/calendars/norvale?year=1999", 404), ("/calendars/nowhere", 404),
])
def test_other_years(nina: Browser, address: str, status: int) -> None:
    page(nina, address, status)


def test_what_moves_is_seen_before_it_is_saved(installation: Installation) -> None:
    cora = installation.browser("cora")
    code = installation.open_case().code
    text = page(cora, LAY)
    assert "Due dates that move 1 To an earlier day 0" in text
    assert f"{code} Assemble the team" in text
    assert "Fair" not in page(cora, "/calendars/norvale")
    page(cora, LAY)
    answer = cora.post("/calendars/norvale/days", {"day": "2026-03-03", "change": "free", "name": "Fair"})
    assert answer.status_code == 303
    text = page(cora, answer.location)
    assert "The calendar is saved." in text
    assert "Cases whose clocks are still being counted anew: 1." in text
    assert "3 Mar 2026 Tuesday Free Fair Cora Invented, on 2 Mar 2026 Take back" in text


def test_a_day_is_taken_back_by_the_same_way(installation: Installation) -> None:
    cora = installation.browser("cora")
    page(cora, LAY)
    cora.post("/calendars/norvale/days", {"day": "2026-03-03", "change": "free", "name": "Fair"})
    text = page(cora, "/calendars/norvale/edit?day=2026-03-03&change=back")
    assert "3 Mar 2026, Fair" in text
    assert "This day is taken back" in text
    cora.post("/calendars/norvale/days", {"day": "2026-03-03", "change": "back", "name": ""})
    assert "Fair" not in page(cora, "/calendars/norvale")


@pytest.mark.parametrize(("asked", "said"), [
    ("day=&change=free&name=Fair", "Choose a day."),
    ("day=2026-03-01&change=free&name=Fair", "This day is past."),
    ("day=2026-03-03&change=&name=Fair", "Choose whether the day is free or worked."),
    ("day=2026-03-03&change=free&name=", "Write a name of 2 to 80 characters."),
])
def test_what_is_wrong_is_said_at_its_field_and_the_rest_kept(nina: Browser, asked: str, said: str) -> None:
    text = page(nina, f"/calendars/norvale/edit?{asked}", 422)
    assert text.count(said) == 2, "in the summary and at the field"
    for name, value in (pair.split("=") for pair in asked.split("&") if not pair.endswith("=")):
        assert f'value="{value}"' in nina.text, name


def test_who_may_not_edit_reads_why(installation: Installation) -> None:
    cora = installation.browser("cora")
    assert "The national unit edits it." in page(cora, "/calendars/velmara")
    page(cora, "/calendars/velmara/edit?day=2026-03-03&change=free&name=Fair", 403)


@pytest.mark.parametrize("address", [
    "/calendars", "/calendars/norvale", "/calendars/nowhere", "/calendars/norvale/edit", LAY,
])
def test_calendars_are_for_those_who_manage_agencies(installation: Installation, address: str) -> None:
    page(installation.browser("pol"), address, 403)
