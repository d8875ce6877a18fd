"""A stolen database without its key file: nothing opens, and no guess of a name is confirmed (goal:S19)."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import select

from nrm.records.keys import KeyRing, SealBroken
from nrm.records.tables.all_tables import metadata
from nrm.records.tables.key import CaseKey, KeyedIndex
from nrm.records.unit import Database
from nrm.rules.normalise import name_keys
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import MovableClock
from tests.support.driving import START, Drive
from tests.support.goals import Reached

NAMES = ("Maro", "Zelin Invented")
SYLLABLES = ("ma", "ro", "ze", "lin", "ka", "da", "vi", "no", "su", "te")


def dictionary() -> Iterator[str]:
    """10,000 names and more, the right ones among them."""
    yield from ("maro", "zelin", "invented")
    for parts in product(SYLLABLES, repeat=4):
        yield "".join(parts)


def secrets_of_a_thief() -> list[bytes]:
    """What somebody who has the program and the database might take for a key."""
    return [b"", bytes(32), b"nrm", b"index person.name", hashlib.sha256(b"nrm").digest(), os.urandom(32)]


@pytest.fixture
def stolen(any_drive: Drive) -> Drive:
    for name in NAMES:
        any_drive.open_case(answers={"given_name": name})
    return any_drive


def test_no_guess_of_a_name_is_confirmed(stolen: Drive, reached: Reached) -> None:
    stored = {row.hmac for row in stolen.rows(select(KeyedIndex.hmac))}
    assert len(stored) >= 3
    keys = stolen.system.keys
    assert keys.mac("index person.name", name_keys("Maro")[0]) in stored  # with the key a guess is confirmed
    thief = KeyRing([os.urandom(32)], os.urandom(32))
    tried = 0
    for word in dictionary():
        guesses = {thief.mac("index person.name", word), hashlib.sha256(word.encode()).hexdigest()}
        guesses |= {hmac.new(key, word.encode(), hashlib.sha256).hexdigest() for key in secrets_of_a_thief()}
        assert not guesses & stored
        tried += 1
    assert tried > 10_000
    reached("S19", f"{stolen.system.database.dialect}: {tried:,} names, each under {len(secrets_of_a_thief()) + 2} "
            "guesses of a key, 0 confirmed")


def test_nothing_sealed_opens_under_other_keys(stolen: Drive, reached: Reached) -> None:
    database = Database(
        stolen.system.settings.database_url, clock=MovableClock(START), keys=KeyRing([os.urandom(32)], os.urandom(32)),
        durable=False,
    )
    tried = 0
    with database.reader(SYSTEM) as unit:
        for row in unit.conn.execute(select(CaseKey)).all():
            with pytest.raises(SealBroken):
                unit.keys.open(row.case_id, row.category, b"\x01" + bytes(60), "record_part:any")
            for kek in unit.ring.kek_ids:  # the thief says that it is under a key of theirs
                with pytest.raises(SealBroken):
                    unit.ring.unwrap(row.case_id, row.category, row.wrapped, kek)
            tried += 1
    assert tried >= 6
    reached("S19", f"{stolen.system.database.dialect}: {tried} keys of cases, 0 open without the key file")
    database.dispose()


def test_no_name_stands_anywhere_in_the_rows(stolen: Drive) -> None:
    with stolen.system.database.reader(SYSTEM) as unit:
        for table in metadata.sorted_tables:
            if table.name in ("bundle", "bundle_draft", "user_account", "agency"):
                continue  # processes, and the accounts of those who work: no person of a case
            for row in unit.conn.execute(select(table)):
                text = repr(tuple(row)).casefold()
                assert "maro" not in text
                assert "zelin" not in text
