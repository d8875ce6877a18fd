"""The consent page: the matrix, what a withdrawal would end, who received what; the page that the person carries."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from nrm.records.tables.consent import Disclosure
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import Browser, Installation

TELLING = re.compile(r"Norvale|Harbour|police|poliți|شرطة|traffick|victim|shelter", re.IGNORECASE)
"""Nothing on a page that the person carries may say where, with whom, or what it is about."""


def agreed(browser: Browser, code: str, **answer: object) -> None:
    browser.get(f"/cases/{code}/consents")
    said = {"purpose": "referral", "answer": "given", "given_by": "person", "recipients": ["harbour_house"], **answer}
    assert browser.post(f"/cases/{code}/consents", said).status_code == 303


def test_what_a_withdrawal_would_end_is_shown_before_it_is_recorded(installation: Installation) -> None:
    opened = installation.open_case()
    browser = installation.browser("ana")
    agreed(browser, opened.code)
    with installation.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Disclosure).values(
            id="invented", case_id=opened.case_id, agency_id="harbour_house", way="read", purpose="referral",
            categories=["contact"], elements=[], consent_id=None, consent_version=None, at=unit.now, by_id="hana",
        ))
    browser.get(f"/cases/{opened.code}/consents")
    assert "Who received what" in browser.text
    browser.post(f"/cases/{opened.code}/consents/foresee", {"back_purposes": ["referral"]})
    assert "These agencies lose access" in browser.text
    assert "Harbour House: Contact" in browser.text
    browser.get(f"/cases/{opened.code}/consents")
    assert "Taken back" not in browser.text, "a look changes nothing"
    browser.post(f"/cases/{opened.code}/consents/foresee", {"back_purposes": ["referral"]})
    answer = browser.post(f"/cases/{opened.code}/consents/withdraw", {"back_purposes": ["referral"]}, follow=True)
    html = answer.get_data(as_text=True)
    assert "The consent is withdrawn" in html
    assert "To be told to stop" in html


@pytest.mark.parametrize("step", ["foresee", "withdraw"])
def test_nothing_chosen_is_told_at_its_field(installation: Installation, step: str) -> None:
    code = installation.open_case().code
    browser = installation.browser("ana")
    agreed(browser, code)
    browser.get(f"/cases/{code}/consents")
    answer = browser.post(f"/cases/{code}/consents/{step}", {})
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    pointed = re.search(r'href="#([\w-]+)">What is taken back', html)
    assert pointed is not None
    assert f'id="{pointed[1]}"' in html


def test_a_legal_basis_is_ended_with_a_reason(installation: Installation) -> None:
    code = installation.open_case().code
    cora = installation.browser("cora")
    cora.get(f"/cases/{code}/consents")
    cora.post(f"/cases/{code}/overrides", {
        "basis": "court_order", "recipient": "police", "law_purpose": "police", "law_categories": ["identity"],
        "law_reason": "Invented reason.",
    })
    cyril = installation.browser("cyril")
    cyril.get(f"/cases/{code}/consents")
    found = re.search(rf"/cases/{code}/overrides/([\w-]+)/revoke", cyril.text)
    assert found is not None
    assert cyril.post(found[0], {"revoke_reason": " "}).status_code == 422
    cyril.post(found[0], {"revoke_reason": "It was withdrawn by the court."}, follow=True)
    cyril.get(f"/cases/{code}/consents")
    assert "No longer holds" in cyril.text


@pytest.mark.parametrize(("language", "words", "direction"), [
    ("en", "You agreed to be put in touch with services.", "ltr"),
    ("ro", "Ați fost de acord să fiți pus(ă) în legătură cu servicii.", "ltr"),
    ("ar", "وافقتم على ربطكم بالخدمات.", "rtl"),
])
def test_the_page_to_carry_is_in_the_persons_language_and_tells_nothing(
    installation: Installation, language: str, words: str, direction: str
) -> None:
    code = installation.open_case().code
    browser = installation.browser("ana")
    agreed(browser, code)
    agreed(browser, code, purpose="police", recipients=["police"])
    browser.get(f"/cases/{code}/page-to-carry")
    printed = browser.post("/page-to-carry", {"case": code, "parts": ["agreed", "call"], "language": language})
    assert code not in printed.request.url, "browsers print the address of a page below it"
    title = re.search(r"<title>.*?</title>", browser.text)
    assert title is not None
    assert code not in title[0]
    section = re.search(r"<section.*?</section>", browser.text, re.DOTALL)
    assert section is not None
    assert words in section[0]
    assert f'lang="{language}" dir="{direction}"' in section[0]
    assert installation.system.configuration.product.help_line in section[0]
    assert TELLING.search(section[0]) is None
    assert code not in section[0]
    assert not installation.system.configuration.wording.banned_in(section[0], language)


def test_what_stands_on_the_page_is_chosen(installation: Installation) -> None:
    code = installation.open_case().code
    browser = installation.browser("ana")
    browser.get(f"/cases/{code}/page-to-carry")
    assert browser.post("/page-to-carry", {"case": code, "language": "en"}).status_code == 422
    browser.post("/page-to-carry", {"case": code, "language": "en", "parts": ["agreed"]})
    assert installation.system.configuration.product.help_line not in browser.text


@pytest.mark.parametrize(("login", "named", "status"), [
    ("ana", "", 422), ("ana", "AAA-AAAA", 404), ("mia", "it", 404), ("hana", "it", 404), ("ada", "it", 403),
])
def test_the_page_to_carry_is_of_a_case_one_works_on(
    installation: Installation, login: str, named: str, status: int
) -> None:
    code = installation.open_case().code
    browser = installation.browser(login)
    browser.get("/notices")
    sent = {"case": code if named == "it" else named, "language": "en", "parts": ["agreed"]}
    assert browser.post("/page-to-carry", sent).status_code == status
