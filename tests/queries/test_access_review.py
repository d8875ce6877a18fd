"""Who looked at what: readings and refusals of a person, an agency or a case, and nothing of the content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.access_review import review_access
from nrm.commands.read_case import read_case, reveal
from nrm.queries.access_review import Review
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.history import History
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from tests.support.driving import START, Drive

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Seen:
    """A case that its coordinator opened twice and looked into once, and that a stranger tried to open."""

    drive: Drive
    code: str
    worker: Actor
    stranger: Actor
    auditor: Actor

    def login(self, actor: Actor) -> str:
        return str(self.drive.one(select(User.login).where(User.id == actor.user_id))[0])


@pytest.fixture
def seen(any_drive: Drive) -> Seen:
    drive = any_drive
    worker, stranger = drive.person("COORD", "sa_norvale"), drive.person("CM", "sa_midmar")
    auditor = drive.person("AUD", "national_unit")
    case_id = drive.open_case()
    read_case(drive.system, worker, case_id=case_id)
    drive.clock.advance(timedelta(hours=1))
    read_case(drive.system, worker, case_id=case_id)
    reveal(drive.system, worker, case_id=case_id, group="identity")
    with pytest.raises(NotFound):
        read_case(drive.system, stranger, case_id=case_id)
    code = drive.one(select(Case.code).where(Case.id == case_id))[0]
    return Seen(drive, code, worker, stranger, auditor)


def asked(**what: str) -> Review:
    return Review(START - YEAR / 2, START + YEAR / 2, **what)


def test_a_case_shows_who_opened_it_how_often_and_who_was_refused(seen: Seen) -> None:
    found = review_access(seen.drive.system, seen.auditor, asked=asked(code=seen.code.lower()))
    assert found.complete
    lines = {line.user_id: (line.read, line.revealed, line.refused) for line in found.lines}
    assert lines == {seen.worker.user_id: (2, 1, 0), seen.stranger.user_id: (0, 0, 1)}
    mine = next(line for line in found.lines if line.user_id == seen.worker.user_id)
    assert mine.rules
    assert mine.last_at - mine.first_at >= timedelta(hours=1)


@pytest.mark.parametrize("by", ["login", "agency"])
def test_a_person_and_an_agency_show_what_they_saw(seen: Seen, by: str) -> None:
    value = seen.login(seen.worker) if by == "login" else "sa_norvale"
    found = review_access(seen.drive.system, seen.auditor, asked=asked(**{by: value}))
    assert {(line.user_id, line.case_code) for line in found.lines} == {(seen.worker.user_id, seen.code)}


def test_the_period_cuts_what_is_shown(seen: Seen) -> None:
    before = Review(START - YEAR / 2, START - timedelta(days=1), code=seen.code)
    assert review_access(seen.drive.system, seen.auditor, asked=before).lines == ()


def test_a_review_is_an_entry_of_the_installation(seen: Seen) -> None:
    review_access(seen.drive.system, seen.auditor, asked=asked(code=seen.code))
    acts = [row.act for row in seen.drive.rows(select(History.act).where(History.actor == seen.auditor.user_id))]
    assert acts == ["audit.access_reviewed"]


def test_only_auditors_review(seen: Seen) -> None:
    for role in ("CM", "COORD", "SUP", "NCU", "ADMIN"):
        agency = "national_unit" if role in ("NCU", "ADMIN") else "sa_norvale"
        with pytest.raises(NotAllowed):
            review_access(seen.drive.system, seen.drive.person(role, agency), asked=asked(code=seen.code))


@pytest.mark.parametrize(("what", "field"), [
    ({}, "login"),
    ({"code": "X", "until": START + 2 * YEAR}, "until"),
    ({"code": "X", "until": START - YEAR}, "until"),
])
def test_a_question_must_name_somebody_and_a_period(what: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Review(**{"begin": START, "until": START + timedelta(days=1), **what})  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}
