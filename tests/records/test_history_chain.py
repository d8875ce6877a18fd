"""The history cannot be altered unnoticed, and the database refuses to try (goals A1, A2, A6)."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.history import open_payload
from nrm.records.keys import KeyRing
from nrm.records.refusals import SchemaRuleError
from nrm.records.tables.agency import Agency
from nrm.records.tables.case import Case
from nrm.records.tables.history import ChainHead, History
from nrm.records.types import instant_text
from nrm.records.unit import Database, Unit
from nrm.records.verify import row_digest, verify
from nrm.rules.chain import Entry, genesis
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock
from tests.support.goals import Reached
from tests.support.insider import unguard


@pytest.fixture
def chain(database: Database, actor: Actor, case_id: str, clock: MovableClock) -> str:
    """A case with eight entries, four with words, beside another chain."""
    for number in range(4):
        with database.unit(actor) as unit:
            unit.lock_case(case_id)
            unit.append(chain=case_id, act="task.complete", object=f"task:{number}", bundle="b1",
                        payload={"reason": f"Ana Invented {number}", "on": unit.now.date()})
            unit.append(chain=case_id, act="task.open", object=f"task:{number + 1}", rule="team")
            unit.append(chain="installation", act="sign_in", object="user:u-ana")
        clock.advance(timedelta(minutes=7, microseconds=number))
    return case_id


def test_a_whole_history_verifies(database: Database, ring: KeyRing, chain: str) -> None:
    with database.reader() as unit:
        results = verify(unit.conn, ring)
        assert [(r.chain, r.entries, r.ok) for r in results] == [(chain, 8, True), ("installation", 4, True)]
        assert results[0].sentence == "All 8 entries are whole and in order."
        assert verify(unit.conn, chain=chain) == [results[0]]
        assert verify(unit.conn, chain="nothing")[0].sentence == "There are no entries."
        row = unit.conn.execute(select(History).where(History.chain == chain, History.seq == 1)).one()
        payload, _ = open_payload(unit.keys, chain, 1, row.sealed)
        assert payload == {"on": "2026-03-02", "reason": "Ana Invented 0"}
        assert row.link == genesis(chain)


REFUSED: list[tuple[str, Callable[[Connection], object]]] = [
    ("update", lambda c: c.execute(update(History).values(actor="someone"))),
    ("update that changes nothing", lambda c: c.execute(update(History).values(seq=History.seq))),
    ("delete", lambda c: c.execute(delete(History))),
    ("head back", lambda c: c.execute(update(ChainHead).values(seq=1))),
    ("head away", lambda c: c.execute(delete(ChainHead))),
    ("case code", lambda c: c.execute(update(Case).values(code="other"))),
]


@pytest.mark.parametrize(("what", "act"), REFUSED, ids=[what for what, _ in REFUSED])
@pytest.mark.usefixtures("chain")
def test_the_database_refuses(
    database: Database, actor: Actor, what: str, act: Callable[[Connection], object]
) -> None:
    with pytest.raises(SchemaRuleError, match="is refused"), database.unit(actor) as unit:
        act(unit.conn)
    with database.reader() as unit:
        assert all(result.ok for result in verify(unit.conn)), what


@pytest.mark.usefixtures("chain")
def test_the_database_refuses_truncation_and_replacement(database: Database, actor: Actor) -> None:
    if database.dialect == "postgresql":
        for table in ("history", "chain_head"):
            with pytest.raises(SchemaRuleError, match="truncate"), database.unit(actor) as unit:
                unit.conn.execute(text(f"TRUNCATE {table}"))
        return
    with database.reader() as unit:
        row = unit.conn.execute(select(History).limit(1)).one()._asdict()
    row["actor"] = "someone"
    with pytest.raises(SchemaRuleError, match="replace"), database.unit(actor) as unit:
        unit.conn.execute(insert(History).prefix_with("OR REPLACE").values(**row))


def _edit(column: str, value: object) -> Callable[[Connection, str], object]:
    return lambda c, chain: c.execute(
        update(History).where(History.chain == chain, History.seq == 3).values({column: value})
    )


def _swap(conn: Connection, chain: str) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        conn.execute(update(History).where(History.chain == chain, History.seq == old).values(seq=new))


def _insert_between(conn: Connection, chain: str) -> None:
    for first, by in ((2, 100), (100, -99)):
        conn.execute(
            update(History).where(History.chain == chain, History.seq > first).values(seq=History.seq + by)
        )
    row = conn.execute(select(History).where(History.chain == chain, History.seq == 2)).one()._asdict()
    entry = Entry(3, row["at"], "someone", "a", "x", "y", "ok", None, None, None, row["digest"])
    conn.execute(insert(History).values(
        chain=chain, seq=3, at=entry.at, actor="someone", agency="a", act="x", object="y", outcome="ok",
        link=entry.link, digest=entry.digest(),
    ))


def _cut(seq: int) -> Callable[[Connection, str], object]:
    return lambda c, chain: c.execute(delete(History).where(History.chain == chain, History.seq >= seq))


def _recompute(conn: Connection, chain: str) -> None:
    """Rewrite an entry and every digest after it, but not the registered head."""
    link = genesis(chain)
    for row in conn.execute(select(History).where(History.chain == chain).order_by(History.seq)).all():
        who = "someone" if row.seq == 3 else row.actor
        entry = Entry(row.seq, row.at, who, row.agency, row.act, row.object, row.outcome, row.rule,
                      row.bundle, row.commitment, link)
        link = entry.digest()
        conn.execute(update(History).where(History.id == row.id).values(
            actor=who, link=entry.link, digest=link
        ))


def _foreign(conn: Connection, chain: str) -> None:
    conn.execute(delete(History).where(History.chain == chain, History.seq > 0))
    conn.execute(update(History).where(History.chain == "installation").values(chain=chain))


ATTACKS: list[tuple[str, Callable[[Connection, str], object], int, str]] = [
    ("actor", _edit("actor", "someone"), 3, "altered"),
    ("outcome", _edit("outcome", "denied"), 3, "altered"),
    ("rule", _edit("rule", "other"), 3, "altered"),
    ("object", _edit("object", "task:9"), 3, "altered"),
    ("commitment", _edit("commitment", "0" * 64), 3, "altered"),
    ("digest", _edit("digest", "0" * 64), 3, "altered"),
    ("one gone", lambda c, chain: c.execute(
        delete(History).where(History.chain == chain, History.seq == 3)), 3, "missing"),
    ("two swapped", _swap, 3, "altered"),
    ("one put in", _insert_between, 4, "altered"),
    ("cut", _cut(6), 6, "ends too early"),
    ("all cut", _cut(1), 1, "ends too early"),
    ("recomputed", _recompute, 8, "registered"),
    ("head dropped", lambda c, chain: c.execute(delete(ChainHead).where(ChainHead.chain == chain)), 8,
     "registered"),
    ("another chain's entries", _foreign, 1, "does not follow"),
]


@pytest.mark.parametrize(("what", "attack", "seq", "words"), ATTACKS, ids=[a[0] for a in ATTACKS])
def test_every_alteration_is_found(
    database: Database, actor: Actor, chain: str, what: str, attack: Callable[[Connection, str], object],
    seq: int, words: str,
) -> None:
    with database.unit(actor) as unit:
        unguard(unit.conn)
        attack(unit.conn, chain)
    with database.reader() as unit:
        (result,) = verify(unit.conn, chain=chain)
        assert (result.ok, result.first_bad_seq) == (False, seq), (what, result)
        assert words in result.sentence
        assert result in verify(unit.conn)


def test_altered_words_are_found_with_the_keys(
    database: Database, ring: KeyRing, actor: Actor, chain: str
) -> None:
    with database.unit(actor) as unit:
        unguard(unit.conn)
        first = unit.conn.execute(select(History).where(History.chain == chain, History.seq == 1)).one()
        unit.conn.execute(
            update(History).where(History.chain == chain, History.seq == 5).values(sealed=first.sealed)
        )
    with database.reader() as unit:
        assert verify(unit.conn, chain=chain)[0].ok
        (result,) = verify(unit.conn, ring, chain)
        assert (result.first_bad_seq, result.sentence) == (5, "The words of entry 5 were altered or removed.")
    with database.unit(actor) as unit:
        unit.conn.execute(update(History).where(History.chain == chain, History.seq == 3).values(sealed=None))
    with database.reader() as unit:
        assert verify(unit.conn, ring, chain)[0].first_bad_seq == 3


def test_an_erased_case_still_verifies(database: Database, ring: KeyRing, actor: Actor, chain: str) -> None:
    with database.unit(actor) as unit:
        unit.lock_case(chain)
        assert unit.keys.destroy(chain) == 1
        unit.append(chain=chain, act="case.erase", object=f"case:{chain}", payload={"basis": "request"})
    with database.reader() as unit:
        (result,) = verify(unit.conn, ring, chain)
        assert (result.ok, result.entries, result.erased) == (True, 9, 5)


def test_a_rolled_back_act_leaves_no_entry(database: Database, actor: Actor, chain: str) -> None:
    def act(unit: Unit) -> None:
        unit.append(chain=chain, act="x", object="y")
        unit.flush()
        unit.conn.execute(insert(Agency).values(id="a", name="Invented", kind="ngo"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.unit(actor) as unit:
        act(unit)
    with database.reader() as unit:
        assert verify(unit.conn, chain=chain)[0].entries == 8
        assert unit.conn.execute(select(Agency)).first() is None


def test_every_flipped_byte_of_a_row_is_found(
    sqlite_url: str, ring: KeyRing, actor: Actor, clock: MovableClock
) -> None:
    database = Database(sqlite_url, clock=clock, keys=ring, durable=False)
    with database.unit(actor) as unit:
        for number in range(5):
            unit.append(chain="installation", act="sign_in", object=f"user:{number}", rule="r", bundle="b",
                        payload={"n": number})
        unguard(unit.conn)
    database.dispose()
    file = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    columns = ["at", "actor", "agency", "act", "object", "outcome", "rule", "bundle", "commitment",
               "link", "digest"]
    draw = random.Random(1)
    opened = Database(sqlite_url, clock=clock, keys=ring, durable=False)
    for _ in range(150):
        column, seq = draw.choice(columns), draw.randint(1, 5)
        where = f"SELECT CAST({column} AS BLOB) FROM history WHERE chain = 'installation' AND seq = ?"
        raw = bytearray(file.execute(where, [seq]).fetchone()[0])
        before = bytes(raw)
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        _put(file, column, seq, bytes(raw))
        with opened.reader() as unit:
            (result,) = verify(unit.conn, ring)
        assert not result.ok, (column, seq, bytes(raw))
        _put(file, column, seq, before)
    with opened.reader() as unit:
        assert verify(unit.conn, ring)[0].ok
    opened.dispose()
    file.close()


def _put(file: sqlite3.Connection, column: str, seq: int, value: bytes) -> None:
    file.execute(f"UPDATE history SET {column} = CAST(? AS TEXT) WHERE seq = ?", [value, seq])
    file.commit()


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


moments = st.integers(0, 2**40).map(lambda micros: NOON + timedelta(milliseconds=micros, microseconds=1))


@given(act=words, about=words, rule=st.none() | words, seq=st.integers(1, 2**31 - 1), at=moments)
def test_the_fast_digest_is_the_digest(
    act: str, about: str, rule: str | None, seq: int, at: datetime
) -> None:
    entry = Entry(seq, at, "u", "a", act, about, "ok", rule, None, None, "0" * 64)
    row = ("c", seq, instant_text(at), "u", "a", act, about, "ok", rule, None, None, "0" * 64, "", None)
    assert row_digest(row) == entry.digest()


def test_a_long_chain_is_verified_and_the_rate_told(database: Database, reached: Reached) -> None:
    count, link, rows = 20_000, genesis("installation"), []
    at = database.clock.now()
    for seq in range(1, count + 1):
        entry = Entry(seq, at, "u-ana", "a-social", "task.complete", f"task:{seq}", "ok", "team", "b" * 64,
                      None, link)
        rows.append({"chain": "installation", "seq": seq, "at": at, "actor": "u-ana", "agency": "a-social",
                     "act": "task.complete", "object": f"task:{seq}", "outcome": "ok", "rule": "team",
                     "bundle": "b" * 64, "commitment": None, "sealed": None, "link": link,
                     "digest": (link := entry.digest())})
    with database.unit(Actor("u", "a", frozenset())) as unit:
        unit.conn.execute(insert(History), rows)
        unit.conn.execute(upsert(ChainHead).values(chain="installation", seq=count, digest=link))
    with database.reader() as unit:
        began = time.perf_counter()
        assert verify(unit.conn)[0].entries == count
        rate = count / (time.perf_counter() - began)
    reached("A4", f"{database.dialect}: {rate:,.0f} entries of one chain a second, beside the other tests")


def test_many_entries_in_one_unit_keep_their_order(database: Database, actor: Actor, case_id: str) -> None:
    def write(unit: Unit) -> list[int]:
        return [unit.append(chain=case_id, act="step", object=f"step:{n}") for n in range(50)]

    with database.unit(actor) as unit:
        assert write(unit) == list(range(1, 51))
    with database.unit(actor) as unit:
        assert write(unit)[0] == 51
        unit.flush()
        assert verify(unit.conn, chain=case_id)[0].entries == 100


def test_the_file_is_for_its_owner_only(sqlite_url: str, ring: KeyRing, clock: MovableClock) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.chmod(0o644)
    database = Database(sqlite_url, clock=clock, keys=ring)
    with database.reader():
        for file in path.parent.glob("nrm.db*"):
            assert file.stat().st_mode & 0o077 == 0, file.name
    database.dispose()
