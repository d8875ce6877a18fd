"""What is sealed opens only where it was put, and only with the key file (goals S12, S19, S20)."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from nrm.records.case_keys import rewrap
from nrm.records.drafts import drop_draft, read_draft, write_draft
from nrm.records.files import CHUNK_BYTES, read_file, write_file
from nrm.records.keys import KeyGone, KeyRing, SealBroken, make_key_file
from nrm.records.notes import open_note, write_note
from nrm.records.sealing import read_many, read_parts, write_record
from nrm.records.search import clear_index, find_cases, write_index
from nrm.records.tables.key import CaseKey, KeyedIndex
from nrm.records.tables.record import File, FileChunk, Note, Record, RecordPart
from nrm.records.tables.task import Draft
from nrm.records.unit import Database, Unit
from nrm.rules.normalise import name_keys, normalise
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.errors import ConfigurationRefused, Conflict, NotFound

CANARY = "Canary-Invented-Ana"
PARTS = {
    Category.IDENTITY: {"given_name": CANARY, "born": "1999-01-01"},
    Category.STAY: {"address": f"{CANARY} Street 5"},
    Category.HEALTH: {},
}


def put_record(unit: Unit, case_id: str, supersedes: str | None = None) -> str:
    return write_record(
        unit, case_id=case_id, form="F02", form_digest="d", parts=PARTS, agency_id="a-social", role="CM",
        supersedes=supersedes, reason_code=None if supersedes is None else "typing_mistake",
    )


def test_a_record_is_read_by_category(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        record_id = put_record(unit, case_id)
    with database.reader(actor) as unit:
        assert read_parts(unit, record_id, [Category.IDENTITY]) == {
            Category.IDENTITY: PARTS[Category.IDENTITY]
        }
        assert set(read_parts(unit, record_id, list(Category))) == {Category.IDENTITY, Category.STAY}
        assert read_many(unit, [], list(Category)) == {}
        row = unit.conn.execute(select(Record)).one()
        assert (row.version, row.series_id, row.answers_none) == (1, record_id, False)


def test_a_correction_is_the_next_version_and_only_once(
    database: Database, actor: Actor, case_id: str, add_case: Callable[[Unit, str], str]
) -> None:
    with database.unit(actor) as unit:
        first = put_record(unit, case_id)
    with database.unit(actor) as unit:
        second = put_record(unit, case_id, supersedes=first)
    with database.reader() as unit:
        row = unit.conn.execute(select(Record).where(Record.id == second)).one()
        assert (row.version, row.series_id, row.supersedes_id) == (2, first, first)
    with pytest.raises(Conflict), database.unit(actor) as unit:
        put_record(unit, case_id, supersedes=first)
    with database.unit(actor) as unit:
        other = add_case(unit, "N-0002")
        with pytest.raises(NotFound):
            put_record(unit, other, supersedes=first)


def test_every_flipped_byte_is_refused(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        sealed = unit.seal(case_id, Category.IDENTITY, CANARY.encode(), "record_part:r")
        assert unit.open_sealed(case_id, Category.IDENTITY, sealed, "record_part:r") == CANARY.encode()
        for place in range(len(sealed)):
            for bit in (1, 128):
                broken = bytearray(sealed)
                broken[place] ^= bit
                with pytest.raises(SealBroken):
                    unit.open_sealed(case_id, Category.IDENTITY, bytes(broken), "record_part:r")
        for short in range(len(sealed)):
            with pytest.raises(SealBroken):
                unit.open_sealed(case_id, Category.IDENTITY, sealed[:short], "record_part:r")


def test_a_ciphertext_opens_nowhere_else(
    database: Database, actor: Actor, case_id: str, add_case: Callable[[Unit, str], str]
) -> None:
    with database.unit(actor) as unit:
        other = add_case(unit, "N-0002")
        here, there, foreign = put_record(unit, case_id), put_record(unit, case_id), put_record(unit, other)
        parts = {
            (row.record_id, row.category): row.sealed for row in unit.conn.execute(select(RecordPart)).all()
        }
    moves = [
        (there, "identity"),  # another row of the same case
        (foreign, "identity"),  # another case
        (here, "stay"),  # another category of the same row
    ]
    for source in moves:
        with database.unit(actor) as unit:
            unit.conn.execute(
                update(RecordPart)
                .where(RecordPart.record_id == here, RecordPart.category == "identity")
                .values(sealed=parts[source])
            )
            with pytest.raises(SealBroken):
                read_parts(unit, here, [Category.IDENTITY])


def test_a_wrapped_key_cannot_be_moved(
    database: Database, actor: Actor, case_id: str, add_case: Callable[[Unit, str], str]
) -> None:
    with database.unit(actor) as unit:
        other = add_case(unit, "N-0002")
        record_id = put_record(unit, case_id)
        put_record(unit, other)
        wanted = select(CaseKey.wrapped).where(CaseKey.case_id == other, CaseKey.category == "identity")
        unit.conn.execute(
            update(CaseKey).where(CaseKey.case_id == case_id, CaseKey.category == "identity")
            .values(wrapped=unit.conn.execute(wanted).scalar_one())
        )
    with database.reader() as unit, pytest.raises(SealBroken):
        read_parts(unit, record_id, [Category.IDENTITY])


def test_erasure_leaves_nothing_to_open(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        record_id = put_record(unit, case_id)
        write_index(unit, case_id, "person.name", ["ana"])
        assert unit.keys.destroy(case_id, ["stay"]) == 1
        assert set(read_parts(unit, record_id, list(Category))) == {Category.IDENTITY}
    with database.unit(actor) as unit:
        assert unit.keys.destroy(case_id) == 1
        assert unit.keys.destroy(case_id) == 0
        assert read_parts(unit, record_id, list(Category)) == {}
        assert unit.conn.execute(select(KeyedIndex)).all() == []
        for category in ("identity", "stay"):
            with pytest.raises(KeyGone):
                unit.seal(case_id, category, b"again", "record_part:x")
            assert unit.keys.destroyed(case_id, category)


def test_notes_and_drafts(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        note = write_note(unit, case_id=case_id, category=Category.RISK, text=CANARY, agency_id="a")
        write_draft(unit, task_id="t", case_id=case_id, answers={"a": CANARY}, seen_version=1)
        write_draft(unit, task_id="t", case_id=case_id, answers={"a": CANARY, "b": None}, seen_version=2)
    with database.unit(actor) as unit:
        assert open_note(unit, unit.conn.execute(select(Note).where(Note.id == note)).one()) == CANARY
        draft = read_draft(unit, "t")
        assert draft is not None
        assert (draft.answers, draft.seen_version) == ({"a": CANARY, "b": None}, 2)
        assert read_draft(unit, "t", "someone-else") is None
        unit.conn.execute(update(Draft).values(user_id="someone-else"))
        with pytest.raises(SealBroken):
            read_draft(unit, "t", "someone-else")
        drop_draft(unit, "t", "someone-else")
        assert read_draft(unit, "t", "someone-else") is None


SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_as_it_went(database: Database, actor: Actor, case_id: str, size: int) -> None:
    content = os.urandom(size)
    with database.unit(actor) as unit:
        file_id = put_file(unit, case_id, content)
    with database.reader() as unit:
        found = read_file(unit, file_id)
        assert (found.name, found.size, found.category) == (f"{CANARY}.pdf", size, Category.HEALTH)
        assert b"".join(found.chunks) == content


def put_file(unit: Unit, case_id: str, content: bytes) -> str:
    return write_file(
        unit, case_id=case_id, category=Category.HEALTH, name=f"{CANARY}.pdf", media_type="application/pdf",
        content=io.BytesIO(content), agency_id="a",
    )


CUTS: list[tuple[str, Callable[[Unit], object]]] = [
    ("last gone", lambda u: u.conn.exec_driver_sql("DELETE FROM file_chunk WHERE n = 2")),
    ("first gone", lambda u: u.conn.exec_driver_sql("DELETE FROM file_chunk WHERE n = 0")),
    ("all gone", lambda u: u.conn.exec_driver_sql("DELETE FROM file_chunk")),
    ("swapped", lambda u: [u.conn.execute(update(FileChunk).where(FileChunk.n == a).values(n=b))
                           for a, b in ((0, 9), (1, 0), (9, 1))]),
    ("renamed", lambda u: u.conn.execute(update(File).values(category="identity"))),
]


@pytest.mark.parametrize(("what", "cut"), CUTS, ids=[what for what, _ in CUTS])
def test_a_cut_file_is_noticed(
    database: Database, actor: Actor, case_id: str, what: str, cut: Callable[[Unit], object]
) -> None:
    with database.unit(actor) as unit:
        file_id = put_file(unit, case_id, os.urandom(3 * CHUNK_BYTES))
    with database.unit(actor) as unit:
        cut(unit)
    with pytest.raises((SealBroken, KeyGone)), database.reader() as unit:
        list(read_file(unit, file_id).chunks)


def test_no_canary_in_the_bytes(sqlite_url: str, ring: KeyRing, actor: Actor, clock: MovableClock,
                                add_case: Callable[[Unit, str], str]) -> None:
    database = Database(sqlite_url, clock=clock, keys=ring, durable=False)
    with database.unit(actor) as unit:
        case_id = add_case(unit, "N-0001")
        put_record(unit, case_id)
        put_file(unit, case_id, CANARY.encode() * 1000)
        write_note(unit, case_id=case_id, category=Category.RISK, text=CANARY, agency_id="a")
        write_draft(unit, task_id="t", case_id=case_id, answers={"a": CANARY})
        write_index(unit, case_id, "person.name", name_keys(CANARY))
        unit.append(chain=case_id, act="x", object="y", payload={"reason": CANARY})
    seen = b"".join(file.read_bytes() for file in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("nrm.db*"))
    assert b"N-0001" in seen
    for word in (CANARY, CANARY.lower(), normalise(CANARY)):
        for raw in (word.encode(), word.encode("utf-16-le"), base64.b64encode(word.encode())[:-4]):
            assert raw not in seen
    database.checkpoint()
    assert not Path(sqlite_url.removeprefix("sqlite:///") + "-wal").read_bytes()
    database.dispose()


def test_the_index_finds_spellings_and_tells_nothing(
    database: Database, actor: Actor, case_id: str, add_case: Callable[[Unit, str], str], tmp_path: Path
) -> None:
    with database.unit(actor) as unit:
        other = add_case(unit, "N-0002")
        write_index(unit, case_id, "person.name", name_keys("Ștefania Invented"))
        write_index(unit, case_id, "person.name", name_keys("Ștefania Invented"))
        write_index(unit, other, "person.name", name_keys("Ana Invented"))
        assert find_cases(unit, "person.name", normalise("STEFANIA")) == [case_id]
        assert find_cases(unit, "person.name", normalise("invented")) == sorted([case_id, other])
        assert find_cases(unit, "person.name", normalise("invented"), limit=1) == [case_id]
        assert find_cases(unit, "person.mother_name", normalise("Ana")) == []
        hashes = set(unit.conn.execute(select(KeyedIndex.hmac)).scalars())
        clear_index(unit, case_id, "person.name")
        assert find_cases(unit, "person.name", normalise("Stefania")) == []
    make_key_file(tmp_path / "thief.key")
    thief = KeyRing.read(tmp_path / "thief.key")
    assert thief.mac("index person.name", normalise("Stefania")) not in hashes


KEY = base64.b64encode(bytes(range(32))).decode()
BAD_FILES = [
    ("", "no key"),
    ("root " + KEY, "no key"),
    ("kek", "32 bytes"),
    ("kek " + KEY[:-5], "32 bytes"),
    ("other " + KEY, "32 bytes"),
    ("kek " + KEY + " more", "32 bytes"),
    ("schlüssel", "cannot be read"),
]


@pytest.mark.parametrize(("text", "words"), BAD_FILES)
def test_a_bad_key_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigurationRefused, match=words):
        KeyRing.read(path)


def test_a_key_file_is_for_its_owner_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "nrm.key"
    make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_key_file(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationRefused, match="readable by others"):
        KeyRing.read(path)
    assert KeyRing.read(path, demo=True).kek_id
    with pytest.raises(ConfigurationRefused, match="cannot be read"):
        KeyRing.read(tmp_path / "missing.key")
    bare = tmp_path / "bare.key"
    bare.write_text(KEY)
    bare.chmod(0o600)
    ring = KeyRing.read(bare)
    assert ring.mac("session", "a") != ring.mac("idempotency", "a")
    assert ring.kek_id in repr(ring)
    assert KEY not in repr(ring)


def test_keys_rotate_and_an_unknown_key_is_refused(
    any_database_url: str, actor: Actor, clock: MovableClock, add_case: Callable[[Unit, str], str]
) -> None:
    first, second, root = os.urandom(32), os.urandom(32), os.urandom(32)

    def opened(*keks: bytes) -> Database:
        return Database(any_database_url, clock=clock, keys=KeyRing(keks, root), durable=False)

    before, during, after = opened(first), opened(second, first), opened(second)
    with before.unit(actor) as unit:
        record_id = put_record(unit, add_case(unit, "N-0001"))
    with after.reader() as unit, pytest.raises(SealBroken, match="does not hold"):
        read_parts(unit, record_id, [Category.IDENTITY])
    with during.unit(actor) as unit:
        assert rewrap(unit.conn, unit.ring) == 2
        assert rewrap(unit.conn, unit.ring) == 0
    with after.reader() as unit:
        assert len(read_parts(unit, record_id, list(Category))) == 2
    assert before.keys.mac("index x", "a") == after.keys.mac("index x", "a")
    for database in (before, during, after):
        database.dispose()
