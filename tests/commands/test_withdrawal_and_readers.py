"""goal:S7: of the reads around a withdrawal none that starts after its commit succeeds, whatever is read and how."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from sqlalchemy import select

from nrm.commands.files import PIECE_BYTES, attach_file, download, open_file
from nrm.commands.read_case import read_case, reveal
from nrm.commands.read_consents import read_consent_ledger
from nrm.commands.read_record import read_record
from nrm.commands.settling.feedback import Stage
from nrm.commands.withdraw_consent import record_consent, withdraw_consent, withdraw_purposes
from nrm.queries.case_list import case_list
from nrm.queries.still_wanted import still_wanted
from nrm.records.outgoing import add_outgoing
from nrm.records.refusals import TryAgain
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.notice import Notice, Outbox
from nrm.records.tables.record import Record
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.wiring.system import System
from tests.commands.referred_case import given, with_accepted_referral
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

READERS, READS = (8, 1000) if LONG else (4, 50)
ENOUGH = 5
Read = Callable[[System, Actor, str], object]


def ways_to_read(drive: Drive, case_id: str) -> Mapping[str, Read]:
    """Everything by which a provider reaches a case that was referred to it."""
    provider = drive.person("PROV", "health_centre")
    file_id = attach_file(
        drive.system, provider, case_id=case_id, category="process", name="invented.txt", media_type="text/plain",
        content=io.BytesIO(b"invented words"),
    )
    record_id = drive.rows(
        select(Record.id).where(Record.case_id == case_id, Record.agency_id == "health_centre")
    )[0].id

    def listed(system: System, actor: Actor, wanted: str) -> None:
        if wanted not in {line.id for line in case_list(system, actor).items}:
            raise NotFound

    def downloaded(system: System, actor: Actor, _: str) -> bytes:
        with open_file(system, actor, file_id=file_id) as found:
            return b"".join(found.chunks)

    return {
        "page": lambda system, actor, wanted: read_case(system, actor, case_id=wanted),
        "contact": lambda system, actor, wanted: reveal(system, actor, case_id=wanted, group="contact"),
        "consents": lambda system, actor, wanted: read_consent_ledger(system, actor, case_id=wanted),
        "record": lambda system, actor, _: read_record(system, actor, record_id=record_id),
        "file": downloaded,
        "list": listed,
    }


def test_no_read_that_starts_after_the_withdrawal_succeeds(
    any_drive: Drive, reached: Reached
) -> None:
    drive = any_drive
    case_id = with_accepted_referral(drive)
    ways = list(ways_to_read(drive, case_id).items())
    provider, consent_id = drive.person("PROV", "health_centre"), given(drive, case_id)
    withdrawn, enough = threading.Event(), threading.Event()
    before, after, wrong = Counter[str](), Counter[str](), Counter[str]()

    def read_on(first: int) -> None:
        system = drive.installation.system()
        for number in range(first, first + READS):
            name, way = ways[number % len(ways)]
            late, answered = until_told(lambda: way(system, provider, case_id))  # noqa: B023
            (after if not answered else wrong if late else before)[name] += 1
            if before.total() >= ENOUGH:
                enough.set()

    def until_told(read: Callable[[], object]) -> tuple[bool, bool]:
        """Whether a read began after the withdrawal, and whether it was answered; who shall try again does."""
        while True:
            late = withdrawn.is_set()
            with suppress(TryAgain):
                try:
                    read()
                except (NotFound, NotAllowed):
                    return late, False
                return late, True

    def withdraw() -> None:
        assert enough.wait(timeout=60)
        while not withdrawn.is_set():
            with suppress(TryAgain):
                withdraw_consent(drive.system, drive.person("CM"), consent_id=consent_id)
                withdrawn.set()

    in_threads([*(lambda first=first: read_on(first) for first in range(READERS)), withdraw])
    assert before
    assert not wrong, wrong
    assert set(after) == {name for name, _ in ways}, "each way was tried after the withdrawal too"
    reached("S7", f"{READERS} readers x {READS} around a withdrawal: {before.total()} before it, 0 after")


@pytest.mark.parametrize("way", ["page", "contact", "consents", "record", "file", "list"])
def test_each_way_to_a_referred_case_ends_with_the_withdrawal(drive: Drive, way: str) -> None:
    case_id = with_accepted_referral(drive)
    read = ways_to_read(drive, case_id)[way]
    provider = drive.person("PROV", "health_centre")
    read(drive.system, provider, case_id)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    with pytest.raises((NotFound, NotAllowed)):
        read(drive.system, provider, case_id)


def test_a_download_on_its_way_breaks_off_at_its_next_piece(any_drive: Drive) -> None:
    drive = any_drive
    case_id, provider = with_accepted_referral(drive), drive.person("PROV", "health_centre")
    words = b"invented words of a long report. " * (3 * PIECE_BYTES // 32)
    file_id = attach_file(
        drive.system, provider, case_id=case_id, category="process", name="invented.txt", media_type="text/plain",
        content=io.BytesIO(words),
    )
    whole = download(drive.system, provider, file_id=file_id)
    assert b"".join(whole.pieces) == words
    assert whole.size == len(words)
    begun = download(drive.system, provider, file_id=file_id)
    assert next(begun.pieces) == words[:PIECE_BYTES]
    assert next(begun.pieces) == words[PIECE_BYTES : 2 * PIECE_BYTES]
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    with pytest.raises(NotAllowed):
        next(begun.pieces)
    assert list(begun.pieces) == []


# -- what waits to be sent --------------------------------------------------------------------------


def told(drive: Drive, case_id: str) -> set[str]:
    """What the first responder was told of a case, as kinds of notices."""
    rows = drive.rows(
        select(Notice.kind).join(Case, Case.code == Notice.case_code)
        .where(Case.id == case_id, Notice.user_id == Case.opened_by, Notice.kind.like("feedback_%"))
    )
    return {row.kind.removeprefix("feedback_") for row in rows}


def agree_to_feedback(drive: Drive, case_id: str) -> None:
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="feedback", answer="given")


def team_up(drive: Drive, case_id: str) -> None:
    drive.complete(case_id, "record_safety", {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})
    drive.complete(case_id, "assemble_team")


@pytest.mark.parametrize(("agreed", "expected"), [
    (False, [Stage.RECEIVED]), (True, [Stage.RECEIVED, Stage.TAKEN]),
])
def test_whoever_brought_the_person_has_a_receipt_and_hears_more_only_where_agreed(
    any_drive: Drive, agreed: bool, expected: list[Stage]
) -> None:
    """domain 2.8: the receipt is there at once and always; nothing of it says what it is about."""
    drive = any_drive
    case_id = drive.open_case()
    if agreed:
        agree_to_feedback(drive, case_id)
    team_up(drive, case_id)
    assert told(drive, case_id) == {str(stage) for stage in expected}


def test_feedback_that_waits_in_the_outbox_is_dropped_by_a_withdrawal(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    agree_to_feedback(drive, case_id)
    team_up(drive, case_id)
    with drive.system.database.reader(SYSTEM) as unit:
        letter = unit.conn.execute(select(Outbox).where(Outbox.template == "feedback")).one()
        user = unit.conn.execute(select(User).where(User.id == letter.user_id)).one()
        assert still_wanted(drive.system, unit, user, letter)
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["feedback"])
    with drive.system.database.reader(SYSTEM) as unit:
        assert not still_wanted(drive.system, unit, user, letter)


def test_a_letter_to_a_provider_is_not_sent_after_the_withdrawal(drive: Drive) -> None:
    case_id = with_accepted_referral(drive)
    provider = drive.person("PROV", "health_centre")
    with drive.system.database.unit(SYSTEM) as unit:
        letter_id = add_outgoing(unit, user_id=provider.user_id, next_at=unit.now, case_id=case_id)
    letter = drive.one(select(Outbox).where(Outbox.id == letter_id))
    user = drive.one(select(User).where(User.id == provider.user_id))
    with drive.system.database.reader(SYSTEM) as unit:
        assert still_wanted(drive.system, unit, user, letter)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    with drive.system.database.reader(SYSTEM) as unit:
        assert not still_wanted(drive.system, unit, user, letter)


def in_threads(targets: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600 if LONG else 120)
