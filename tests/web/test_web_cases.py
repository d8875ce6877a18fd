"""Opening a case and its pages without script: what is hidden opens on press, what is foreign does not exist."""

from __future__ import annotations

import io
import re

import pytest

from nrm.commands.open_case import opening_form
from nrm.deployment.wording import SOURCE_LANGUAGE
from tests.support.papers import A_PDF
from tests.web.conftest import Browser, Installation, hidden, least

TABS = ("", "/timeline", "/team", "/plan", "/records", "/notes", "/files", "/consents", "/process", "/history", "/more")


def opened(installation: Installation, login: str = "ana") -> tuple[Browser, str]:
    """A browser beside a case with a name."""
    case = installation.open_case("ana", chosen_name="Nadia Invented")
    return installation.browser(login), case.code


def test_a_case_is_opened_after_a_search(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/cases/new")
    assert browser.post("/cases/new", {}).status_code == 422
    browser.post("/cases/new", {"given_name": "Nadia", "family_name": "Invented"})
    assert "No case of this name" in browser.text
    browser.post("/cases/new/form", {"given_name": "Nadia", "family_name": "Invented", "_action": "begin"})
    assert 'value="Nadia"' in browser.text, "the searched name goes on into the form"
    form = opening_form(installation.system, installation.actors["ana"])
    answers = least(form, {"given_name": "Nadia", "family_name": "Invented"})
    answer = browser.post("/cases/new/form", {**answers, "_district": "", "_action": "complete"})
    assert answer.status_code == 422
    assert 'href="#q-_district"' in browser.text
    answer = browser.post("/cases/new/form", {**answers, "_district": "norvale", "_action": "complete"})
    assert answer.status_code == 303, re.findall(r"ds-link[^>]*>([^<]*)", browser.text)
    browser.get(answer.location)
    assert "The case is open" in browser.text
    browser.get("/cases/new")
    browser.post("/cases/new", {"given_name": "nadia"})
    assert "There may be a case already" in browser.text


def test_every_tab_opens_and_none_shows_the_name(installation: Installation) -> None:
    browser, code = opened(installation)
    for tab in TABS:
        answer = browser.get(f"/cases/{code}{tab}")
        assert answer.status_code == 200, tab
        assert "Nadia" not in browser.text, tab
        assert re.search(r"<title>Case · Caseway</title>", browser.text), tab


def test_the_name_opens_on_press_and_each_press_is_an_entry(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}")
    answer = browser.post(f"/cases/{code}/reveal/identity")
    assert answer.status_code == 200
    assert "Nadia Invented" in browser.text
    part = browser.post(f"/cases/{code}/reveal/identity", headers={"X-Requested-With": "nrm"})
    assert "<html" not in part.get_data(as_text=True)
    browser.get(f"/cases/{code}/history")
    assert browser.text.count("Opened what is hidden: names and papers") == 2


def test_the_place_of_stay_has_its_own_page_for_the_named_few(installation: Installation) -> None:
    browser, code = opened(installation)
    assert browser.get(f"/cases/{code}/stay").status_code == 404
    browser.get(f"/cases/{code}")
    assert browser.post(f"/cases/{code}/reveal/stay").status_code == 404


def test_notes_and_files(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}/notes")
    answer = browser.post(f"/cases/{code}/notes", {"category": "", "text": "words that stay"})
    assert answer.status_code == 422
    assert "words that stay" in browser.text
    assert browser.post(f"/cases/{code}/notes", {"category": "process", "text": "a note <i>"}).status_code == 303
    assert "a note &lt;i&gt;" in browser.get(f"/cases/{code}/notes").get_data(as_text=True)
    browser.get(f"/cases/{code}/files")
    wrong = {"category": "process", "file": (io.BytesIO(b"MZ not a picture"), "a.png", "image/png")}
    assert browser.post(f"/cases/{code}/files", wrong, content_type="multipart/form-data").status_code == 422
    right = {"category": "process", "file": (io.BytesIO(A_PDF), "Nadia.pdf", "application/pdf")}
    assert browser.post(f"/cases/{code}/files", right, content_type="multipart/form-data").status_code == 303
    browser.get(f"/cases/{code}/files")
    found = browser.client.get(re.findall(r'href="(/files/[^"]+)"', browser.text)[0])
    assert found.data.startswith(b"%PDF-")
    assert found.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Nadia" not in found.headers["Content-Disposition"], "the name of the download is neutral"
    assert found.headers["Content-Disposition"].startswith("attachment")


def test_consent_is_recorded_and_withdrawn(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}/consents")
    answer = browser.post(f"/cases/{code}/consents", {"purpose": "referral"})
    assert answer.status_code == 422
    answer = browser.post(f"/cases/{code}/consents", {
        "purpose": "referral", "answer": "given", "given_by": "person", "recipients": ["harbour_house"]})
    assert answer.status_code == 303, browser.text
    browser.get(f"/cases/{code}/consents")
    assert "Harbour House" in browser.text
    assert re.search(rf'action="/cases/{code}/consents/foresee"', browser.text)
    browser.post(f"/cases/{code}/consents/foresee", {"back_purposes": "referral", "back_recipients": "harbour_house"})
    assert browser.post(f"/cases/{code}/consents/withdraw", {"back_purposes": "referral"}).status_code == 303
    browser.get(f"/cases/{code}/consents")
    assert "Taken back" in browser.text


def test_a_legal_basis_needs_a_second_person(installation: Installation) -> None:
    cora, code = opened(installation, "cora")
    cora.get(f"/cases/{code}/consents")
    answer = cora.post(f"/cases/{code}/overrides", {"law_reason": "cannot wait"})
    assert answer.status_code == 422
    assert "cannot wait" in cora.text
    answer = cora.post(f"/cases/{code}/overrides", {
        "basis": "danger_to_life", "recipient": "police", "law_purpose": "police", "law_categories": ["identity"],
        "law_reason": "cannot wait"})
    assert answer.status_code == 303, cora.text
    cora.get(f"/cases/{code}/consents")
    path = re.findall(r'action="(/cases/[^"]+/confirm)"', cora.text)[0]
    elsewhere = installation.open_case("cora")
    assert cora.post(path.replace(code, elsewhere.code)).status_code == 404, "a legal basis belongs to its case"
    assert cora.post(path).status_code == 403
    cyril = installation.browser("cyril")
    cyril.get(f"/cases/{code}/consents")
    assert cyril.post(path).status_code == 303


def test_a_record_is_corrected_with_a_reason_and_the_earlier_version_stays(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}/records")
    record = re.findall(r'href="(/records/[^"]+)"', browser.text)[0]
    browser.get(record)
    assert "Nadia Invented" in browser.text
    browser.get(f"{record}/correct")
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"[^>]*checked', browser.text))
    lines = r'<input class="ds-input" type="text"[^>]* name="([a-z_]+)" value="([^"]*)"'
    fields.update(re.findall(lines, browser.text))
    form = opening_form(installation.system, installation.actors["ana"])
    fields = least(form, {**fields, "chosen_name": "Nadja Invented"})
    answer = browser.post(f"{record}/correct", {**fields, "_shown": hidden(browser.text, "_shown")})
    assert answer.status_code == 422
    assert 'href="#q-_reason"' in browser.text
    assert "Nadja Invented" in browser.text
    answer = browser.post(f"{record}/correct", {
        **fields, "_shown": hidden(browser.text, "_shown"), "_reason": "typing_mistake"})
    assert answer.status_code == 303, re.findall(r'href="#q[^>]*>([^<]*)', browser.text)
    browser.get(answer.location)
    assert "Nadja Invented" in browser.text
    assert "Version 1" in browser.text
    browser.get(record)
    assert "This is an earlier version" in browser.text


def test_the_process_is_a_picture_and_the_same_as_a_list(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}/process")
    assert "data-nrm-viewer" in browser.text
    assert '<script type="application/json"' in browser.text
    assert "The same as a list" in browser.text
    assert "Check on safety" in browser.text


def test_the_history_is_checked_with_one_button(installation: Installation) -> None:
    browser, code = opened(installation)
    browser.get(f"/cases/{code}/history")
    assert "Opened the case" in browser.text
    answer = browser.post(f"/cases/{code}/history")
    assert answer.status_code == 200
    assert "The history is whole" in browser.text


def test_start_link_close_and_reopen(installation: Installation) -> None:
    browser, code = opened(installation)
    other = installation.open_case("ana")
    browser.get(f"/cases/{code}/more")
    assert browser.post(f"/cases/{code}/start", {"process": "risk_review"}).status_code == 303
    assert browser.post(f"/cases/{code}/link", {"other_code": "XXX-XXXX", "kind": "family"}).status_code == 422
    assert "XXX-XXXX" in browser.text
    assert browser.post(f"/cases/{code}/link", {"other_code": other.code, "kind": "family"}).status_code == 303
    assert other.code in browser.get(f"/cases/{code}").get_data(as_text=True)
    assert browser.post(f"/cases/{code}/close", {"reason": ""}).status_code == 422
    assert browser.post(f"/cases/{code}/close", {"reason": "moved_abroad"}).status_code == 303
    browser.get(f"/cases/{code}/notes")
    assert browser.post(f"/cases/{code}/notes", {"category": "process", "text": "late"}).status_code == 409
    browser.get(f"/cases/{code}/more")
    assert browser.post(f"/cases/{code}/reopen", {"reason": "new_need"}).status_code == 303


def test_a_seat_of_the_team_is_filled_in_two_steps(installation: Installation) -> None:
    cora, code = opened(installation, "cora")
    cora.get(f"/cases/{code}/team")
    cora.post(f"/cases/{code}/team", {"role": "CM", "agency": "sa_norvale", "_action": "people"})
    assert "Bo Invented" in cora.text
    answer = cora.post(f"/cases/{code}/team", {
        "role": "CM", "agency": "sa_norvale", "user_id": "u-bo", "named": "yes", "basis": "takes the case"})
    assert answer.status_code == 303, cora.text
    cora.get(f"/cases/{code}/team")
    assert "Bo Invented" in cora.text
    assert "Named" in cora.text


def test_an_auditor_sees_process_and_history_but_no_case_page(installation: Installation) -> None:
    auditor, code = opened(installation, "ada")
    assert auditor.get(f"/cases/{code}/history").status_code == 200
    assert auditor.get(f"/cases/{code}/process").status_code == 200
    for tab in ("", "/notes", "/files", "/records", "/plan"):
        assert auditor.get(f"/cases/{code}{tab}").status_code in (403, 404), tab


def test_no_page_says_a_banned_word(installation: Installation) -> None:
    wording = installation.system.configuration.wording
    for language in ("en", "ro", "ar"):
        browser, code = opened(installation)
        browser.post("/language", {"language": language})
        for path in ("/tasks", "/cases", "/cases/new", "/cases/new/form", "/notices",
                     *(f"/cases/{code}{tab}" for tab in TABS)):
            html = re.sub(r"<script.*?</script>", " ", browser.get(path).get_data(as_text=True), flags=re.DOTALL)
            text = re.sub(r"<[^>]+>", " ", html)
            for spoken in {language, SOURCE_LANGUAGE}:
                assert not wording.banned_in(text, spoken), (path, language)


@pytest.fixture
def officer(installation: Installation) -> tuple[Browser, str]:
    """A police officer who has a seat in a case and nothing else in it yet, and its code."""
    cora, code = opened(installation, "cora")
    cora.get(f"/cases/{code}/team")
    cora.post(f"/cases/{code}/team", {"role": "POL", "agency": "police", "basis": "asked in"})
    return installation.browser("pol"), code


def tabs_of(browser: Browser) -> list[str]:
    """The tabs on the page last seen."""
    nav = browser.text.split('aria-label="Parts of the case"')[1].split("</nav>", maxsplit=1)[0]
    return [label.split("<", maxsplit=1)[0].strip() for label in re.findall(r"<a[^>]*>([^<]*)", nav)]


def test_police_see_the_tabs_that_hold_something_for_them(officer: tuple[Browser, str]) -> None:
    browser, code = officer
    browser.get(f"/cases/{code}")
    assert tabs_of(browser) == ["Summary", "Team", "Notes", "Access"]
    for tab in ("timeline", "plan", "records", "files", "consents"):
        browser.get(f"/cases/{code}/{tab}")
        assert "none of it is in this place" in browser.text, f"{tab} says why it is empty"
    browser.get(f"/cases/{code}/notes")
    browser.post(f"/cases/{code}/notes", {"category": "process", "text": "an own note"})
    browser.get(f"/cases/{code}/notes")
    assert "an own note" in browser.text


def test_what_is_hard_to_take_back_asks_first_without_any_script(installation: Installation) -> None:
    cora, code = opened(installation, "cora")
    cora.get(f"/cases/{code}/consents")
    cora.post(f"/cases/{code}/overrides", {
        "basis": "danger_to_life", "recipient": "police", "law_purpose": "police", "law_categories": ["identity"],
        "law_reason": "cannot wait"})
    cora.get(f"/cases/{code}/consents")
    asking = cora.text.split('<details class="nrm-sure"')[1].split("</details>", maxsplit=1)[0]
    assert "It holds for thirty days." in asking
    assert re.search(r'action="/cases/[^"]+/confirm"', asking), "the form stands behind the question"
    assert len(re.findall(r'action="/cases/[^"]+/confirm"', cora.text)) == 1
