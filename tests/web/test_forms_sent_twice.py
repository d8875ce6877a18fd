"""A form carries a key: sent twice it acts once, and the second answer is the first one's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from nrm.commands.accounts import create_user
from nrm.commands.open_case import opening_form
from nrm.entrypoints.wsgi import make_app
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import Idempotency, User
from nrm.records.tables.history import History
from nrm.records.tables.record import Note
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.secrets import CHEAP_PASSWORDS
from nrm.wiring.system import System
from nrm_web.blueprint import found_rules
from tests.support.driving import Drive
from tests.support.driving import Installation as Prepared
from tests.web.conftest import PASSWORD, Browser, Installation, hidden, least
from tests.web.test_admin_pages import NEW, secret
from tests.web.test_web_tasks import page_of

Fields = Mapping[str, object]
NOTE = {"category": "process", "text": "Invented words."}
CONSENT = {"purpose": "statistics", "answer": "given", "given_by": "person"}
SEAT = {"role": "FR", "agency": "sa_norvale", "user_id": "u-bo", "basis": "words"}


def entries(system: System) -> list[tuple[str, str]]:
    """Everything that was ever done, as the histories tell it."""
    with system.database.reader() as unit:
        wanted = select(History.chain, History.act).order_by(History.chain, History.seq)
        return [(row.chain, row.act) for row in unit.conn.execute(wanted)]


def count(system: System, what: object) -> int:
    with system.database.reader() as unit:
        return int(unit.conn.execute(select(func.count()).select_from(what)).scalar_one())  # type: ignore[call-overload]


def answer_of(got: TestResponse) -> tuple[int, str | None, bytes]:
    return got.status_code, got.location, got.data


@pytest.fixture
def ana(installation: Installation) -> Browser:
    """The case manager's browser."""
    return installation.browser("ana")


@pytest.fixture
def code(installation: Installation) -> str:
    """A case that has just been opened."""
    return installation.open_case("ana", chosen_name="Nadia Invented").code


def opening(installation: Installation) -> Fields:
    form = opening_form(installation.system, installation.actors["ana"])
    return {**least(form), "_district": "norvale", "_action": "complete"}


def safety(installation: Installation) -> Fields:
    return {**least(page_of(installation).form), "_action": "complete"}


Said = Fields | Callable[[Installation], Fields]
FORMS: list[tuple[str, str, str, Said]] = [
    ("/cases/{code}/notes", "/cases/{code}/notes", "note.added", NOTE),
    ("/cases/{code}/consents", "/cases/{code}/consents", "consent.given", CONSENT),
    ("/cases/{code}/team", "/cases/{code}/team", "team.changed", SEAT),
    ("/cases/{code}/more", "/cases/{code}/start", "run.started", {"process": "identification"}),
    ("/cases/{code}/more", "/cases/{code}/close", "case.closed", {"reason": "duplicate"}),
    ("/tasks/{task}", "/tasks/{task}/release", "task.released", {}),
    ("/tasks/{task}", "/tasks/{task}/help", "task.help_asked", {"kind": "need_help"}),
    ("/tasks/{task}", "/tasks/{task}", "task.completed", safety),
    ("/cases/new/form", "/cases/new/form", "case.opened", opening),
]
"""The page, where its form goes, what it enters, and what is typed."""


@pytest.mark.parametrize(("shown", "path", "act", "said"), FORMS, ids=[path for _, path, *_ in FORMS])
def test_sent_twice_it_acts_once_and_leads_to_the_same_place(
    installation: Installation, ana: Browser, code: str, shown: str, path: str, act: str, said: Said
) -> None:
    places = {"code": code, "task": page_of(installation).id}
    fields = said(installation) if callable(said) else said
    ana.get(shown.format(**places))
    before = entries(installation.system)
    first = ana.post(path.format(**places), fields)
    done = entries(installation.system)
    again = ana.post(path.format(**places), fields)
    assert first.status_code == 303, re.findall(r"validation[^>]*>([^<]*)", ana.text)
    assert [name for _, name in done].count(act) == [name for _, name in before].count(act) + 1
    assert answer_of(again) == answer_of(first)
    assert entries(installation.system) == done


