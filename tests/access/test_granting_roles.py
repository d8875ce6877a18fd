"""Nobody gives themselves more than they have: which roles an agency may be made to fill, and by whom."""

from __future__ import annotations

import pytest

from tests.access.asking import send
from tests.access.stage import MINE, Stage

TODAY = ["COORD", "CM", "FAM", "FR", "MDT", "SUP"]
"""The roles the agency fills already."""
AGENCY = {"name": "Social Assistance Norvale", "kind": "social_assistance", "districts": ["norvale"],
          "calendar": "norvale", "manages_cases": True}


@pytest.mark.parametrize(("who", "added", "answer"), [
    ("COORD", "LEG", 200),  # works on cases it has a seat in
    ("COORD", "AUD", 403),  # reads every case's history
    ("COORD", "NCU", 403),  # sees every case, manages every account
    ("COORD", "ADMIN", 403),  # issues tokens for any account
    ("NCU", "AUD", 200),
    ("ADMIN", "SYSTEM", 422),  # the clock's own
    ("NCU", "SYSTEM", 422),
])
def test_an_agency_is_given_no_role_beyond_the_reach_of_who_gives_it(
    stage: Stage, who: str, added: str, answer: int
) -> None:
    wanted = {**AGENCY, "serves": [*TODAY, added]}
    got = send(stage, "api", "PUT", f"/agencies/{MINE}", stage.inside[who], json=wanted)
    stage.reset()
    stage.drive.system.directory.forget()
    assert got.status_code == answer, got.get_data(as_text=True)


def test_roles_an_agency_fills_already_stay(stage: Stage) -> None:
    unit = {"name": "National Coordination Unit", "kind": "ministry", "districts": ["norvale", "midmar", "southport"],
            "calendar": "velmara", "serves": ["NCU", "CA", "AUD", "DES", "RAP", "ADMIN"]}
    got = send(stage, "api", "PUT", "/agencies/national_unit", stage.inside["COORD"], json=unit)
    stage.reset()
    stage.drive.system.directory.forget()
    assert got.status_code == 200, got.get_data(as_text=True)


@pytest.mark.parametrize("who", ["COORD", "ADMIN"])
def test_an_account_gets_no_role_its_agency_does_not_fill(stage: Stage, who: str) -> None:
    account = {"login": "nobody.invented", "name": "Nobody Invented", "agency_id": MINE, "roles": ["NCU"]}
    assert send(stage, "api", "POST", "/users", stage.inside[who], json=account).status_code == 422
