"""Processes, drafts, review and publication on the coordinator's pages, without script."""

from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select

from nrm.diagrams.bundle import Bundle
from nrm.records.tables.bundle import BundleDraft, BundleRow
from nrm.records.tables.run import Run
from tests.web.conftest import Browser, Installation, hidden

PROCESS = "identification"


def begin(browser: Browser) -> str:
    """Begin a draft; its address."""
    browser.get(f"/processes/{PROCESS}")
    answer = browser.post(f"/processes/{PROCESS}/draft", {})
    assert answer.status_code == 303
    path = str(answer.location).split("?")[0]
    browser.get(path)
    return path


def limit_fields(text: str) -> dict[str, str]:
    """The limits as the page's form holds them."""
    fields = dict(re.findall(r'name="(limit\.[^"]+)" value="([^"]*)"', text))
    for name, options in re.findall(r'<select[^>]*name="(limit\.[^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return fields


def save(browser: Browser, path: str, action: str = "save", **more: str) -> int:
    """Save the draft as the form would, with some fields changed."""
    fields = {**limit_fields(browser.text), "version": hidden(browser.text, "version"), "xml": "", "note": ""}
    answer = browser.post(path, {**fields, "_action": action, **{k.replace("__", "."): v for k, v in more.items()}})
    if answer.status_code == 303:
        browser.get(str(answer.location))
    return answer.status_code


def bundle_of(installation: Installation) -> Bundle:
    """The files of the draft."""
    with installation.system.database.reader() as unit:
        return Bundle.from_zip(unit.conn.execute(select(BundleDraft.files)).scalar_one())


class TestLooking:
    def test_the_list_says_what_is_in_force(self, installation: Installation) -> None:
        text = installation.browser("cora").get("/processes").get_data(as_text=True)
        assert f'href="/processes/{PROCESS}"' in text
        assert "Case manager" in text

    def test_a_process_is_a_picture_and_the_same_in_words(self, installation: Installation) -> None:
        text = installation.browser("cora").get(f"/processes/{PROCESS}").get_data(as_text=True)
        assert "data-nrm-viewer" in text
        data = json.loads(text.split('id="diagram">')[1].split("</script>")[0])
        assert "bpmn:definitions" in data["xml"]
        assert 'data-nrm-element="explain_rights"' in text
        assert "In force" in text

    def test_a_limit_says_from_when_it_counts_when_it_rests_and_by_which_right(
        self, installation: Installation
    ) -> None:
        text = installation.browser("cora").get(f"/processes/{PROCESS}").get_data(as_text=True)
        limits = text.split('aria-labelledby="limits"')[-1].split("</section>")[0]
        rows = {row.split("<")[0]: re.sub(r"<[^>]+>", " ", row) for row in limits.split('<th scope="row">')[1:]}
        assert "The referral is received" in rows["T10"]
        assert "A court has stayed the matter" in rows["T10"]
        assert "Never" in rows["T_confirm"]
        assert "a configurable default, not read from a law" in rows["T_confirm"]

    def test_forms_and_tables_have_previews_and_downloads(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        text = browser.get(f"/processes/{PROCESS}").get_data(as_text=True)
        paths = re.findall(rf'href="(/processes/{PROCESS}/(?:forms|tables|files)/[^"]+)"', text)
        assert len(paths) > 10
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            if "/files/" in path:
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("path", [
        "/processes/nothing", f"/processes/{PROCESS}?version=9", f"/processes/{PROCESS}/forms/nothing",
        f"/processes/{PROCESS}/files/../../settings.yaml", f"/processes/{PROCESS}/tables/nothing", "/drafts/nothing",
    ])
    def test_what_is_not_there_is_not_found(self, installation: Installation, path: str) -> None:
        assert installation.browser("cora").get(path).status_code == 404

    @pytest.mark.parametrize("login", ["hana", "pol"])
    def test_processes_are_for_who_may_read_them(self, installation: Installation, login: str) -> None:
        assert installation.browser(login).get("/processes").status_code == 403

    def test_an_auditor_reads_processes_and_drafts_nothing(self, installation: Installation) -> None:
        browser = installation.browser("ada")
        text = browser.get(f"/processes/{PROCESS}").get_data(as_text=True)
        assert "Draft a change" not in text
        assert browser.post(f"/processes/{PROCESS}/draft", {}).status_code == 403


class TestDrafting:
    def test_a_limit_is_changed_and_the_draft_says_so_in_words(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        assert save(browser, path, limit__T08__length="7", limit__T08__source="Invented Act 5") == 303
        assert "3 calendar days becomes 7 calendar days" in browser.text
        assert "Invented Act 5" in browser.text
        assert bundle_of(installation).limits["T08"]["length"] == 7

    def test_a_wrong_limit_keeps_everything_that_was_typed(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        fields = {"limit__T08__length": "seven", "limit__T08__source": "", "note": "Invented why"}
        assert save(browser, path, **fields) == 422
        assert "Write a whole number from 1 to 3650." in browser.text
        assert "Name the law, decree or decision this limit rests on." in browser.text
        assert 'value="seven"' in browser.text
        assert "Invented why" in browser.text
        assert 'href="#q-limit-T08-length"' in browser.text
        assert 'id="q-limit-T08-length"' in browser.text

    def test_a_diagram_that_cannot_be_read_is_refused_and_given_back(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        assert save(browser, path, xml="<not-bpmn") == 422
        assert "not-bpmn" in browser.text
        assert bundle_of(installation).process().id == PROCESS

    def test_two_windows_lose_nothing(self, installation: Installation) -> None:
        one, two = installation.browser("cora"), installation.browser("cora")
        path = begin(one)
        two.get(path)
        assert save(one, path, limit__T08__length="7") == 303
        assert save(two, path, limit__T08__length="9") == 409
        assert "saved in the meantime" in two.text
        assert "7 calendar days becomes 9 calendar days" in two.text
        posted = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', two.text))
        again = {name: value for name, value in posted.items() if name.startswith(("limit.", "note", "version"))}
        assert two.post(path, {**again, "_action": "save"}).status_code == 303
        assert bundle_of(installation).limits["T08"]["length"] == 9

    def test_what_could_not_be_saved_can_be_downloaded(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        answer = browser.post(f"{path}/mine", {"xml": "<mine/>"})
        assert answer.get_data(as_text=True) == "<mine/>"
        assert "attachment" in answer.headers["Content-Disposition"]

    def test_nothing_changed_asks_for_no_review(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        assert save(browser, begin(browser), "review") == 409
        assert "Nothing has been changed in this draft yet." in browser.text

    def test_a_form_goes_out_and_in_and_a_strange_file_does_not(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        form = json.loads(browser.get(f"{path}/files/forms/F03_rights.json").get_data())
        form["id"] = "F99_invented"
        browser.get(path)

        def upload(name: str, data: bytes) -> int:
            fields = {"version": hidden(browser.text, "version"), "file": (io.BytesIO(data), name)}
            answer = browser.post(f"{path}/files", fields, content_type="multipart/form-data")
            if answer.status_code == 303:
                browser.get(path)
            return answer.status_code

        assert upload("anything.json", json.dumps(form).encode()) == 303
        assert "forms/F99_invented.json" in bundle_of(installation).files
        assert "Take out" in browser.text
        html = json.dumps({**form, "components": [{"type": "html", "id": "h", "content": "<b>x</b>"}]}).encode()
        strange = (("h.json", html), ("x.exe", b"MZ"), ("x.json", b"{"), ("x.bpmn", b"<a/>"), ("x.dmn", b"<a/>"),
                   ("", b""))
        for name, data in strange:
            assert upload(name, data) == 422, name
        assert browser.get(f"{path}/forms/F99_invented").status_code == 200
        browser.get(path)
        version = hidden(browser.text, "version")
        removing = {"name": "forms/F99_invented.json", "version": version}
        assert browser.post(f"{path}/files/remove", removing).status_code == 303
        assert "forms/F99_invented.json" not in bundle_of(installation).files
        browser.get(path)
        refused = {"name": "forms/F03_rights.json", "version": hidden(browser.text, "version")}
        assert browser.post(f"{path}/files/remove", refused).status_code == 422

    def test_the_check_answers_findings_without_saving(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        xml = bundle_of(installation).file(f"{PROCESS}.bpmn").decode().replace('form="F03_rights"', 'form="F77"')
        found = browser.post(f"{path}/check", {"xml": xml}).get_json()["findings"]
        assert [one["element"] for one in found if one["code"] == "form_unknown"] == ["explain_rights"]
        assert "F77" not in bundle_of(installation).file(f"{PROCESS}.bpmn").decode()

    def test_a_limit_and_a_form_that_a_step_newly_names_come_along(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        xml = bundle_of(installation).file(f"{PROCESS}.bpmn").decode()
        xml = xml.replace('form="F03_rights" limit="T_explain"', 'form="F16_meeting" limit="T09"')
        assert 'limit="T09"' in xml
        assert save(browser, path, xml=xml) == 303
        bundle = bundle_of(installation)
        assert "T09" in bundle.limits
        assert "forms/F16_meeting.json" in bundle.files


class TestPublishing:
    def test_a_second_person_sees_both_versions_and_publishes(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        with installation.system.database.reader() as unit:
            wanted = select(Run.id, Run.bundle).where(Run.case_id == opened.case_id)
            before = {row.id: row.bundle for row in unit.conn.execute(wanted)}
        author = installation.browser("cora")
        path = begin(author)
        assert save(author, path, "review", limit__T08__length="7", note="Invented amendment") == 303
        own = author.get(f"{path}/review").get_data(as_text=True)
        assert "A second person has to publish it" in own
        assert author.post(f"{path}/publish", {"digest": bundle_of(installation).digest}).status_code == 403

        second = installation.browser("cyril")
        assert "Waits for review" in second.get("/processes").get_data(as_text=True)
        text = second.get(f"{path}/review").get_data(as_text=True)
        assert text.count("data-nrm-viewer") == 2
        assert "3 calendar days becomes 7 calendar days" in text
        assert "Invented amendment" in text
        after = json.loads(text.split('id="diagram-after">')[1].split("</script>")[0])
        assert any(mark["state"] == "changed" for mark in after["marks"])
        assert second.post(f"{path}/publish", {"digest": "0" * 64}).status_code == 409
        second.get(f"{path}/review")
        answer = second.post(f"{path}/publish", {"digest": hidden(second.text, "digest")})
        assert answer.status_code == 303
        page = second.get(f"/processes/{PROCESS}").get_data(as_text=True)
        assert "drafted by Cora Invented, published by Cyril Invented" in page
        with installation.system.database.reader() as unit:
            now = {row.id: row.bundle for row in unit.conn.execute(wanted)}
        assert now == before

    def test_a_draft_is_sent_back_with_words(self, installation: Installation) -> None:
        author, second = installation.browser("cora"), installation.browser("cyril")
        path = begin(author)
        save(author, path, "review", limit__T08__length="7")
        second.get(f"{path}/review")
        assert second.post(f"{path}/send-back", {"reason": ""}).status_code == 422
        assert second.post(f"{path}/send-back", {"reason": "Name the decree"}).status_code == 303
        assert "Name the decree" in author.get(path).get_data(as_text=True)

    def test_nobody_changes_the_draft_of_another_and_so_publishes_their_own_words(
        self, installation: Installation
    ) -> None:
        author, second = installation.browser("cora"), installation.browser("cyril")
        path = begin(author)
        save(author, path, "review", limit__T08__length="7")
        fields = {**limit_fields(author.text), "version": hidden(author.text, "version"), "limit.T08.length": "90"}
        second.get(f"{path}/review")
        assert second.post(path, {**fields, "_action": "save"}).status_code == 403
        assert second.post(f"{path}/drop", {}).status_code == 403
        assert "data-nrm-editor" not in second.get(path).get_data(as_text=True)
        assert bundle_of(installation).limits["T08"]["length"] == 7

    def test_a_version_is_withdrawn_to_the_one_before_with_a_reason(self, installation: Installation) -> None:
        author, second = installation.browser("cora"), installation.browser("cyril")
        path = begin(author)
        save(author, path, "review", limit__T08__length="7")
        second.get(f"{path}/review")
        second.post(f"{path}/publish", {"digest": hidden(second.text, "digest")})
        second.get(f"/processes/{PROCESS}")
        assert second.post(f"/processes/{PROCESS}/withdraw", {"reason": " "}).status_code == 422
        assert second.post(f"/processes/{PROCESS}/withdraw", {"reason": "Invented mistake"}).status_code == 303
        with installation.system.database.reader() as unit:
            wanted = select(BundleRow.number, BundleRow.status).where(BundleRow.process == PROCESS)
            found = {row.number: row.status for row in unit.conn.execute(wanted)}
        assert found == {1: "current", 2: "withdrawn"}

    def test_a_dropped_draft_is_gone(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        path = begin(browser)
        assert browser.post(f"{path}/drop", {}).status_code == 303
        assert "Open drafts" not in browser.get("/processes").get_data(as_text=True)

    def test_a_draft_that_was_overtaken_begins_again_and_stays_to_be_read(self, installation: Installation) -> None:
        late, author, second = (installation.browser(login) for login in ("cyril", "cora", "cyril"))
        overtaken = begin(late)
        save(late, overtaken, limit__T08__length="9")
        path = begin(author)
        save(author, path, "review", limit__T08__length="7")
        second.get(f"{path}/review")
        assert second.post(f"{path}/publish", {"digest": hidden(second.text, "digest")}).status_code == 303
        late.get(overtaken)
        assert "Another version was published in the meantime" in late.text
        answer = late.post(f"{overtaken}/again", {})
        assert answer.status_code == 303
        late.get(str(answer.location))
        assert f'href="{overtaken}"' in late.text, "the new one leads to the old one"
        assert limit_fields(late.text)["limit.T08.length"] == "7", "it begins from the version in force"
        late.get(overtaken)
        assert "This draft is finished" in late.text
        assert "9" in late.text.split('id="changes"')[1].split("</section>")[0], "what it changed can be read"
        files = re.findall(rf'href="({overtaken}/files/[^"]+)"', late.text)
        assert late.get(files[0]).status_code == 200
        late.get(overtaken)
        answer = late.post(f"{overtaken}/again", {})
        assert answer.location.startswith(overtaken), "a finished draft begins nothing"
