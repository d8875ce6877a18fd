"""Much is taken out with a second person only, once, within a day; two accounts of one person are one (goal:S21)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nrm.commands.audit import export_history
from nrm.commands.export_bundle import export_installation
from nrm.commands.export_deadlines import export_deadlines
from nrm.commands.export_requests import allow_export, ask_export, count_taken, refuse_export
from nrm.queries.deadlines_board import BoardFilter
from nrm.queries.export_requests import export_requests
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.rules.exports import ALLOWED_FOR, ASKED_FOR, MOST_CASES, SPAN, Large
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.driving import Drive

REASON = "The yearly audit."
HOME = "national_unit"


def auditor(drive: Drive, no: int = 1) -> Actor:
    """An invented auditor."""
    return drive.person("AUD", HOME, no)


def officer(drive: Drive) -> Actor:
    """The invented data-protection officer."""
    return drive.person("DPO", HOME)


def ask(drive: Drive, actor: Actor, what: Large = Large.HISTORY) -> str:
    return ask_export(drive.system, actor, what=what, reason=REASON)


def take(drive: Drive, actor: Actor) -> None:
    for _ in export_installation(drive.system, actor):
        pass


class TestTheWholeHistory:
    def test_one_asks_another_allows_and_it_is_taken_once(self, any_drive: Drive) -> None:
        first, second = auditor(any_drive), officer(any_drive)
        request_id = ask(any_drive, first)
        allow_export(any_drive.system, second, request_id=request_id)
        take(any_drive, first)
        with pytest.raises(NotAllowed, match="second person"):
            take(any_drive, first)
        assert any_drive.acts(INSTALLATION)[-4:] == [
            "export.asked", "export.allowed", "export.used", "bundle.exported",
        ]

    def test_who_allows_reads_why_and_no_entry_says_it_in_the_clear(self, drive: Drive) -> None:
        ask(drive, auditor(drive))
        (seen,) = export_requests(drive.system, officer(drive))
        assert (seen.reason, seen.state, seen.may_decide, seen.is_own) == (REASON, "asked", True, False)
        (own,) = export_requests(drive.system, auditor(drive))
        assert (own.may_decide, own.is_own) == (False, True)
        assert export_requests(drive.system, drive.person("COORD")) == ()
        assert all(REASON not in str(row) for row in drive.history(INSTALLATION))

    @pytest.mark.parametrize(("moment", "expected"), [
        (ALLOWED_FOR, "allowed"), (ALLOWED_FOR + timedelta(seconds=1), "lapsed"),
    ])
    def test_it_is_taken_within_a_day(self, drive: Drive, moment: timedelta, expected: str) -> None:
        request_id = ask(drive, auditor(drive))
        allow_export(drive.system, officer(drive), request_id=request_id)
        drive.clock.advance(moment)
        (line,) = export_requests(drive.system, auditor(drive))
        assert line.state == expected
        if expected == "lapsed":
            with pytest.raises(NotAllowed):
                take(drive, auditor(drive))
            ask(drive, auditor(drive))

    def test_what_nobody_decides_lapses(self, drive: Drive) -> None:
        request_id = ask(drive, auditor(drive))
        drive.clock.advance(ASKED_FOR + timedelta(seconds=1))
        with pytest.raises(Conflict):
            allow_export(drive.system, officer(drive), request_id=request_id)

    def test_refused_is_not_taken(self, drive: Drive) -> None:
        request_id = ask(drive, auditor(drive))
        refuse_export(drive.system, officer(drive), request_id=request_id)
        with pytest.raises(NotAllowed):
            take(drive, auditor(drive))
        with pytest.raises(Conflict):
            allow_export(drive.system, officer(drive), request_id=request_id)

    def test_what_one_was_allowed_another_does_not_take(self, drive: Drive) -> None:
        request_id = ask(drive, auditor(drive))
        allow_export(drive.system, officer(drive), request_id=request_id)
        with pytest.raises(NotAllowed):
            take(drive, auditor(drive, 2))

    def test_the_same_is_asked_once_at_a_time(self, drive: Drive) -> None:
        ask(drive, auditor(drive))
        with pytest.raises(Conflict):
            ask(drive, auditor(drive))

    @pytest.mark.parametrize(("what", "reason", "field"), [
        ("everything", REASON, "what"), ("history", " ", "reason"), ("history", "x" * 2001, "reason"),
    ])
    def test_it_needs_a_thing_and_a_reason(self, drive: Drive, what: str, reason: str, field: str) -> None:
        with pytest.raises(InvalidInput) as wrong:
            ask_export(drive.system, auditor(drive), what=what, reason=reason)
        assert list(wrong.value.fields) == [field]

    def test_what_is_not_there_is_not_allowed(self, drive: Drive) -> None:
        with pytest.raises(NotFound):
            allow_export(drive.system, officer(drive), request_id="nothing")


class TestManyCases:
    def counted(self, drive: Drive, actor: Actor, cases: int, name: str = "a") -> None:
        with drive.system.database.unit(actor) as unit:
            count_taken(drive.system, unit, actor, [f"case-{name}-{number}" for number in range(cases)])

    def test_fifty_alone_and_the_next_with_a_second_person(self, any_drive: Drive) -> None:
        who = auditor(any_drive)
        self.counted(any_drive, who, MOST_CASES)
        self.counted(any_drive, who, MOST_CASES)
        with pytest.raises(NotAllowed, match="second person"):
            self.counted(any_drive, who, 1, "b")
        request_id = ask(any_drive, who, Large.CASES)
        allow_export(any_drive.system, officer(any_drive), request_id=request_id)
        self.counted(any_drive, who, 5_000, "b")
        with pytest.raises(NotAllowed):
            self.counted(any_drive, who, 1, "c")

    def test_a_day_later_it_begins_anew(self, drive: Drive) -> None:
        self.counted(drive, auditor(drive), MOST_CASES)
        drive.clock.advance(SPAN)
        self.counted(drive, auditor(drive), MOST_CASES, "b")

    def test_two_accounts_count_as_one(self, drive: Drive) -> None:
        first, second = auditor(drive), auditor(drive, 2)
        with drive.system.database.unit(SYSTEM) as unit:
            ACCOUNT.change(unit, User.id.in_((first.user_id, second.user_id)), email="one@person.invalid")
        self.counted(drive, first, MOST_CASES)
        with pytest.raises(NotAllowed):
            self.counted(drive, second, 1, "b")

    def test_the_history_of_each_case_counts_once(self, drive: Drive) -> None:
        one, other, who = drive.open_case(), drive.open_case(), auditor(drive)
        self.counted(drive, who, MOST_CASES - 1)
        for _ in range(2):
            export_history(drive.system, who, case_id=one)
        with pytest.raises(NotAllowed, match="second person"):
            export_history(drive.system, who, case_id=other)

    def test_the_board_counts_its_cases_not_its_clocks(self, drive: Drive) -> None:
        drive.open_case()
        drive.open_case()
        who = drive.person("COORD")
        rows = export_deadlines(drive.system, who, wanted=BoardFilter(state="all"))
        cases = {row[4] for row in rows[1:]}
        assert len(cases) == 2
        self.counted(drive, who, MOST_CASES - 2)
        export_deadlines(drive.system, who, wanted=BoardFilter(state="all"))
        drive.open_case()
        with pytest.raises(NotAllowed, match="second person"):
            export_deadlines(drive.system, who, wanted=BoardFilter(state="all"))
