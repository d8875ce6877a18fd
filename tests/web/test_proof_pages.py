"""Pages that take a history out: the auditor's exports, the program beside them, and words that only readers take."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

import nrm.verify
from nrm.commands.accounts import create_user
from nrm.verify import INTACT, check
from nrm.vocabulary.actor import SYSTEM
from tests.support.signing import sign_with_new_key
from tests.web.conftest import PASSWORD, Installation


def taken(data: bytes) -> dict[str, bytes]:
    """The files of a ZIP that was sent."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {one.filename: packed.read(one) for one in packed.infolist()}


def code_of(files: dict[str, bytes]) -> int:
    """What the auditor's program says."""
    report = check({name: lambda data=data: io.BytesIO(data) for name, data in files.items()})  # type: ignore[misc]
    assert report.findings == []
    return report.code


class TestAuditor:
    def test_the_history_of_a_case_with_its_proof(self, installation: Installation) -> None:
        keys = sign_with_new_key(installation.system)
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        assert f'href="/audit/cases/{opened.code}/proof"' in browser.get(f"/audit/cases/{opened.code}").get_data(True)
        page = browser.get(f"/audit/cases/{opened.code}/proof").get_data(as_text=True)
        assert str(keys.keys[0]) in page
        answer = browser.post(f"/audit/cases/{opened.code}/proof", {"entries": "", "held": ""})
        assert answer.headers["Content-Disposition"] == 'attachment; filename="history.zip"'
        files = taken(answer.get_data())
        assert code_of(files) == INTACT
        assert files["manifest.json"].count(f"case:{opened.case_id}".encode()) == 1

    def test_a_receipt_of_single_entries(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        browser.get(f"/audit/cases/{opened.code}/proof?entry=2")
        files = taken(browser.post(f"/audit/cases/{opened.code}/proof", {"entries": "2, 1", "held": ""}).get_data())
        assert len(files["entries.jsonl"].splitlines()) == 2

    @pytest.mark.parametrize(("form", "said"), [
        ({"entries": "two"}, "Write whole numbers"), ({"entries": "9999"}, "There is no such entry"),
        ({"held": "12345678"}, "No checkpoint of the history has this size"), ({"entries": "²"}, "Write whole numbers"),
    ])
    def test_what_cannot_be_taken_is_said_and_kept(
        self, installation: Installation, form: dict[str, str], said: str
    ) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        browser.get(f"/audit/cases/{opened.code}/proof")
        answer = browser.post(f"/audit/cases/{opened.code}/proof", form)
        text = answer.get_data(as_text=True)
        assert (answer.status_code, text.count(said)) == (422, 2), "in the summary, linked, and at the field"
        assert all(f'value="{value}"' in text for value in form.values())

    def test_the_whole_history(self, installation: Installation) -> None:
        sign_with_new_key(installation.system)
        installation.open_case("ana", "norvale")
        browser = installation.browser("ada")
        page = browser.get("/audit/proof").get_data(as_text=True)
        assert ('href="/audit/verify.py"' in page, 'href="/exports?what=history"' in page) == (True, True)
        refused = browser.post("/audit/proof", {})
        assert refused.headers["Location"].startswith("/exports?what=history"), "nobody allowed it yet"
        browser.get("/exports")
        assert browser.post("/exports", {"what": "history", "reason": "The yearly audit."}).status_code == 303
        assert "Allow it once" not in browser.get("/exports").get_data(as_text=True), "not by who asked"
        self.allow(installation)
        browser.get("/audit/proof")
        assert code_of(taken(browser.post("/audit/proof", {}).get_data())) == INTACT
        assert browser.post("/audit/proof", {}).status_code == 303, "it was allowed once"

    def allow(self, installation: Installation) -> None:
        """The data-protection officer reads why, and allows it."""
        create_user(
            installation.system, SYSTEM, login="dora", name="Dora Invented", agency_id="national_unit", roles=["DPO"],
            password=PASSWORD,
        )
        other = installation.browser("dora")
        page = other.get("/exports").get_data(as_text=True)
        assert "The yearly audit." in page
        (address,) = re.findall(r'action="(/exports/[^"]+/allow)"', page)
        assert other.post(address, {}).headers["Location"] == "/exports?said=export_allowed"

    def test_the_program_is_the_one_of_the_source(self, installation: Installation) -> None:
        sent = installation.browser("ada").get("/audit/verify.py")
        assert sent.get_data() == Path(nrm.verify.__file__).read_bytes()

    @pytest.mark.parametrize("login", ["ana", "cora"])
    @pytest.mark.parametrize("path", ["/audit/proof", "/audit/verify.py"])
    def test_it_is_the_auditors_alone(self, installation: Installation, login: str, path: str) -> None:
        assert installation.browser(login).get(path).status_code == 403


class TestWords:
    def test_who_reads_the_case_takes_words_out_with_a_reason(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        browser = installation.browser("ana")
        page = browser.get(f"/cases/{opened.code}/disclose")
        assert page.status_code == 200
        missing = browser.post(f"/cases/{opened.code}/disclose", {"entries": "1", "reason": ""})
        assert (missing.status_code, "Say why these words" in missing.get_data(as_text=True)) == (422, True)
        files = taken(browser.post(f"/cases/{opened.code}/disclose", {
            "entries": "1", "reason": "The person asked.", "recipient": "person",
        }).get_data())
        assert b'"seq":1' in files["disclosed.jsonl"]
        assert code_of(files) == INTACT

    def test_never_the_auditor(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        assert installation.browser("ada").get(f"/cases/{opened.code}/disclose").status_code == 403
