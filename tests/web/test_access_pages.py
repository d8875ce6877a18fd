"""Need to know on pages: why one sees a case, who opened it, conflicts of interest, emergencies, signals; no script."""

from __future__ import annotations

import pytest

from tests.web.conftest import Browser, Installation


@pytest.fixture
def code(installation: Installation) -> str:
    """A case of Social Assistance Norvale, opened by its case manager."""
    return installation.open_case("ana", "norvale").code


def opened_in_emergency(installation: Installation, code: str, login: str = "mia") -> Browser:
    """Somebody of Midmar opens the case in an emergency."""
    browser = installation.browser(login)
    browser.get("/emergency")
    answer = browser.post("/emergency", {
        "code": code, "reason": "danger_to_life", "words": "Shouting; nobody of the team answers.",
    })
    assert answer.headers["Location"].endswith(f"/cases/{code}")
    return browser


class TestOnTheCase:
    def test_the_page_says_in_plain_words_what_one_sees_and_why(self, installation: Installation, code: str) -> None:
        text = installation.browser("cora").get(f"/cases/{code}/access").get_data(as_text=True)
        assert "Your role sees this in the cases of its team." in text
        assert "Only the few named for this case see this." in text
        assert "Who opened this case" in text
        assert "Cora Invented" in text

    def test_who_declares_a_conflict_loses_the_case(self, installation: Installation, code: str) -> None:
        browser = installation.browser("cora")
        browser.get(f"/cases/{code}/access")
        answer = browser.post(f"/cases/{code}/conflict", {"reason": "relative"}, follow=True)
        assert "You are kept from the case from now on" in answer.get_data(as_text=True)
        assert browser.get(f"/cases/{code}").status_code == 404
        assert code not in browser.get("/cases").get_data(as_text=True)

    def test_what_is_missing_is_said_at_its_field(self, installation: Installation, code: str) -> None:
        browser = installation.browser("cora")
        browser.get(f"/cases/{code}/access")
        answer = browser.post(f"/cases/{code}/conflict", {})
        assert answer.status_code == 422
        assert "Choose one of the listed reasons." in answer.get_data(as_text=True)

    def test_a_supervisor_keeps_somebody_away_and_another_lets_them_back(
        self, installation: Installation, code: str
    ) -> None:
        chief = installation.browser("sol")
        assert "Nobody is kept from this case" in chief.get(f"/cases/{code}/conflicts").get_data(as_text=True)
        cora = installation.actors["cora"].user_id
        answer = chief.post(f"/cases/{code}/conflicts", {"user_id": cora, "reason": "known"}, follow=True)
        text = answer.get_data(as_text=True)
        assert "They are kept from this case from now on." in text
        assert "Somebody else lifts this" in text
        other = installation.browser("cyril")
        other.get(f"/cases/{code}/conflicts")
        answer = other.post(f"/cases/{code}/conflicts/{cora}/lift", follow=True)
        assert "They can be given work of this case again." in answer.get_data(as_text=True)
        assert installation.browser("cora").get(f"/cases/{code}").status_code == 200


class TestEmergency:
    def test_it_opens_the_case_is_shown_to_the_team_and_to_the_auditor(
        self, installation: Installation, code: str
    ) -> None:
        browser = opened_in_emergency(installation, code)
        assert browser.get(f"/cases/{code}").status_code == 200
        text = installation.browser("cora").get(f"/cases/{code}/access").get_data(as_text=True)
        assert "Mia Invented" in text
        assert "In an emergency" in text
        auditor = installation.browser("ada")
        text = auditor.get("/access-signals").get_data(as_text=True)
        assert code in text
        assert "Shouting" not in text
        action = text.split('action="/access-signals/emergencies/')[1].split('"')[0]
        assert "Shouting" in auditor.post(f"/access-signals/emergencies/{action}").get_data(as_text=True)

    def test_one_ends_it_oneself(self, installation: Installation, code: str) -> None:
        browser = opened_in_emergency(installation, code)
        text = browser.get("/emergency").get_data(as_text=True)
        ending = text.split('action="/emergency/')[1].split("/end")[0]
        browser.post(f"/emergency/{ending}/end")
        assert browser.get(f"/cases/{code}").status_code == 404

    def test_what_was_typed_stays(self, installation: Installation) -> None:
        browser = installation.browser("mia")
        browser.get("/emergency")
        text = browser.post("/emergency", {
            "code": "ZZZ-ZZZZ", "reason": "danger_to_life", "words": "words that stay", "stay": "1",
        }).get_data(as_text=True)
        assert "words that stay" in text
        assert "There is no case with this code that you could open in an emergency." in text


class TestSignals:
    def test_a_signal_is_looked_at_with_a_word(self, installation: Installation, code: str) -> None:
        opened_in_emergency(installation, code)
        auditor = installation.browser("ada")
        text = auditor.get("/access-signals").get_data(as_text=True)
        signal = text.split('action="/access-signals/')[2].split("/seen")[0]
        assert auditor.post(f"/access-signals/{signal}/seen", {"note": ""}).status_code == 422
        auditor.post(f"/access-signals/{signal}/seen", {"note": "spoke with her"})
        assert "spoke with her" in auditor.get("/access-signals?status=seen").get_data(as_text=True)

    def test_a_touched_honey_case_is_told_at_once_and_no_team_sees_the_mark(
        self, installation: Installation, code: str
    ) -> None:
        auditor = installation.browser("ada")
        auditor.get("/access-signals")
        auditor.post("/access-signals/honey", {"case_code": code, "on": "yes"})
        reader = installation.browser("cora")
        page = reader.get(f"/cases/{code}").get_data(as_text=True)
        assert "honey" not in page.lower()
        assert installation.browser("mia").get(f"/cases/{code}").status_code == 404
        text = auditor.get("/access-signals").get_data(as_text=True)
        assert text.count("Touched a case that nobody has a reason to open") >= 2

    def test_others_see_no_signals(self, installation: Installation) -> None:
        assert installation.browser("cora").get("/access-signals").status_code == 403

    def test_an_auditor_asks_why_somebody_sees_a_case(self, installation: Installation, code: str) -> None:
        auditor = installation.browser("ada")
        text = auditor.get(f"/audit/cases/{code}/access?login=pol").get_data(as_text=True)
        assert "no_relation" in text
        text = auditor.get(f"/audit/cases/{code}/access?login=cora").get_data(as_text=True)
        assert "team:COORD:case.read" in text
        assert "visibility:COORD.stay=named" in text
        assert auditor.get(f"/audit/cases/{code}/access?login=nobody").status_code == 422
