"""The task journey without script: list, open, answer, complete; and everything that can go wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from nrm.commands.accounts import reset_password
from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import TaskPage, open_task
from nrm.queries.my_tasks import my_tasks
from nrm.vocabulary.actor import Actor
from tests.web.conftest import PASSWORD, Browser, Installation, hidden, least


def page_of(installation: Installation, login: str = "ana", element: str | None = None) -> TaskPage:
    """The first open task that somebody can do."""
    actor = installation.actors[login]
    for line in my_tasks(installation.system, actor, queue="all", limit=100).items:
        page = open_task(installation.system, actor, task_id=line.id)
        if page.may_complete and element in (None, page.element):
            return page
    raise AssertionError(f"{login} has no task")


def fields_of(browser: Browser, answers: Mapping[str, object], **own: object) -> dict[str, object]:
    """Answers as the browser would post them beside the page's hidden fields."""
    posted: dict[str, object] = {"_version": hidden(browser.text, "_version"), "_shown": hidden(browser.text, "_shown")}
    posted.update({key: "true" if value is True else value for key, value in answers.items() if value is not False})
    return {**posted, "_action": "complete", **own}


def send(browser: Browser, path: str, fields: Mapping[str, object]) -> TestResponse:
    """Send a form, and once more where further questions follow from its answers."""
    answer = browser.post(path, fields)
    if answer.status_code == 422 and "More questions follow" in browser.text:
        answer = browser.post(path, {**fields, "_shown": hidden(browser.text, "_shown")})
    return answer


@pytest.fixture
def task(installation: Installation) -> TaskPage:
    """The first task of a new case: the safety questions."""
    installation.open_case("ana", chosen_name="Nadia Invented")
    return page_of(installation)


