"""Decisions on the pages, without script: read, tried, compared, changed in a draft, tested, reviewed."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from nrm.commands.publishing import ask_review, check_draft, publish_draft, save_process_draft, start_draft
from nrm.diagrams.bundle import Bundle
from nrm.records.tables.bundle import BundleDraft
from nrm.vocabulary.errors import BundleRejected
from tests.web.conftest import Browser, Installation, hidden

PROCESS, TABLE = "case_analysis", "D-07_risk_level"
PATH = f"/decisions/{PROCESS}/{TABLE}"
FILE, TESTS = f"tables/{TABLE}.dmn", f"tables/{TABLE}.tests.yaml"
LOWERED = (b"<text>\"from_14\"</text>", b"<text>\"from_14\",\"unknown\"</text>")
"""A change that lets an unknown district profile count as a high one: two tests of the table fail with it."""


def draft_of(installation: Installation) -> tuple[str, Bundle]:
    """The only draft: its id and files."""
    with installation.system.database.reader() as unit:
        row = unit.conn.execute(select(BundleDraft.id, BundleDraft.files)).one()
    return row.id, Bundle.from_zip(row.files)


def table_now(installation: Installation) -> bytes:
    """The bytes of the table in force."""
    with installation.system.database.reader() as unit:
        return installation.system.library.current(unit.conn, PROCESS).bundle.table(TABLE)


def changed_rule(data: bytes) -> bytes:
    """The table with another cell in the rule on the district's profile."""
    before, rule, rest = data.partition(b'<rule id="district">')
    assert rule
    return before + rule + rest.replace(*LOWERED, 1)


def begin(browser: Browser) -> str:
    """Begin a change of the table from its page; the address of its page in the draft."""
    browser.get(PATH)
    answer = browser.post(f"{PATH}/change", {})
    assert answer.status_code == 303
    path = str(answer.location).split("?")[0]
    browser.get(path)
    return path


def row_of(text: str, heading: str) -> str:
    """The row of a table on the page that begins with a heading."""
    head = f'<tr[^>]*><th scope="row"><span class="nrm-rule-word">Rule </span>{heading}'
    found = re.search(rf"{head}\b.*?</tr>", text, re.DOTALL)
    assert found, heading
    return found[0]


