"""Rosters on pages, without script: a turn added, what was typed kept, weeks copied, a file out and in again."""

from __future__ import annotations

import io
import re

import pytest

from tests.web.conftest import Browser, Installation, hidden

TURN = {"role": "COORD", "district": "norvale", "user_id": "u-cyril", "from_at": "2030-03-04T17:00",
        "to_at": "2030-03-05T08:00", "week": "2030-03-04"}


@pytest.fixture
def lead(installation: Installation) -> Browser:
    """A coordinator on the page of rosters, in a week far ahead."""
    browser = installation.browser("cora")
    browser.get("/duty?week=2030-03-06")
    return browser


def rows(browser: Browser) -> int:
    """How many turns the week shows."""
    return len(re.findall(r"/duty/[^/\"]+/remove", browser.text))


def put(browser: Browser, **changed: str) -> int:
    """Put somebody on duty, and look at the week."""
    answer = browser.post("/duty", {**TURN, **changed})
    if answer.status_code == 303:
        browser.get(str(answer.location))
    return answer.status_code


def test_a_turn_is_put_on_the_roster_and_taken_back(lead: Browser) -> None:
    assert put(lead) == 303
    assert "They are on duty at that time." in lead.text
    assert "Cyril Invented" in lead.text
    path = re.findall(r"/duty/[^/\"]+/remove", lead.text)[0]
    answer = lead.post(path, {"week": "2030-03-04"})
    assert answer.status_code == 303
    lead.get(str(answer.location))
    assert rows(lead) == 0


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"from_at": "soon"}, "Write a day and a time."),
    ({"to_at": "2030-03-04T16:00"}, "The end comes after the beginning."),
    ({"user_id": "u-ana"}, "Choose somebody who fills this role."),
    ({"role": "CM"}, "Choose a role that has a roster."),
])
def test_what_was_typed_stays_beside_what_is_wrong(lead: Browser, changed: dict[str, str], sentence: str) -> None:
    assert put(lead, **changed) == 422
    assert sentence in lead.text
    assert 'value="2030-03-05T08:00"' in lead.text or "to_at" in changed
    assert rows(lead) == 0


def test_the_week_before_is_copied(lead: Browser) -> None:
    put(lead)
    answer = lead.post("/duty/copy", {"role": "COORD", "district": "norvale", "week": "2030-03-11"})
    lead.get(str(answer.location))
    assert "The week before is copied." in lead.text
    assert rows(lead) == 1


def test_a_file_goes_out_and_in_again(lead: Browser) -> None:
    put(lead)
    data = lead.get("/duty/file?week=2030-03-04").get_data()
    assert data.decode().splitlines() == [
        "role,district,login,from,to", "COORD,norvale,cyril,2030-03-04 17:00,2030-03-05 08:00",
    ]
    later = data.replace(b"2030-03-0", b"2030-04-0")
    lead.get("/duty")
    answer = lead.client.post("/duty/file", data={
        "csrf_token": hidden(lead.text, "csrf_token"), "week": "2030-04-01",
        "file": (io.BytesIO(later), "turns.csv"),
    })
    assert answer.status_code == 303
    lead.get(str(answer.location))
    assert rows(lead) == 1


def test_who_looks_after_no_roster_is_refused(installation: Installation) -> None:
    assert installation.browser("ana").get("/duty").status_code == 403
