"""The auditor's pages: search, history in words, the one-press check, the export; never any content."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from nrm.commands.add_note import add_note
from nrm.commands.read_case import read_case
from nrm.records.tables.history import INSTALLATION, History
from nrm.vocabulary.errors import NrmError
from tests.web.conftest import Installation

SECRET = "Zyxwv Nobodyname"


def acts(installation: Installation, chain: str) -> list[str]:
    """The acts in a history, in order."""
    with installation.system.database.reader() as unit:
        wanted = select(History.act).where(History.chain == chain).order_by(History.seq)
        return list(unit.conn.execute(wanted).scalars())


def alter(installation: Installation, case_id: str, seq: int) -> None:
    """Change one entry in the file itself, past every guard, as somebody with the disk could."""
    path = Path(installation.system.settings.database_url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE history SET outcome = 'refused' WHERE chain = ? AND seq = ?", (case_id, seq))


class TestSearch:
    def test_nothing_is_searched_before_it_is_asked_and_a_search_is_an_entry(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        assert "Nothing searched yet" in browser.get("/audit").get_data(as_text=True)
        assert "audit.searched" not in acts(installation, INSTALLATION)
        text = browser.get("/audit?find=1").get_data(as_text=True)
        assert f'href="/audit/cases/{opened.code}"' in text
        assert acts(installation, INSTALLATION)[-1] == "audit.searched"

    @pytest.mark.parametrize(("query", "found"), [
        ("district=norvale", True), ("district=midmar", False), ("status=running", True), ("status=closed", False),
        ("agency=sa_norvale", True), ("agency=police", False), ("from=2026-03-02&until=2026-03-02", True),
        ("from=2026-03-03", False), ("until=2026-03-01", False), ("overdue=1", False), ("code=ZZZ", False),
    ])
    def test_cases_are_found_by_process_facts(self, installation: Installation, query: str, found: bool) -> None:
        opened = installation.open_case("ana", "norvale")
        text = installation.browser("ada").get(f"/audit?{query}").get_data(as_text=True)
        assert (opened.code in text) is found

    @pytest.mark.parametrize("query", ["from=tomorrow", "status=odd", "find=1&after=%00"])
    def test_what_cannot_be_read_is_said_and_kept(self, installation: Installation, query: str) -> None:
        assert installation.browser("ada").get(f"/audit?{query}").status_code == 422

    @pytest.mark.parametrize("login", ["ana", "cora", "sol", "pol"])
    @pytest.mark.parametrize("path", ["/audit", "/audit?find=1", "/audit/installation"])
    def test_it_is_the_auditors_alone(self, installation: Installation, login: str, path: str) -> None:
        assert installation.browser(login).get(path).status_code == 403


class TestHistory:
    def test_readings_and_refusals_are_told_with_their_rules(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        read_case(installation.system, installation.actors["ana"], case_id=opened.case_id)
        with pytest.raises(NrmError):
            read_case(installation.system, installation.actors["pol"], case_id=opened.case_id)
        text = installation.browser("ada").get(f"/audit/cases/{opened.code}").get_data(as_text=True)
        assert "Opened the case" in text
        assert "Read: the case" in text
        assert "Refused: Open a case page and the records one may see." in text
        assert "They do not work on this case." in text
        assert "Pol Invented" in text

    def test_the_auditors_own_reading_is_an_entry_of_it(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        text = installation.browser("ada").get(f"/audit/cases/{opened.code}").get_data(as_text=True)
        assert "Your reading this is an entry." in text
        assert acts(installation, opened.case_id)[-1] == "read"
        assert "Ada Invented" in text

    def test_no_content_name_note_or_file_is_anywhere(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        add_note(
            installation.system, installation.actors["ana"], case_id=opened.case_id, category="narrative", text=SECRET,
        )
        browser = installation.browser("ada")
        shown = [browser.get(path).get_data(as_text=True) for path in (
            "/audit?find=1", f"/audit/cases/{opened.code}", "/audit/installation",
        )]
        browser.get(f"/audit/cases/{opened.code}")
        shown.append(browser.post(f"/audit/cases/{opened.code}/export", {}).get_data(as_text=True))
        assert all(SECRET not in text and "Nobodyname" not in text for text in shown)
        assert browser.get(f"/cases/{opened.code}").status_code in (403, 404)

    def test_a_code_that_is_no_case_is_not_found(self, installation: Installation) -> None:
        assert installation.browser("ada").get("/audit/cases/NO-SUCH").status_code == 404


class TestCheck:
    def test_one_press_says_intact(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        browser.get(f"/audit/cases/{opened.code}")
        text = browser.post(f"/audit/cases/{opened.code}/check", {}).get_data(as_text=True)
        assert "Intact to entry" in text
        assert "none is missing" in text
        assert acts(installation, opened.case_id)[-1] == "history.checked"

    def test_one_press_says_which_entry_was_altered(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        browser.get(f"/audit/cases/{opened.code}")
        alter(installation, opened.case_id, 3)
        answer = browser.post(f"/audit/cases/{opened.code}/check", {})
        assert answer.status_code == 200
        text = answer.get_data(as_text=True)
        assert "Altered at entry 3" in text
        assert "Entries 1 to 2 are as they were written." in text

    def test_the_installation_has_a_history_of_its_own(self, installation: Installation) -> None:
        browser = installation.browser("ada")
        text = browser.get("/audit/installation").get_data(as_text=True)
        assert "Signed in: Ada Invented" in text
        assert "Published a version of a process: Identification" in text
        assert "Read this history" in text
        assert "Intact to entry" in browser.post("/audit/installation/check", {}).get_data(as_text=True)


class TestExport:
    def test_it_is_a_table_and_the_export_an_entry(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        browser.get(f"/audit/cases/{opened.code}")
        answer = browser.post(f"/audit/cases/{opened.code}/export", {})
        assert answer.mimetype == "text/csv"
        assert opened.code not in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
        assert rows[0][:5] == ["seq", "at", "actor", "agency", "act"]
        assert rows[1][4] == "case.opened"
        assert acts(installation, opened.case_id)[-1] == "history.exported"

    def test_it_needs_the_form_and_its_token(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        assert browser.get(f"/audit/cases/{opened.code}/export").status_code == 404
        assert browser.post(f"/audit/cases/{opened.code}/export", {}, token="x", who="x").status_code == 403