class TestReading:
    def test_the_list_says_where_each_decision_stands_and_what_it_does(self, installation: Installation) -> None:
        text = installation.browser("cora").get("/decisions").get_data(as_text=True)
        assert f'href="{PATH}"' in text
        assert "Decides the way on" in text
        assert "Advises people" in text

    @pytest.mark.parametrize(("said", "there", "not_there"), [
        ("risk level", "D-07_risk_level", "D-24_approver"),
        ("d-24", "D-24_approver", "D-07_risk_level"),
        ("Case analysis", "D-07_risk_level", "D-24_approver"),
        ("no such thing", "No decision says this", "D-07_risk_level"),
    ])
    def test_the_list_is_filtered_by_what_the_address_says(
        self, installation: Installation, said: str, there: str, not_there: str
    ) -> None:
        text = installation.browser("cora").get("/decisions", query_string={"q": said}).get_data(as_text=True)
        assert there in text
        assert not_there not in text
        assert f'value="{said}"' in text

    def test_a_decision_is_a_table_of_words_with_its_tests_findings_and_version(
        self, installation: Installation
    ) -> None:
        text = installation.browser("cora").get(PATH).get_data(as_text=True)
        assert "The first rule that applies decides." in text
        assert "(D-07; I-088, I-089)" in text
        assert "is from 14" in row_of(text, "6")
        assert "18 of 18 tests hold." in text
        assert "Nothing to mend." in text
        assert "Version 1" in text

    @pytest.mark.parametrize("path", [
        "/decisions/nothing/D-07_risk_level", f"/decisions/{PROCESS}/nothing", f"{PATH}?version=9",
        f"{PATH}?version=first", f"{PATH}/compare?after=9", f"{PATH}/compare?before=9",
    ])
    def test_what_is_not_there_is_not_found(self, installation: Installation, path: str) -> None:
        assert installation.browser("cora").get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/decisions", PATH, f"{PATH}/compare"])
    def test_decisions_are_for_who_may_read_processes(self, installation: Installation, path: str) -> None:
        assert installation.browser("hana").get(path).status_code == 403

    def test_an_auditor_reads_and_tries_and_changes_nothing(self, installation: Installation) -> None:
        browser = installation.browser("ada")
        text = browser.get(PATH).get_data(as_text=True)
        assert "Change it" not in text
        assert browser.post(PATH, {"fact.risk_base": "high"}).status_code == 200
        assert browser.post(f"{PATH}/change", {}).status_code == 403

    def test_every_decision_in_force_has_a_page(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        text = browser.get("/decisions").get_data(as_text=True)
        paths = set(re.findall(r'href="(/decisions/[^"?]+)"', text))
        assert len(paths) > 25
        assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


class TestTrying:
    @pytest.mark.parametrize(("facts", "result", "applies"), [
        ({"risk_base": "medium", "has_cooperated": "yes"}, "High", "5"),
        ({"risk_base": "high"}, "High", "4"),
        ({"risk_base": "medium", "override_asked": "none", "risk_override": "none", "has_cooperated": "no",
          "district_risk": "below_14"}, "Medium", "7"),
    ])
    def test_the_result_the_reason_and_the_rule_that_applied_are_shown(
        self, installation: Installation, facts: dict[str, str], result: str, applies: str
    ) -> None:
        browser = installation.browser("cora")
        browser.get(PATH)
        text = browser.post(PATH, {f"fact.{name}": value for name, value in facts.items()}).get_data(as_text=True)
        assert f"<dd><strong>{result}</strong></dd>" in text
        assert f"Rule {applies}:" in text
        assert "Applies" in row_of(text, applies)
        assert f'<option value="{facts["risk_base"]}" selected>' in text

    def test_what_was_not_known_and_what_came_closest_is_told(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        browser.get(PATH)
        text = browser.post(PATH, {"fact.risk_base": "medium", "fact.has_cooperated": "yes"}).get_data(as_text=True)
        assert "Not known, and it would matter" in text
        assert "District risk profile" in text
        assert "Rule 4 would need Base level is high, but it is medium" in text
        assert "Could apply" in row_of(text, "1")

    def test_a_value_that_does_not_fit_is_told_at_its_field(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        browser.get(PATH)
        answer = browser.post(PATH, {"fact.risk_base": "purple", "fact.has_cooperated": "yes"})
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'href="#q-fact-risk_base"' in text
        assert 'id="q-fact-risk_base-error"' in text
        assert '<option value="yes" selected>' in text

    def test_nothing_is_kept(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        browser.get(PATH)
        browser.post(PATH, {"fact.risk_base": "high"})
        assert 'id="result"' not in browser.get(PATH).get_data(as_text=True)


class TestChanging:
    def test_the_page_leads_to_the_table_in_a_draft(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        assert path.endswith(f"/tables/{TABLE}")
        assert "data-nrm-table-editor" in browser.text
        assert "Nothing has been changed yet." in browser.text

    def test_a_changed_table_is_saved_with_its_changes_and_its_failing_tests(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        xml = changed_rule(table_now(installation)).decode()
        answer = browser.post(path, {"version": hidden(browser.text, "version"), "xml": xml}, follow=True)
        text = answer.get_data(as_text=True)
        assert "The table is saved in the draft." in text
        assert draft_of(installation)[1].table(TABLE) == xml.encode()
        assert "of 18 tests hold." in text
        assert "18 of 18" not in text
        assert "Must be mended" in text
        assert "<del>" in row_of(text.split('id="changes"')[1], "6")

    def test_a_check_answers_for_what_stands_on_the_page_and_saves_nothing(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        token, xml = hidden(browser.text, "csrf_token"), changed_rule(table_now(installation)).decode()
        text = browser.post(f"{path}/check", {"xml": xml}, token=token).get_data(as_text=True)
        assert "of 18 tests hold." in text
        assert "18 of 18" not in text
        assert "<html" not in text
        assert draft_of(installation)[1].table(TABLE) == table_now(installation)
        bad = browser.post(f"{path}/check", {"xml": xml.replace("\"from_14\"", "from_14 and")}, token=token)
        assert bad.status_code == 200
        assert "Must be mended" in bad.get_data(as_text=True)

    @pytest.mark.parametrize(("xml", "said"), [
        ("<not-dmn", "cannot be read|not well-formed|XML"),
        ("", "changing it here needs a script"),
    ])
    def test_a_table_that_cannot_be_read_is_refused_and_stays_on_the_page(
        self, installation: Installation, xml: str, said: str
    ) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        answer = browser.post(path, {"version": hidden(browser.text, "version"), "xml": xml})
        assert answer.status_code == 422
        assert re.search(said, browser.text)
        assert '\\u003cnot-dmn' in browser.text or not xml
        assert draft_of(installation)[1].table(TABLE) == table_now(installation)

    def test_a_cell_that_is_no_expression_is_named_with_its_place(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        xml = table_now(installation).decode().replace("<text>\"from_14\"</text>", "<text>\"from_14\" and</text>", 1)
        answer = browser.post(path, {"version": hidden(browser.text, "version"), "xml": xml})
        assert answer.status_code == 422
        assert "Not saved" in browser.text
        assert re.search(r"[Rr]ule|[Cc]olumn|line", browser.text.split("Not saved")[1][:400])

    def test_a_second_window_loses_nothing(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        version, xml = hidden(browser.text, "version"), changed_rule(table_now(installation)).decode()
        other = table_now(installation).replace(b"Base high (D-07)", b"Base high, invented")
        assert browser.post(path, {"version": version, "xml": other.decode()}).status_code == 303
        answer = browser.post(path, {"version": version, "xml": xml})
        assert answer.status_code == 409
        assert "Nothing you changed is lost" in browser.text
        assert "What yours would change in the saved table" in browser.text
        again = browser.post(path, {"version": hidden(browser.text, "version"), "xml": xml})
        assert again.status_code == 303
        assert draft_of(installation)[1].table(TABLE) == xml.encode()

    def test_who_reviews_reads_and_changes_nothing(self, installation: Installation) -> None:
        path = begin(installation.browser("cora"))
        other = installation.browser("cyril")
        text = other.get(path).get_data(as_text=True)
        assert "data-nrm-table-editor" not in text
        for part in ("", "/tests", "/files"):
            assert other.post(path + part, {"version": "1", "xml": "<x/>", "tests": "tests: []"}).status_code == 403


class TestTests:
    def test_tests_are_typed_and_saved(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        text = "tests:\r\n- name: only one\r\n  given: {risk_base: high}\r\n  expect: {risk_level: high}\r\n"
        answer = browser.post(f"{path}/tests", {"version": hidden(browser.text, "version"), "tests": text}, follow=True)
        assert "The tests are saved in the draft." in answer.get_data(as_text=True)
        assert "1 of 1 tests hold." in answer.get_data(as_text=True)
        assert draft_of(installation)[1].file(TESTS) == text.replace("\r\n", "\n").encode()

    @pytest.mark.parametrize(("text", "said"), [
        ("tests: [", "The file is not YAML. (line"),
        ("", "The file needs a list"),
        ("tests:\n- given: {}", "Test 1 has no name."),
        ("tests:\n- name: bare <b>", "needs either what to expect or the problem"),
    ])
    def test_what_is_no_test_is_told_beside_the_field_and_kept(
        self, installation: Installation, text: str, said: str
    ) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        answer = browser.post(f"{path}/tests", {"version": hidden(browser.text, "version"), "tests": text})
        assert answer.status_code == 422
        assert said in browser.text
        assert 'id="q-tests-error"' in browser.text
        typed = re.search(r"<textarea[^>]*>(.*?)</textarea>", browser.text, re.DOTALL)
        assert typed
        assert typed[1] == text.replace("<", "&lt;").replace(">", "&gt;")

    @pytest.mark.parametrize(("name", "data", "status", "said"), [
        (f"{TABLE}.tests.yaml", b"tests:\n- {name: x, given: {}, expect: {risk_level: medium}}", 303, ""),
        (f"{TABLE}.tests.yaml", b"tests: []", 422, "The file needs a list"),
        ("D-99.tests.yaml", b"tests:\n- {name: x, given: {}, expect: {a: 1}}", 422, "no decision table of that name"),
        ("D-08_response.tests.yaml", b"tests:\n- {name: x, given: {}, expect: {a: 1}}", 422, "not of this table"),
        ("notes.txt", b"words", 422, "Choose a diagram"),
        ("", b"", 422, "Choose a file."),
    ])
    def test_tests_and_tables_can_be_uploaded(
        self, installation: Installation, name: str, data: bytes, status: int, said: str
    ) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        answer = browser.post(f"{path}/files", {
            "version": hidden(browser.text, "version"), "file": (io.BytesIO(data), name),
        }, content_type="multipart/form-data")
        assert answer.status_code == status
        assert said in browser.text
        assert (draft_of(installation)[1].file(TESTS) == data) is (status == 303)


class TestPublishing:
    def test_a_draft_whose_tests_fail_is_not_sent_to_review(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        xml = changed_rule(table_now(installation)).decode()
        browser.post(path, {"version": hidden(browser.text, "version"), "xml": xml})
        draft_id, _ = draft_of(installation)
        found = check_draft(installation.system, installation.actors["cora"], draft_id=draft_id)
        assert "table_test_failed" in {one.code for one in found}
        with pytest.raises(BundleRejected):
            ask_review(installation.system, installation.actors["cora"], draft_id=draft_id)
        text = browser.get(f"/drafts/{draft_id}").get_data(as_text=True)
        entry = next(part for part in text.split("<li>") if f"/tables/{TABLE}\"" in part)
        assert "Must be mended" in entry

    def test_the_second_person_sees_cells_and_tests_and_versions_are_compared(self, installation: Installation) -> None:
        system, cora, cyril = installation.system, installation.actors["cora"], installation.actors["cyril"]
        draft_id = start_draft(system, cora, process=PROCESS)
        data = table_now(installation).replace(b"Base high (D-07)", b"Base high, invented")
        less = draft_of(installation)[1].file(TESTS).split(b"  - name: base high\n")[0]
        save_process_draft(system, cora, draft_id=draft_id, files={FILE: data, TESTS: less}, version=1)
        ask_review(system, cora, draft_id=draft_id)
        text = installation.browser("cyril").get(f"/drafts/{draft_id}/review").get_data(as_text=True)
        assert "Base high, invented</ins>" in row_of(text.split(f'id="table-{TABLE}"')[1], "4")
        assert "1 of 1 tests hold." in text
        assert "test “base high” is removed" in text
        publish_draft(system, cyril, draft_id=draft_id, digest=draft_of(installation)[1].digest)
        browser = installation.browser("ada")
        text = browser.get(PATH).get_data(as_text=True)
        assert f'href="{PATH}/compare?before=1&amp;after=2"' in text
        text = browser.get(f"{PATH}/compare?before=1&after=2").get_data(as_text=True)
        assert "Base high (D-07) becomes Base high, invented" in text
        assert "Changed" in row_of(text, "4")
        assert "Changed" not in row_of(text, "5")
        assert "Version 1" in browser.get(f"{PATH}?version=1").get_data(as_text=True)