def test_from_the_list_to_the_end_of_a_task(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    assert browser.get("/").location == "/tasks"
    browser.get("/tasks?queue=all")
    assert f'/tasks/{task.id}"' in browser.text
    assert "Nadia" not in browser.text, "lists show codes"
    assert browser.get(f"/tasks/{task.id}").status_code == 200
    assert "<title>Task · Caseway</title>" in browser.text, "the tab title tells nothing"
    answer = send(browser, f"/tasks/{task.id}", fields_of(browser, least(task.form)))
    assert answer.status_code == 303
    browser.get(answer.location)
    assert "What comes next in this case" in browser.text
    browser.get(f"/tasks/{task.id}")
    assert "no longer open" in browser.text


def test_claiming_on_the_row(installation: Installation, task: TaskPage) -> None:
    bo = installation.browser("bo")
    bo.get("/tasks?queue=claimable")
    for path in re.findall(r'action="(/tasks/[^"]+/claim)"', bo.text)[:1]:
        assert bo.post(path).status_code == 303
        bo.get("/tasks")
        assert path.removesuffix("/claim") in bo.text
    ana = installation.browser("ana")
    ana.get(f"/tasks/{task.id}")
    ana.post(f"/tasks/{task.id}/claim")
    ana.get("/tasks")
    assert f"/tasks/{task.id}" in ana.text
    ana.post(f"/tasks/{task.id}/release")
    assert f"/tasks/{task.id}" not in ana.get("/tasks").get_data(as_text=True)


def test_what_is_missing_is_listed_and_linked_and_nothing_typed_is_lost(
    installation: Installation, task: TaskPage
) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    words = next(key for key, one in task.form.fields.items() if one.type == "textarea" and not one.condition)
    answer = browser.post(f"/tasks/{task.id}", fields_of(browser, {words: "kept <b>words</b>"}))
    assert answer.status_code == 422
    links = re.findall(r'<li><a class="ds-link" href="#([^"]+)"', browser.text)
    assert links
    for link in links:
        assert f'id="{link}"' in browser.text, "every line of the summary leads to its question"
    assert "kept &lt;b&gt;words&lt;/b&gt;" in browser.text
    assert 'id="errors" tabindex="-1"' in browser.text
    assert "<title>Attention:" in browser.text


def test_a_draft_is_kept_and_comes_back(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    words = next(key for key, one in task.form.fields.items() if one.type == "textarea" and not one.condition)
    answer = browser.post(f"/tasks/{task.id}", fields_of(browser, {words: "half a sent"}, _action="draft"))
    assert answer.status_code == 303
    assert "half a sent" in browser.get(f"/tasks/{task.id}").get_data(as_text=True)
    saved = browser.post(f"/tasks/{task.id}/draft", fields_of(browser, {words: "half a sentence"}),
                         headers={"Accept": "application/json", "X-Requested-With": "nrm"})
    assert saved.status_code == 200
    assert "half a sentence" in browser.get(f"/tasks/{task.id}").get_data(as_text=True)
    colleague = installation.browser("bo").get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "half a sentence" not in colleague, "a draft is its writer's"


def test_questions_that_follow_are_asked_before_the_task_is_done(installation: Installation) -> None:
    browser = installation.browser("ana")
    browser.get("/cases/new/form")
    assert "interpreter_wish" not in browser.text
    answer = browser.post("/cases/new/form", {
        "_shown": hidden(browser.text, "_shown"), "_district": "norvale", "_action": "continue",
        "interpreter_needed": "yes",
    })
    assert answer.status_code == 200
    assert 'name="interpreter_wish"' in browser.text
    browser.get("/cases/new/form")
    answer = browser.post("/cases/new/form", {
        "_shown": hidden(browser.text, "_shown"), "_district": "norvale", "_action": "complete",
        "interpreter_needed": "yes",
    })
    assert answer.status_code == 422
    assert "More questions follow" in browser.text
    part = browser.post("/cases/new/questions", {"interpreter_needed": "yes"})
    assert "<html" not in part.get_data(as_text=True)
    assert 'name="interpreter_wish"' in part.get_data(as_text=True)


def test_who_comes_second_hears_by_which_role_and_when_and_keeps_every_word(
    installation: Installation, task: TaskPage
) -> None:
    bo = installation.browser("bo")
    bo.get(f"/tasks/{task.id}")
    words = next(key for key, one in task.form.fields.items() if one.type == "textarea" and not one.condition)
    typed = fields_of(bo, {**least(task.form), words: "the second person's words"})
    installation.clock.advance(timedelta(minutes=5))
    complete_task(installation.system, installation.actors["ana"], task_id=task.id, answers=least(task.form))
    answer = bo.post(f"/tasks/{task.id}", typed)
    assert answer.status_code == 409
    assert "the second person&#39;s words" in bo.text
    assert "First responder" in bo.text
    assert re.search(r"2 Mar 2026, \d\d:05", bo.text), "it says when"
    assert "Ana Invented" not in bo.text, "it says the role, not the name"
    assert "the second person&#39;s words" in bo.get(f"/tasks/{task.id}").get_data(as_text=True), "it is their draft"


def test_an_ended_session_keeps_what_was_typed_and_sends_it_on_the_persons_press(
    installation: Installation, task: TaskPage
) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    typed = fields_of(browser, least(task.form))
    installation.clock.advance(timedelta(minutes=45))
    answer = browser.post(f"/tasks/{task.id}", typed)
    assert answer.status_code == 401
    assert "What you typed is kept" in browser.text
    kept = hidden(browser.text, "_kept")
    assert "Invented words" not in browser.text, "what was typed is sealed while nobody is signed in"
    answer = browser.post("/sign-in", {"login": "ana", "password": "wrong", "_kept": kept})
    assert hidden(browser.text, "_kept") == kept, "a wrong password loses nothing"
    answer = browser.post("/sign-in", {"login": "ana", "password": PASSWORD, "_kept": kept})
    assert answer.status_code == 200
    assert "has not been sent yet" in browser.text
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', browser.text))
    again.pop("csrf_token"), again.pop("_who")
    answer = send(browser, f"/tasks/{task.id}", {**again, "_action": "complete"})
    assert answer.status_code == 303


def test_somebody_else_on_the_same_device_does_not_get_what_was_typed(
    installation: Installation, task: TaskPage
) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    typed = fields_of(browser, least(task.form))
    installation.clock.advance(timedelta(minutes=45))
    browser.post(f"/tasks/{task.id}", typed)
    answer = browser.post("/sign-in", {"login": "bo", "password": PASSWORD, "_kept": hidden(browser.text, "_kept")})
    assert answer.location == "/?done=other_person"


def test_a_page_of_an_earlier_session_keeps_what_was_typed(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    typed, token, who = (fields_of(browser, least(task.form)), hidden(browser.text, "csrf_token"),
                         hidden(browser.text, "_who"))
    browser.post("/sign-out")
    browser.sign_in("ana")
    answer = browser.post(f"/tasks/{task.id}", typed, token=token, who=who)
    assert answer.status_code == 403
    assert "has not been sent yet" in browser.text
    answer = send(browser, f"/tasks/{task.id}", typed)
    assert answer.status_code == 303


def test_a_script_hears_that_the_session_ended(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    typed = fields_of(browser, {})
    installation.clock.advance(timedelta(minutes=45))
    answer = browser.post(f"/tasks/{task.id}/draft", typed, headers={"X-Requested-With": "nrm"})
    assert answer.status_code == 401
    assert answer.mimetype == "application/json"


def test_a_foreign_task_and_one_that_never_was_look_the_same(installation: Installation, task: TaskPage) -> None:
    case = installation.open_case("ana")
    for login in ("mia", "pol"):
        browser = installation.browser(login)
        nothing = browser.get("/tasks/00000000-0000-0000-0000-000000000000")
        assert nothing.status_code == 404
        for path in (f"/tasks/{task.id}", f"/cases/{case.code}", f"/cases/{case.case_id}", "/cases/AAA-AAAA",
                     f"/cases/{case.code}/history", f"/cases/{case.code}/stay", "/no/such/page", "/files/none",
                     "/records/none"):
            answer = browser.get(path)
            assert answer.status_code in (403, 404), path
            if answer.status_code == 404:
                assert answer.data == nothing.data, path


def test_help_questions_and_reassigning(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    browser.post(f"/tasks/{task.id}/claim")
    browser.get(f"/tasks/{task.id}")
    answer = browser.post(f"/tasks/{task.id}/help", {"kind": "", "words": "my words"})
    assert answer.status_code == 422
    assert "my words" in browser.text
    assert browser.post(f"/tasks/{task.id}/help", {"kind": "need_help", "words": "w"}).status_code == 303
    answer = browser.post(f"/tasks/{task.id}/return", {"question": " "})
    assert answer.status_code == 422
    assert browser.post(f"/tasks/{task.id}/return", {"question": "Which door?"}).status_code == 303
    supervisor = installation.browser("sol")
    supervisor.get(f"/tasks/{task.id}")
    if "Reassign" in supervisor.text:
        answer = supervisor.post(f"/tasks/{task.id}/reassign", {"to_user_id": "u-bo", "reason": "workload"})
        assert answer.status_code == 303
        assert f"/tasks/{task.id}" in installation.browser("bo").get("/tasks").get_data(as_text=True)


def test_rows_are_added_and_removed_without_script(installation: Installation) -> None:
    from nrm.commands.install import shipped_processes
    from nrm_web.questions import questions, with_rows

    assert shipped_processes(installation.system)
    with installation.system.database.reader(Actor("x", "x", frozenset())) as unit:
        form = installation.system.library.current(unit.conn, "reintegration_plan").form("F15_plan")
    answers = with_rows(form, {"lines": [{"need": "a"}]}, "add:lines")
    assert answers["lines"] == [{"need": "a"}, {}]
    assert with_rows(form, answers, "remove:lines:0")["lines"] == [{}]
    assert with_rows(form, answers, "remove:nothing:0") == answers
    asked = next(one for one in questions(form, answers) if one.field.key == "lines")
    assert len(asked.rows) == 2
    assert asked.rows[1][0].name.startswith("lines[1].")


def test_what_is_known_stands_beside_the_question(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    assert "Already known" in browser.text
    assert "No need to ask again" in browser.text


def test_guidance_stands_beside_the_form(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    assert "Common reactions, and what helps" in browser.text
    assert "Nothing of this is stored" in browser.text


def test_what_was_typed_survives_a_new_password_too(installation: Installation, task: TaskPage) -> None:
    browser = installation.browser("ana")
    browser.get(f"/tasks/{task.id}")
    typed = fields_of(browser, least(task.form))
    first = reset_password(installation.system, installation.actors["cora"], user_id="u-ana")
    assert browser.post(f"/tasks/{task.id}", typed).status_code == 401
    browser.post("/sign-in", {"login": "ana", "password": first, "_kept": hidden(browser.text, "_kept")})
    assert "Choose your own password first" in browser.text
    new = "words that nobody knows"
    browser.post("/password", {"old": first, "new": new, "again": new, "_kept": hidden(browser.text, "_kept")})
    browser.post("/sign-in", {"login": "ana", "password": new, "_kept": hidden(browser.text, "_kept")})
    assert "has not been sent yet" in browser.text
