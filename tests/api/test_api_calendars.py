"""Calendars over the API: listed, one year, what an edit would move, the edit and how far the counting is."""

from __future__ import annotations

import pytest

from nrm.vocabulary.actor import Actor
from tests.support.calling import Api

DAY = {"day": "2026-03-03", "change": "free", "name": "Bridge day"}


def national(api: Api) -> Actor:
    """Somebody of the national unit."""
    return api.drive.person("NCU", "national_unit")


def test_calendars_are_listed_with_who_works_by_them(api: Api) -> None:
    items = {one["id"]: one for one in api.get("/calendars", api.drive.person("COORD")).get_json()["items"]}
    norvale, velmara = items["norvale"], items["velmara"]
    assert norvale["agencies"] == [{"id": "sa_norvale", "name": "Social Assistance Norvale"}]
    assert (norvale["base"], norvale["listed_until"], norvale["missing_year"]) == ("velmara", "2030-12-31", None)
    assert (norvale["may_edit"], velmara["may_edit"]) == (True, False)


def test_a_year_has_every_day_that_is_not_like_others(api: Api) -> None:
    got = api.get("/calendars/norvale?year=2026", national(api)).get_json()
    days = {one["day"]: one for one in got["days"]}
    assert days["2026-05-22"] == {
        "day": "2026-05-22", "free": True, "name": "River Day of Norvale", "origin": "yearly", "given_by": "",
        "edited_by": None, "edited_at": None, "own": False,
    }
    assert not days["2026-06-27"]["free"]
    assert got["hours"][0] == {"weekday": 0, "opens": "08:00:00", "closes": "17:00:00"}
    assert (got["weekend"], got["working_days"]) == ([5, 6], 253)


def test_an_edit_is_looked_at_saved_and_followed(any_api: Api) -> None:
    api = any_api
    case = api.drive.open_case()
    looked = api.get("/calendars/norvale/moves?day=2026-03-03&change=free&name=Fair", national(api)).get_json()
    assert (looked["total"], looked["earlier"], looked["complete"]) == (1, 0, True)
    assert looked["page"]["items"][0]["case_id"] == case
    made = api.post("/calendars/norvale/days", national(api), DAY)
    assert made.status_code == 201
    assert made.get_json()["cases"] == 1
    year = api.get("/calendars/norvale", national(api)).get_json()
    assert year["cases_waiting"] == 1
    assert [(one["day"], one["own"]) for one in year["days"] if one["origin"] == "edited"] == [("2026-03-03", True)]
    back = api.post("/calendars/norvale/days", national(api), {"day": "2026-03-03", "change": "back"})
    assert back.status_code == 201


@pytest.mark.parametrize(("changed", "field"), [
    ({"day": "2026-03-01"}, "day"), ({"day": "March"}, "day"), ({"change": "half"}, "change"), ({"name": ""}, "name"),
])
def test_what_is_wrong_is_said_at_its_field(api: Api, changed: dict[str, str], field: str) -> None:
    answer = api.post("/calendars/norvale/days", national(api), {**DAY, **changed})
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == [field]


def test_somebody_elses_calendar_is_not_edited(api: Api) -> None:
    assert api.post("/calendars/velmara/days", api.drive.person("COORD"), DAY).status_code == 403
    assert api.get("/calendars/nowhere", national(api)).status_code == 404
