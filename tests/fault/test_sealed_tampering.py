"""goal:S20: whatever is sealed of a real case, with a byte flipped, cut short or from another place, is refused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest
from sqlalchemy import select, update

from nrm.commands.add_note import add_note
from nrm.records.history import payload_place
from nrm.records.keys import SealBroken
from nrm.records.tables.history import History
from nrm.records.tables.key import CaseKey
from nrm.records.tables.record import Note, Record, RecordPart
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.categories import Category
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

Sealed = tuple[str, str, str, bytes]
"""The case and category whose key seals it, the place in which it opens, and the bytes."""
STEP = 1 if LONG else 11
"""Every byte in the long run, every eleventh in a push, besides the first and last sixteen."""


def sealed_values(unit: Unit) -> Iterator[Sealed]:
    """Everything that is sealed of every case: answers, notes, states of runs, words of the history."""
    conn = unit.conn
    for part in conn.execute(select(RecordPart, Record.case_id).join(Record, Record.id == RecordPart.record_id)):
        yield part.case_id, part.category, f"record_part:{part.record_id}", part.sealed
    for note in conn.execute(select(Note)):
        yield note.case_id, note.category, f"note:{note.id}", note.sealed
    for run in conn.execute(select(Run).where(Run.state.is_not(None))):
        yield run.case_id, "state", f"run:{run.id}:{run.bundle}", run.state
    for entry in conn.execute(select(History).where(History.sealed.is_not(None), History.chain != "installation")):
        yield entry.chain, "history", payload_place(entry.chain, entry.seq), entry.sealed


@pytest.fixture
def two_cases(drive: Drive) -> Drive:
    for name in ("Maro", "Zelin"):
        case_id = drive.open_case(answers={"given_name": name})
        add_note(drive.system, drive.person("COORD"), case_id=case_id, category=Category.RISK, text=f"of {name}")
    return drive


def is_refused(unit: Unit, case_id: str, category: str, place: str, sealed: bytes) -> bool:
    try:
        unit.open_sealed(case_id, category, sealed, place)
    except SealBroken:
        return True
    return False


def test_every_flipped_byte_and_every_cut_is_refused(two_cases: Drive, reached: Reached) -> None:
    tried = 0
    with two_cases.system.database.reader(SYSTEM) as unit:
        for case_id, category, place, sealed in sealed_values(unit):
            assert not is_refused(unit, case_id, category, place, sealed)
            ends = {*range(min(16, len(sealed))), *range(len(sealed) - 16, len(sealed))}
            for at in sorted({*range(0, len(sealed), STEP), *ends}):
                flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:]
                assert is_refused(unit, case_id, category, place, flipped)
                assert is_refused(unit, case_id, category, place, sealed[:at])
                tried += 2
    assert tried > 1000
    reached("S20", f"{tried:,} alterations of sealed values, 0 opened")


def test_nothing_sealed_opens_in_another_place(two_cases: Drive) -> None:
    with two_cases.system.database.reader(SYSTEM) as unit:
        found = list(sealed_values(unit))
        assert len({case_id for case_id, *_ in found}) == 2
        for (case_id, category, place, _), (*_, sealed) in permutations(found, 2):
            assert is_refused(unit, case_id, category, place, sealed)


def test_exchanged_keys_open_nothing(two_cases: Drive) -> None:
    system = two_cases.system
    rows = two_cases.rows(select(CaseKey).where(CaseKey.case_id != "installation"))
    for row, other in permutations(rows, 2):
        with pytest.raises(SealBroken):
            system.keys.unwrap(row.case_id, row.category, other.wrapped, other.kek_id)


def test_words_of_the_history_that_were_exchanged_are_named(two_cases: Drive) -> None:
    """The guards of the database are gone: whoever alters it behind its back has taken them away."""
    system = two_cases.system
    with system.database.unit(SYSTEM) as unit:
        unit.conn.exec_driver_sql("DROP TRIGGER history_no_update")
        first, second = unit.conn.execute(
            select(History).where(History.sealed.is_not(None), History.act == "case.opened").order_by(History.id)
        ).all()
        unit.conn.execute(update(History).where(History.id == first.id).values(sealed=second.sealed))
    with system.database.reader(SYSTEM) as unit:
        broken = [result for result in verify(unit.conn, system.keys) if not result.ok]
    assert [(one.chain, one.first_bad_seq) for one in broken] == [(first.chain, first.seq)]
