"""After a withdrawal the agencies that received something confirm themselves what became of it (X1)."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from nrm.commands.withdraw_consent import withdraw_purposes
from nrm.records.tables.consent import Disclosure, Recall
from nrm.records.tables.notice import Notice
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import Browser, Installation
from tests.web.test_consent_pages import agreed


@pytest.fixture
def taken_back(installation: Installation) -> tuple[Installation, str]:
    """Harbour House had read of a case whose consent is withdrawn; with the code of the case."""
    opened = installation.open_case()
    agreed(installation.browser("ana"), opened.code)
    with installation.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Disclosure).values(
            id="invented", case_id=opened.case_id, agency_id="harbour_house", way="read", purpose="referral",
            categories=["contact"], elements=[], consent_id=None, consent_version=None, at=unit.now,
            by_id=installation.actors["hana"].user_id,
        ))
    withdraw_purposes(installation.system, installation.actors["ana"], case_id=opened.case_id, purposes=["referral"])
    return installation, opened.code


def said(browser: Browser, code: str, **answer: str) -> int:
    browser.get("/to-give-back")
    return browser.post("/to-give-back", {"case": code, **answer}).status_code


def test_who_holds_something_is_told_and_confirms_it(taken_back: tuple[Installation, str]) -> None:
    installation, code = taken_back
    hana, ana = installation.browser("hana"), installation.browser("ana")
    assert "Confirm what became of what your agency received" in hana.get("/notices").text
    page = hana.get("/to-give-back").text
    assert code in page
    assert "Contact" in page
    assert hana.get(f"/cases/{code}").status_code == 404, "access is gone"
    assert "The agency has not confirmed it itself yet" in ana.get(f"/cases/{code}/consents").text
    assert said(hana, code, answer="erased") == 303
    assert "Nothing to confirm" in hana.get("/to-give-back").text
    assert said(hana, code, answer="erased") == 404, "once"
    page = ana.get(f"/cases/{code}/consents").text
    assert "Has erased it" in page
    assert "To be told to stop" not in page
    with installation.system.database.reader() as unit:
        assert unit.conn.execute(select(Recall.agency_id, Recall.answer, Recall.own)).one() == (
            "harbour_house", "erased", True,
        )
        told = unit.conn.execute(select(Notice.user_id).where(Notice.kind == "recall_confirmed")).scalars().all()
    assert installation.actors["ana"].user_id in told


@pytest.mark.parametrize(("answer", "status", "words"), [
    ({}, 422, "Say what became of it."),
    ({"answer": "must_keep"}, 422, "Choose why it has to be kept."),
    ({"answer": "must_keep", "basis": "court_order", "words": "A file of ten years."}, 303, ""),
])
def test_what_is_kept_needs_its_reason(
    taken_back: tuple[Installation, str], answer: dict[str, str], status: int, words: str
) -> None:
    installation, code = taken_back
    hana = installation.browser("hana")
    assert said(hana, code, **answer) == status
    if words:
        assert words in hana.text
        assert "Nothing to confirm" not in hana.text
    else:
        assert "Order of a court" in installation.browser("ana").get(f"/cases/{code}/consents").text


@pytest.mark.parametrize(("login", "status"), [("pol", 404), ("mia", 404), ("ana", 404), ("ada", 403)])
def test_nobody_confirms_for_others(taken_back: tuple[Installation, str], login: str, status: int) -> None:
    installation, code = taken_back
    browser = installation.browser(login)
    browser.get("/notices")
    assert browser.post("/to-give-back", {"case": code, "answer": "erased"}).status_code == status
    if login == "pol":
        assert code not in browser.get("/to-give-back").text


def test_the_time_to_answer_stands_where_each_side_looks(taken_back: tuple[Installation, str]) -> None:
    """On the recipient's page with its reason, in the ledger of the case, and on the board of clocks."""
    installation, code = taken_back
    page = installation.browser("hana").get("/to-give-back").text
    assert "To be confirmed" in page
    assert "Today, 1" in page
    assert "Why this date" in page
    assert "Today, 1" in installation.browser("ana").get(f"/cases/{code}/consents").text
    board = installation.browser("cora").get("/deadlines?state=all&time_limit=T_give_back").text
    assert code in board
    assert "Recipient says what became of it" in board