def test_a_file_sent_twice_is_attached_once(installation: Installation, ana: Browser, code: str) -> None:
    def send(content: bytes) -> TestResponse:
        file = (io.BytesIO(content), "words.txt", "text/plain")
        return ana.post(f"/cases/{code}/files", {"category": "process", "file": file},
                        content_type="multipart/form-data")

    ana.get(f"/cases/{code}/files")
    answers = [answer_of(send(content)) for content in (b"one", b"one", b"another")]
    assert answers == [answers[0]] * 3
    assert [act for _, act in entries(installation.system)].count("file.attached") == 2


def test_a_second_press_does_not_lose_what_is_shown_once(installation: Installation) -> None:
    """Else the second answer would say that the sign-in name is taken, and nobody would know the password."""
    create_user(installation.system, SYSTEM, login="adm", name="Adam Invented", agency_id="national_unit",
                roles=["ADMIN"], password=PASSWORD)
    admin = installation.browser("adm")
    for page, path, fields in [
        ("/users/new?agency=sa_norvale", "/users/new", NEW),
        ("/users/u-bo", "/users/u-bo/password", {}),
        ("/api-tokens", "/api-tokens", {"login": "ana", "days": "30"}),
    ]:
        key = hidden(admin.get(page).get_data(as_text=True), "_key")
        first, again = (admin.post(path, {**fields, "_key": key}) for _ in range(2))
        assert (first.status_code, answer_of(again)) == (201, answer_of(first)), path
        assert secret(first.get_data(as_text=True)) == secret(admin.text)


def test_what_was_refused_and_then_corrected_acts(installation: Installation, ana: Browser, code: str) -> None:
    """With the key of the page that was sent first, as a browser's back button brings it, or with the new one."""
    first = hidden(ana.get(f"/cases/{code}/notes").get_data(as_text=True), "_key")
    assert ana.post(f"/cases/{code}/notes", {**NOTE, "text": ""}).status_code == 422
    shown = hidden(ana.text, "_key")
    assert shown not in ("", first)
    for number, key in enumerate((first, shown), start=1):
        for _ in range(2):
            assert ana.post(f"/cases/{code}/notes", {**NOTE, "_key": key}).status_code == 303
        assert count(installation.system, Note) == number


@pytest.mark.parametrize(("what", "second", "notes"), [
    ("the same", {}, 1), ("other words", {"text": "Other invented words."}, 2),
    ("another form", {"_key": "another"}, 2), ("no key, as pages of yesterday", {"_key": ""}, 2),
])
def test_which_form_is_the_same(
    installation: Installation, ana: Browser, code: str, what: str, second: Fields, notes: int
) -> None:
    ana.get(f"/cases/{code}/notes")
    assert ana.post(f"/cases/{code}/notes", NOTE).status_code == 303
    assert ana.post(f"/cases/{code}/notes", {**NOTE, **second}).status_code == 303
    assert count(installation.system, Note) == notes


def test_the_key_of_somebody_else_is_not_theirs(installation: Installation, ana: Browser, code: str) -> None:
    key = hidden(ana.get(f"/cases/{code}/notes").get_data(as_text=True), "_key")
    bo = installation.browser("bo")
    for browser in (ana, bo, ana, bo):
        assert browser.post(f"/cases/{code}/notes", {**NOTE, "_key": key}).status_code == 303
    with installation.system.database.reader() as unit:
        assert sorted(unit.conn.execute(select(Note.by_id)).scalars()) == ["u-ana", "u-bo"]


