"""Files that answer a question of a task: kept when the form comes back, attached to the case, read in the record."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import TaskPage
from nrm.commands.start_run import start_run
from tests.support.papers import A_PDF
from tests.web.conftest import PASSWORD, Browser, Installation, hidden, least
from tests.web.test_web_tasks import fields_of, page_of, send

Sent = tuple[bytes, str, str]
MULTIPART = {"content_type": "multipart/form-data"}
PAGE = (A_PDF, "page.pdf", "application/pdf")


@pytest.fixture
def consent(installation: Installation) -> TaskPage:
    """The task that records the person's answers on consent; its form asks for the signed page."""
    case = installation.open_case("ana", chosen_name="Nadia Invented")
    actor = installation.actors["ana"]
    start_run(installation.system, actor, case_id=case.case_id, process="identification")
    rights = page_of(installation, "ana", "explain_rights")
    complete_task(installation.system, actor, task_id=rights.id, answers=least(rights.form))
    return page_of(installation, "ana", "record_consent")


@pytest.fixture
def ana(installation: Installation, consent: TaskPage) -> Browser:
    """Ana's browser on the task."""
    browser = installation.browser("ana")
    browser.get(f"/tasks/{consent.id}")
    return browser


def posted(
    browser: Browser, action: str, file: Sent | None = None, answers: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Answers and a file as a browser sends them."""
    files = [] if file is None else [(io.BytesIO(file[0]), *file[1:])]
    return {
        **(answers or {}), "_version": hidden(browser.text, "_version"), "_shown": hidden(browser.text, "_shown"),
        "_action": action, "signed": files,
    }


def kept(browser: Browser) -> list[str]:
    """The ids of the files that the page on show has kept."""
    return re.findall(r'type="checkbox" id="[^"]+" name="signed" value="([^"]+)" checked', browser.text)


def test_the_page_asks_for_a_file_and_says_what_is_taken(ana: Browser) -> None:
    field = re.search(r'<input class="ds-input" type="file" id="q-signed" name="signed"[^>]*>', ana.text)
    assert field is not None
    assert 'accept="application/pdf,image/jpeg,image/png,text/plain"' in field[0]
    assert 'enctype="multipart/form-data"' in ana.text
    assert "at most 20 MB" in ana.text


def test_a_form_that_comes_back_has_kept_the_file(ana: Browser, consent: TaskPage) -> None:
    answer = ana.post(f"/tasks/{consent.id}", posted(ana, "complete", PAGE), **MULTIPART)
    assert answer.status_code == 422
    assert len(kept(ana)) == 1
    assert "page.pdf" in ana.text
    file_id = kept(ana)[0]
    ana.post(f"/tasks/{consent.id}", posted(ana, "draft"), **MULTIPART)
    answers = {**least(consent.form), "signed": file_id}
    answer = send(ana, f"/tasks/{consent.id}", fields_of(ana, answers))
    assert answer.status_code == 303, re.findall(r'<li><a class="ds-link"[^>]*>([^<]*)', ana.text)


def test_a_draft_keeps_the_file_and_another_one_takes_its_place(ana: Browser, consent: TaskPage) -> None:
    ana.post(f"/tasks/{consent.id}", posted(ana, "draft", (PAGE[0], "first.pdf", PAGE[2])), **MULTIPART)
    ana.get(f"/tasks/{consent.id}")
    assert "first.pdf" in ana.text
    first = kept(ana)[0]
    both = posted(ana, "draft", (PAGE[0], "second.pdf", PAGE[2]))
    both["signed"] = [first, *both["signed"]]  # type: ignore[misc]
    ana.post(f"/tasks/{consent.id}", both, **MULTIPART)
    ana.get(f"/tasks/{consent.id}")
    assert "second.pdf" in ana.text
    assert "first.pdf" not in ana.text
    ana.get(f"/cases/{consent.case_code}/files")
    assert ana.text.count("first.pdf") == 1, "what was attached stays with the case"


@pytest.mark.parametrize(("name", "kind", "said"), [
    ("letter.docx", "application/msword", "Attach a PDF, a JPEG or PNG picture, or plain text."),
    ("page.pdf", "application/pdf", "The file is not what its name says."),
])
def test_a_file_that_is_not_taken_is_said_at_the_field_and_loses_nothing_else(
    ana: Browser, consent: TaskPage, name: str, kind: str, said: str
) -> None:
    sent = posted(ana, "complete", (b"MZ no such page", name, kind), {"_happened_on": "2026-03-01"})
    assert ana.post(f"/tasks/{consent.id}", sent, **MULTIPART).status_code == 422
    assert said in ana.text
    assert "The file has to be chosen again" in ana.text
    assert 'href="#q-signed"' in ana.text, "the summary leads to the field"
    assert 'value="2026-03-01"' in ana.text


def test_the_record_leads_to_its_files(ana: Browser, consent: TaskPage, installation: Installation) -> None:
    ana.post(f"/tasks/{consent.id}", posted(ana, "draft", PAGE), **MULTIPART)
    ana.get(f"/tasks/{consent.id}")
    file_id = kept(ana)[0]
    actor = installation.actors["ana"]
    done = complete_task(installation.system, actor, task_id=consent.id,
                         answers={**least(consent.form), "signed": [file_id]})
    ana.get(f"/records/{done.record_id}")
    assert f'href="/files/{file_id}"' in ana.text
    assert "page.pdf" in ana.text
    ana.get(f"/records/{done.record_id}/correct")
    assert kept(ana) == [file_id]


def test_after_an_ended_session_it_is_said_which_files_to_choose_again(
    ana: Browser, consent: TaskPage, installation: Installation
) -> None:
    sent = posted(ana, "complete", PAGE)
    installation.clock.advance(timedelta(minutes=45))
    assert ana.post(f"/tasks/{consent.id}", sent, **MULTIPART).status_code == 401
    ana.post("/sign-in", {"login": "ana", "password": PASSWORD, "_kept": hidden(ana.text, "_kept")})
    assert "Files have to be chosen again" in ana.text
    assert "page.pdf" in ana.text


def test_attaching_without_saying_what_kind_asks_for_the_file_again(
    ana: Browser, consent: TaskPage
) -> None:
    ana.get(f"/cases/{consent.case_code}/files")
    sent = {"category": "", "file": (io.BytesIO(PAGE[0]), *PAGE[1:])}
    assert ana.post(f"/cases/{consent.case_code}/files", sent, **MULTIPART).status_code == 422
    assert "The file has to be chosen again" in ana.text
    assert 'href="#q-file"' in ana.text
