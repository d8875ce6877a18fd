"""Keeping and erasing on pages, without script: what is due, holds, a proposal, the second person, the receipt."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.case_life import close_case
from nrm.commands.erasing import erase_approved
from nrm.records.grants import ACCOUNT, SEAT
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.vocabulary.actor import SYSTEM
from tests.support.granting import grant
from tests.web.conftest import PASSWORD, Browser, Installation


@pytest.fixture
def code(installation: Installation) -> str:
    """The code of a case that was closed six years ago; a second person of the national unit has come meanwhile."""
    opened = installation.open_case()
    close_case(installation.system, installation.actors["cora"], case_id=opened.case_id, reason="duplicate")
    installation.clock.advance(timedelta(days=6 * 366))
    with installation.system.database.unit(SYSTEM) as unit:
        first = unit.conn.execute(select(User).where(User.login == "nils")).one()._asdict()
        grant(unit, ACCOUNT, [{**first, "id": "u-nell", "login": "nell", "name": "Nell Invented"}])
    return opened.code


def post(browser: Browser, path: str, **fields: str) -> int:
    """Send a form and look at what comes of it."""
    answer = browser.post(path, fields)
    if answer.status_code == 303:
        browser.get(str(answer.location))
    return answer.status_code


def address(browser: Browser, act: str) -> str:
    """Where a form of the page goes."""
    found = re.search(rf'action="([^"]*/{act})"', browser.text)
    assert found is not None, f"no form {act}"
    return found[1]


def test_from_the_list_to_the_receipt(installation: Installation, code: str) -> None:
    nils, nell = installation.browser("nils"), installation.browser().sign_in("nell", PASSWORD)
    nils.get("/retention")
    assert code in nils.text
    nils.get(f"/retention/{code}")
    assert "5 years after closing" in nils.text
    assert post(nils, f"/retention/{code}/propose", basis="time_has_come") == 303
    assert "A second person has to approve it." in nils.text
    assert "Approve the erasure" not in nils.text
    nell.get("/retention?state=waiting")
    assert code in nell.text
    nell.get(f"/retention/{code}")
    assert post(nell, address(nell, "approve")) == 303
    assert "The case is erased within a minute." in nell.text
    assert erase_approved(installation.system) == 1
    nell.get(f"/retention/{code}")
    for words in ("Receipt of the erasure", "Nils Invented", "Nell Invented", "What went", "Keys that open"):
        assert words in nell.text
    nell.get("/retention?state=erased")
    assert code in nell.text
    auditor = installation.browser("ada")
    assert auditor.get(f"/retention/{code}").status_code == 200


def test_a_hold_is_placed_and_lifted(installation: Installation, code: str) -> None:
    cora = installation.browser("cora")
    cora.get(f"/retention/{code}")
    assert post(cora, f"/retention/{code}/hold", ground="audit", until="2032-06-01") == 303
    assert "The case is held back from erasure." in cora.text
    assert post(cora, f"/retention/{code}/propose", basis="time_has_come") == 409
    cora.get("/retention?state=held")
    assert code in cora.text
    cora.get(f"/retention/{code}")
    assert post(cora, address(cora, "lift")) == 303
    cora.get("/retention?state=due")
    assert code in cora.text


@pytest.mark.parametrize(("path", "fields", "sentence"), [
    ("hold", {"ground": "", "until": "2032-06-01"}, "Say on which ground the case is held back."),
    ("hold", {"ground": "audit", "until": "soon"}, "Write a day, or leave it empty."),
    ("hold", {"ground": "audit", "until": "2020-06-01"}, "Choose a day that is not over"),
    ("propose", {"basis": "", "reason": "typed words"}, "Say why the case is to be erased."),
    ("propose", {"basis": "person_asked", "reason": ""}, "Say why the case is to be erased before its time."),
])
def test_what_was_typed_stays_beside_what_is_wrong(
    installation: Installation, code: str, path: str, fields: dict[str, str], sentence: str
) -> None:
    cora = installation.browser("cora")
    cora.get(f"/retention/{code}")
    assert post(cora, f"/retention/{code}/{path}", **fields) == 422
    assert sentence in cora.text
    assert all(value in cora.text for value in fields.values())


def test_an_open_case_says_that_it_is_open(installation: Installation) -> None:
    code = installation.open_case().code
    nils = installation.browser("nils")
    nils.get(f"/retention/{code}")
    assert "This case is open" in nils.text
    assert "Propose the erasure" not in nils.text


@pytest.mark.parametrize("login", ["ana", "pol", "hana"])
def test_others_have_no_such_page(installation: Installation, code: str, login: str) -> None:
    assert installation.browser(login).get("/retention").status_code == 403
    assert installation.browser(login).get(f"/retention/{code}").status_code in (403, 404)


def erased(installation: Installation, code: str) -> None:
    """The case is erased; Bo led it last."""
    with installation.system.database.unit(SYSTEM) as unit:
        case_id = unit.conn.execute(select(Case.id).where(Case.code == code)).scalar_one()
        grant(unit, SEAT, [{
            "id": "seat-bo", "case_id": case_id, "role": "CM", "agency_id": "sa_norvale",
            "user_id": installation.actors["bo"].user_id, "from_at": unit.now, "to_at": unit.now, "basis": "",
            "named": False, "chosen": False,
        }])
    nils, nell = installation.browser("nils"), installation.browser().sign_in("nell", PASSWORD)
    nils.get(f"/retention/{code}")
    post(nils, f"/retention/{code}/propose", basis="time_has_come")
    nell.get(f"/retention/{code}")
    post(nell, address(nell, "approve"))
    assert erase_approved(installation.system) == 1


def test_who_could_have_known_the_case_is_told_that_it_was_erased(installation: Installation, code: str) -> None:
    erased(installation, code)
    for login, keeping in (("bo", False), ("sol", False), ("cora", True), ("nils", True), ("ada", True)):
        browser = installation.browser(login)
        answer = browser.get(f"/cases/{code}")
        assert answer.status_code == 410, login
        for words in (f"Case {code} was erased", "Receipt of the erasure", "Nils Invented", "Nell Invented",
                      "The time for which it is kept is over"):
            assert words in browser.text, (login, words)
        assert (f"/retention/{code}" in browser.text) is keeping


@pytest.mark.parametrize("login", ["mia", "pol", "hana", "ana"])
def test_everybody_else_is_told_nothing(installation: Installation, code: str, login: str) -> None:
    erased(installation, code)
    browser = installation.browser(login)
    answer = browser.get(f"/cases/{code}")
    assert answer.status_code == 404
    assert "erased" not in browser.text