def test_what_was_done_before_the_session_ended_is_not_done_again_after_it(
    installation: Installation, ana: Browser, code: str
) -> None:
    ana.get(f"/cases/{code}/notes")
    first = ana.post(f"/cases/{code}/notes", NOTE)
    installation.clock.advance(timedelta(minutes=45))
    assert ana.post(f"/cases/{code}/notes", NOTE).status_code == 401
    ana.post("/sign-in", {"login": "ana", "password": PASSWORD, "_kept": hidden(ana.text, "_kept")})
    form = ana.text[ana.text.index(f'action="/cases/{code}/notes"'):]
    again = ana.post(f"/cases/{code}/notes", {**NOTE, "_key": hidden(form, "_key")})
    assert (answer_of(again), count(installation.system, Note)) == (answer_of(first), 1)


def test_what_is_kept_is_sealed_and_looking_keeps_nothing(
    installation: Installation, ana: Browser, code: str
) -> None:
    ana.get(f"/cases/{code}")
    for path, fields in [(f"/cases/{code}/reveal/identity", {}), (f"/cases/{code}/history", {}),
                         ("/cases/new", {"given_name": "Nadia"})]:
        for _ in range(2):
            assert ana.post(path, {**fields, "_key": "k"}).status_code == 200
    assert count(installation.system, Idempotency) == 0
    assert [act for _, act in entries(installation.system)].count("revealed") == 2
    ana.post(f"/cases/{code}/notes", {**NOTE, "_key": "k"})
    with installation.system.database.reader() as unit:
        row = unit.conn.execute(select(Idempotency.key, Idempotency.fingerprint, Idempotency.answer_sealed)).one()
    assert b"done=note" not in row.answer_sealed
    assert NOTE["text"] not in f"{row.key}{row.fingerprint}"


REPEATABLE = {
    "case_reveal", "foresee", "open_stay", "print_page", "check_history", "record_questions", "task_questions",
    "opening_questions",
    "keep_draft", "search_before_opening", "audit_check", "audit_export", "audit_installation_check", "draft_check",
    "audit_proof_take", "audit_case_proof_take", "case_disclose_take", "sign_in_now",
    "emergency_words", "draft_mine", "decision_try", "deadlines_export", "draft_table_check", "change_my_password",
    "sign_in_factor", "sign_in_passkey", "welcome_choose", "security_passkey_begin", "step_up_now",
    "sign_out_now", "language",
}


def test_every_form_acts_once_but_those_that_are_named_here() -> None:
    posts = {name: rule for name, rule in found_rules().items() if "POST" in rule.methods}
    assert {name for name, rule in posts.items() if not rule.acts_once} == REPEATABLE


@pytest.mark.postgres
def test_a_double_press_is_one_act_on_postgres(postgres_installation: Prepared) -> None:
    """Two requests at the same moment, on two connections: the second waits for the first and is given its answer."""
    drive = Drive(postgres_installation)
    manager, code = drive.person("CM", "sa_norvale"), drive.case(drive.open_case()).code
    with drive.system.database.unit(SYSTEM) as unit:
        hashed = {"password_hash": CHEAP_PASSWORDS.hash(PASSWORD)}
        ACCOUNT.change(unit, User.id == manager.user_id, **hashed)
    app = make_app(drive.system, with_api=False)
    one, other = (Browser(app.test_client()) for _ in range(2))
    one.sign_in(manager.user_id).get(f"/cases/{code}/notes")
    cookie = one.client.get_cookie("nrm_session")
    assert cookie is not None
    other.client.set_cookie("nrm_session", cookie.value)
    other.last, together = one.last, Barrier(2)

    def press(browser: Browser, number: int) -> TestResponse:
        together.wait()
        return browser.post(f"/cases/{code}/notes", {**NOTE, "text": f"Invented words {number}."})

    for number in range(1, 6):
        with ThreadPoolExecutor(2) as pool:
            answers = [answer_of(got) for got in pool.map(press, (one, other), (number, number))]
        assert (answers[0][0], answers[1]) == (303, answers[0])
        assert count(drive.system, Note) == number
