"""Closed cases are kept, held back, and erased by two people; history stays whole and others open (goal:A6, S21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from nrm.commands.add_note import add_note
from nrm.commands.case_life import close_case, reopen_case
from nrm.commands.erasing import erase_approved
from nrm.commands.erasure import approve_erasure, propose_erasure, refuse_erasure
from nrm.commands.erasure_ledger import read_ledger, write_down
from nrm.commands.install import install
from nrm.commands.legal_holds import lift_hold, place_hold
from nrm.commands.read_clocks import read_clocks
from nrm.commands.read_history import read_history, verify_case
from nrm.commands.read_retention import read_retention
from nrm.records.erasing import KEPT, what_goes
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.all_tables import metadata
from nrm.records.tables.erasure import AnonymousCase, CaseKeeping, Erasure
from nrm.records.tables.history import History
from nrm.records.tables.key import CaseKey, KeyedIndex
from nrm.records.tables.record import Note
from nrm.records.tables.tree import StoredCheckpoint, TreeLeaf
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import CaseErased, Conflict, InvalidInput, NotAllowed
from nrm.wiring.system import System
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

OTHERS, ERASED = (900, 100) if LONG else (12, 3)
SIX_YEARS = timedelta(days=6 * 366)


def closed_case(drive: Drive, name: str = "Maro") -> str:
    """A case with a note, closed because it was opened twice."""
    case_id = drive.open_case(answers={"given_name": name})
    coordinator = drive.person("COORD")
    add_note(drive.system, coordinator, case_id=case_id, category=Category.NARRATIVE, text=f"{name} was seen.")
    close_case(drive.system, coordinator, case_id=case_id, reason="duplicate")
    return case_id


def proposed(drive: Drive, case_id: str, basis: str = "time_has_come", reason: str = "") -> str:
    return propose_erasure(drive.system, drive.person("NCU"), case_id=case_id, basis=basis, reason=reason)


def approve(drive: Drive, erasure_id: str, number: int = 2) -> None:
    approve_erasure(drive.system, drive.person("NCU", number=number), erasure_id=erasure_id)


def status(drive: Drive, erasure_id: str) -> str:
    return str(drive.one(select(Erasure).where(Erasure.id == erasure_id)).status)


def due(drive: Drive) -> str:
    """A closed case whose time has come."""
    case_id = closed_case(drive)
    drive.clock.advance(SIX_YEARS)
    return case_id


def test_closing_says_until_when_and_opening_again_takes_it_back(any_drive: Drive) -> None:
    case_id = closed_case(any_drive)
    row = any_drive.one(select(CaseKeeping).where(CaseKeeping.case_id == case_id))
    assert row.until_on == date(2031, 3, 2)
    assert row.why[0]["sentence"]["values"]["years"] == "5"
    reopen_case(any_drive.system, any_drive.person("COORD"), case_id=case_id, reason="closed_by_mistake")
    assert any_drive.rows(select(CaseKeeping)) == []


def test_cases_from_before_there_was_a_day_get_one_with_the_upgrade(drive: Drive) -> None:
    case_id, still_open = closed_case(drive), drive.open_case()
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(delete(CaseKeeping))
    install(drive.system)
    assert [row.case_id for row in drive.rows(select(CaseKeeping))] == [case_id]
    assert still_open != case_id


@pytest.mark.parametrize(("facts", "until"), [
    ({"is_child": "no"}, date(2031, 3, 2)),
    ({"is_child": "yes"}, date(2049, 3, 2)),  # no month of birth is known
    ({"is_child": "in_doubt"}, date(2049, 3, 2)),
])
def test_a_childs_case_is_kept_longer(drive: Drive, facts: dict[str, object], until: date) -> None:
    case_id = drive.open_case(facts)
    close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="moved_abroad")
    assert drive.one(select(CaseKeeping)).until_on == until


def test_before_the_time_has_come_a_reason_is_asked(drive: Drive) -> None:
    case_id = closed_case(drive)
    with pytest.raises(Conflict, match="not over"):
        proposed(drive, case_id)
    with pytest.raises(InvalidInput):
        proposed(drive, case_id, "person_asked")
    with pytest.raises(InvalidInput):
        proposed(drive, case_id, "whim", "words")
    proposed(drive, case_id, "person_asked", "She asked in writing.")
    with pytest.raises(Conflict, match="already"):
        proposed(drive, case_id, "person_asked", "She asked again.")


def test_an_open_case_is_not_erased(drive: Drive) -> None:
    with pytest.raises(Conflict, match="closed"):
        proposed(drive, drive.open_case(), "person_asked", "words")


def test_two_accounts_of_one_person_are_not_two_people(drive: Drive) -> None:
    erasure_id = proposed(drive, due(drive))
    with pytest.raises(NotAllowed, match="second person"):
        approve(drive, erasure_id, number=1)
    one, other = drive.person("NCU"), drive.person("NCU", number=2)
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id.in_((one.user_id, other.user_id)), email="same@velmara.example")
    with pytest.raises(NotAllowed, match="second person"):
        approve(drive, erasure_id)
    assert status(drive, erasure_id) == "proposed"


def test_who_may_propose_may_not_approve(drive: Drive) -> None:
    case_id = due(drive)
    erasure_id = propose_erasure(drive.system, drive.person("COORD"), case_id=case_id, basis="time_has_come")
    with pytest.raises(NotAllowed):
        approve_erasure(drive.system, drive.person("COORD", number=2), erasure_id=erasure_id)
    refuse_erasure(drive.system, drive.person("COORD"), erasure_id=erasure_id)  # one's own is taken back
    assert status(drive, erasure_id) == "refused"
    with pytest.raises(Conflict):
        approve(drive, erasure_id)
    assert erase_approved(drive.system) == 0


def test_a_hold_stops_an_erasure_even_after_its_approval(any_drive: Drive) -> None:
    drive = any_drive
    case_id = due(drive)
    erasure_id = proposed(drive, case_id)
    approve(drive, erasure_id)
    hold_id = place_hold(drive.system, drive.person("NCU"), case_id=case_id, ground="proceedings")
    assert erase_approved(drive.system) == 0
    assert status(drive, erasure_id) == "stopped"
    with pytest.raises(Conflict, match="legal hold"):
        proposed(drive, case_id)
    lift_hold(drive.system, drive.person("NCU"), hold_id=hold_id)
    with pytest.raises(Conflict, match="already"):
        lift_hold(drive.system, drive.person("NCU"), hold_id=hold_id)
    again = proposed(drive, case_id)
    approve(drive, again)
    assert erase_approved(drive.system) == 1
    assert drive.acts(case_id)[-8:] == [
        "erasure.proposed", "erasure.approved", "hold.placed", "erasure.stopped", "hold.lifted", "erasure.proposed",
        "erasure.approved", "case.erased",
    ]


def test_a_hold_asks_for_a_ground_and_a_day_to_come(drive: Drive) -> None:
    case_id = drive.open_case()  # an open case may be held back too
    with pytest.raises(InvalidInput):
        place_hold(drive.system, drive.person("NCU"), case_id=case_id, ground="because")
    with pytest.raises(InvalidInput):
        place_hold(drive.system, drive.person("NCU"), case_id=case_id, ground="audit", until=date(2026, 3, 1))


def test_nothing_can_be_done_in_an_erased_case(drive: Drive) -> None:
    case_id = due(drive)
    approve(drive, proposed(drive, case_id))
    erase_approved(drive.system)
    acts = [
        lambda who: add_note(drive.system, who, case_id=case_id, category=Category.PROCESS, text="words"),
        lambda who: reopen_case(drive.system, who, case_id=case_id, reason="new_need"),
    ]
    for act in acts:
        with pytest.raises((CaseErased, Conflict)):
            act(drive.person("COORD"))
    with pytest.raises(CaseErased):
        proposed(drive, case_id)


def sealed_bytes(drive: Drive, case_ids: Sequence[str]) -> list[bytes]:
    """The middle of everything that was sealed in some cases: each is found nowhere else."""
    found: list[bytes] = []
    for table in metadata.tables.values():
        column = next((table.c[name] for name in ("sealed", "wrapped", "state") if name in table.c), None)
        if column is not None and "case_id" in table.c:
            rows = drive.rows(select(column).where(table.c.case_id.in_(case_ids), column.is_not(None)))
            found += [bytes(row[0])[14:46] for row in rows if row[0]]
    return found


def database_bytes(drive: Drive) -> bytes:
    folder = drive.system.settings.dir
    return b"".join(path.read_bytes() for path in sorted(Path(folder).glob("nrm.db*")))


def test_erased_cases_are_gone_and_the_others_are_whole(any_drive: Drive, reached: Reached) -> None:
    drive = any_drive
    cases = [closed_case(drive, f"Invented{number}") for number in range(ERASED + OTHERS)]
    gone, kept = cases[:ERASED], cases[ERASED:]
    canaries = sealed_bytes(drive, gone)
    on_sqlite = drive.system.settings.on_sqlite
    if on_sqlite:
        drive.system.database.checkpoint()
        assert all(canary in database_bytes(drive) for canary in canaries)
    drive.clock.advance(SIX_YEARS)
    for case_id in gone:
        approve(drive, proposed(drive, case_id))
    while erase_approved(drive.system):
        pass
    drive.reload()
    for case_id in gone:
        with drive.system.database.reader(SYSTEM) as unit:
            assert what_goes(unit.conn, case_id, drive.case(case_id).code) == {}
    if on_sqlite:
        whole = database_bytes(drive)
        assert [canary for canary in canaries if canary in whole] == []
    with drive.system.database.reader(SYSTEM) as unit:
        found = verify(unit.conn, drive.system.keys)
        assert [result.sentence for result in found if not result.ok] == []
        erased = {result.chain for result in found if result.erased}
    assert set(gone) <= erased
    assert not set(kept) & erased
    notes = drive.rows(select(Note))
    assert {note.case_id for note in notes} == set(kept)
    with drive.system.database.reader(SYSTEM) as unit:
        assert all(unit.open_sealed(n.case_id, n.category, n.sealed, f"note:{n.id}") for n in notes)
    reached("A6", f"{drive.system.database.dialect}: {len(gone)} of {len(cases):,} cases erased, of their "
            f"{len(canaries)} sealed values 0 found; history and the other cases whole")


def test_the_receipt_says_who_why_and_what_went(any_drive: Drive) -> None:
    drive = any_drive
    case_id = due(drive)
    erasure_id = proposed(drive, case_id)
    approve(drive, erasure_id)
    erase_approved(drive.system)
    row = drive.one(select(Erasure).where(Erasure.id == erasure_id))
    assert (row.status, row.proposed_by, row.decided_by) == (
        "done", drive.person("NCU").user_id, drive.person("NCU", number=2).user_id,
    )
    assert row.counts["keys"] >= 3
    assert row.counts["note"] == 1
    entry = drive.history(case_id)[-1]
    assert (entry.act, entry.seq, entry.digest) == ("case.erased", row.history_seq, row.digest)
    assert entry.sealed is None
    case = drive.case(case_id)
    assert (case.code, case.stage, case.referring_agency_id) == (row.case_code, "", None)
    assert case.erased_at == row.done_at
    assert drive.rows(select(KeyedIndex).where(KeyedIndex.case_id == case_id)) == []
    assert {key.wrapped for key in drive.rows(select(CaseKey).where(CaseKey.case_id == case_id))} == {b""}


def test_the_receipt_names_the_checkpoint_that_was_signed_over_it(drive: Drive) -> None:
    case_id = due(drive)
    approve(drive, proposed(drive, case_id))
    erase_approved(drive.system)
    auditor = drive.person("AUD", "national_unit")

    def checkpoint() -> str:
        erasure = read_retention(drive.system, auditor, case_id=case_id).erasure
        assert erasure is not None
        return erasure.checkpoint

    assert checkpoint() == ""
    entry = drive.one(select(History.id).where(History.chain == case_id, History.act == "case.erased"))
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(TreeLeaf).values(position=0, history_id=entry.id, hash="0" * 64))
        unit.conn.execute(insert(StoredCheckpoint).values(size=1, at=unit.now, root="f" * 64, note="invented"))
    assert checkpoint() == "f" * 64


@pytest.mark.parametrize("act", [
    lambda system, who, case_id: read_history(system, who, case_id=case_id).entries,
    lambda system, who, case_id: verify_case(system, who, case_id=case_id).erased,
    lambda system, who, case_id: read_clocks(system, who, case_id=case_id).case_code,
], ids=["history", "verdict", "clocks"])
def test_what_remains_can_still_be_looked_at(drive: Drive, act: Callable[[System, Actor, str], object]) -> None:
    case_id = due(drive)
    approve(drive, proposed(drive, case_id))
    erase_approved(drive.system)
    assert act(drive.system, drive.person("AUD", "national_unit"), case_id)


def test_what_remains_for_statistics_leads_back_to_nobody(drive: Drive) -> None:
    case_id = due(drive)
    approve(drive, proposed(drive, case_id))
    erase_approved(drive.system)
    row = drive.one(select(AnonymousCase))
    assert (row.opened_year, row.closed_year) == (2026, 2026)
    assert row.facts == {}  # one case alone shares its values with nobody


def test_values_that_many_share_remain(drive: Drive) -> None:
    first, *_ = [closed_case(drive) for _ in range(11)]
    drive.clock.advance(SIX_YEARS)
    approve(drive, proposed(drive, first))
    erase_approved(drive.system)
    assert drive.one(select(AnonymousCase)).facts["is_child"] == "no"


def test_the_ledger_outside_the_database_names_every_erasure(drive: Drive) -> None:
    case_id = due(drive)
    approve(drive, proposed(drive, case_id))
    erase_approved(drive.system)
    ledger = drive.system.settings.erasure_ledger
    assert write_down(drive.system) == 1
    assert write_down(drive.system) == 0
    (line,) = read_ledger(ledger, drive.system.keys)
    assert (line.case_id, line.basis) == (case_id, "time_has_come")
    altered = ledger.read_bytes().replace(b"time_has_come", b"court_order__")
    ledger.write_bytes(altered)
    with pytest.raises(InvalidInput, match="Line 1"):
        read_ledger(ledger, drive.system.keys)


def test_every_table_of_a_case_is_deleted_or_kept_for_a_reason(drive: Drive) -> None:
    """A new table that refers to cases is deleted with them by itself, unless a guard of its own is in the way."""
    assert all(KEPT.values())
    assert set(KEPT) <= set(metadata.tables)
    of_cases = {
        table.name for table in metadata.sorted_tables
        if any(key.column.table.name == "case" for key in table.foreign_keys)
    }
    with drive.system.database.reader(SYSTEM) as unit:
        guarded = unit.conn.exec_driver_sql(
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%' "
            "AND sql NOT LIKE '%erased_at IS NOT NULL%'"
        ).scalars().all()
    assert (of_cases - set(KEPT)).isdisjoint(guarded)
