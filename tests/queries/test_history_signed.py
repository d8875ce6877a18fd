"""What auditors and the health page are told of the signed history: who has it, proofs that hold, and alarms.

goal:A5: an alarm where no place outside has confirmed what is more than two hours old.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.anchoring import give_to_anchors
from nrm.commands.checkpoints import prove_entry, prove_installation_entry, take_checkpoint
from nrm.commands.working import Rounds
from nrm.deployment.settings import Mode
from nrm.queries.checkpoints import EntryProof, checkpoints_list, growth_proof, note_of, signing
from nrm.queries.work_health import Alarm, work_counts, work_health
from nrm.records.tables.history import History
from nrm.rules.chain import canonical
from nrm.rules.merkle import verify_consistency, verify_inclusion
from nrm.rules.notes import read_note
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.driving import Drive
from tests.support.signing import sign_with_new_key


def holds(proof: EntryProof) -> bool:
    """Check a proof as anybody can, from what is in it alone."""
    root = read_note(proof.note).checkpoint.root
    leaf = canonical({"chain": proof.chain, "digest": proof.digest, "seq": proof.seq})
    path = [bytes.fromhex(node) for node in proof.path]
    return verify_inclusion(leaf, proof.position, proof.size, path, root)


def test_every_entry_of_a_case_can_be_proven(any_drive: Drive) -> None:
    drive = any_drive
    sign_with_new_key(drive.system)
    case_id = drive.open_case()
    drive.open_case()
    take_checkpoint(drive.system)
    auditor = drive.person("AUD")
    many = len(drive.rows(select(History.id).where(History.chain == case_id)))
    for seq in range(1, many + 1):
        proof = prove_entry(drive.system, auditor, case_id=case_id, seq=seq)
        assert holds(proof)
        assert not holds(replace(proof, seq=seq + 1))
    assert holds(prove_installation_entry(drive.system, auditor, seq=1))
    with pytest.raises(Conflict, match="No checkpoint covers"):
        prove_entry(drive.system, auditor, case_id=case_id, seq=many + 1)
    with pytest.raises(NotFound):
        prove_entry(drive.system, auditor, case_id=case_id, seq=10_000)


def test_nothing_is_proven_to_who_may_not_read_the_history(drive: Drive) -> None:
    sign_with_new_key(drive.system)
    case_id = drive.open_case()
    take_checkpoint(drive.system)
    stranger = drive.person("CM", "sa_midmar")
    for ask in (
        lambda: prove_installation_entry(drive.system, stranger, seq=1), lambda: signing(drive.system, stranger),
        lambda: checkpoints_list(drive.system, stranger), lambda: note_of(drive.system, stranger, checkpoint_id=1),
        lambda: growth_proof(drive.system, stranger, first=1, second=1),
    ):
        with pytest.raises(NotAllowed):
            ask()
    with pytest.raises(NotFound):
        prove_entry(drive.system, stranger, case_id=case_id, seq=1)


def test_that_nothing_changed_between_two_checkpoints_can_be_proven(any_drive: Drive) -> None:
    drive = any_drive
    sign_with_new_key(drive.system)
    sizes = []
    for _ in range(3):
        drive.open_case()
        sizes.append(take_checkpoint(drive.system).size)
    auditor = drive.person("AUD")
    for first, second in ((0, 1), (0, 2), (1, 2), (2, 2)):
        proof = growth_proof(drive.system, auditor, first=sizes[first], second=sizes[second])
        before, after = read_note(proof.first).checkpoint, read_note(proof.second).checkpoint
        path = [bytes.fromhex(node) for node in proof.path]
        assert verify_consistency(before.size, before.root, after.size, after.root, path)
    for sizes_asked in ((sizes[1], sizes[0]), (sizes[0], sizes[0] + 1), (0, sizes[0])):
        with pytest.raises(InvalidInput):
            growth_proof(drive.system, auditor, first=sizes_asked[0], second=sizes_asked[1])


def test_the_list_says_who_has_what_and_pages_through_all(any_drive: Drive) -> None:
    drive = any_drive
    keys = sign_with_new_key(drive.system, "file:one.txt", "file:missing/two.txt")
    for _ in range(5):
        drive.open_case()
        take_checkpoint(drive.system)
        drive.clock.advance(timedelta(minutes=1))
    give_to_anchors(drive.system)
    drive.open_case()
    take_checkpoint(drive.system)
    auditor = drive.person("AUD")
    first = checkpoints_list(drive.system, auditor, limit=4)
    second = checkpoints_list(drive.system, auditor, limit=4, after=first.after)
    assert [line.id for line in (*first.items, *second.items)] == [6, 5, 4, 3, 2, 1]
    assert (first.after is None, second.after is None) == (False, True)
    assert [line.places for line in first.items] == [(), ("file:one.txt",), (), ()]
    assert keys.open(note_of(drive.system, auditor, checkpoint_id=3)).size == first.items[-1].size
    told = signing(drive.system, auditor)
    assert (told.origin, told.keys) == ("nrm/velmara", (str(keys.keys[0]),))
    assert [(line.is_behind, line.error, line.tries) for line in told.anchors] == [
        (True, None, 0), (True, "file not written", 1),
    ]
    assert told.finding.startswith("The signed checkpoints go to one place only")
    with pytest.raises(NotFound):
        note_of(drive.system, auditor, checkpoint_id=99)


# -- alarms -----------------------------------------------------------------------------------------


def alarms(drive: Drive) -> tuple[Alarm, ...]:
    """What must not stay so, of the signed history."""
    found = work_counts(drive.system, SYSTEM).alarms
    return tuple(alarm for alarm in found if alarm in (Alarm.HISTORY_DIFFERS, Alarm.UNCONFIRMED))


def passes(drive: Drive, minutes: int) -> None:
    """Time passes, and a worker ticks."""
    drive.clock.advance(timedelta(minutes=minutes))
    Rounds(drive.system).tick()


def test_a_place_that_confirms_keeps_the_alarm_silent_for_days(any_drive: Drive) -> None:
    drive = any_drive
    sign_with_new_key(drive.system, "file:notes.txt")
    drive.open_case()
    for _ in range(60):
        passes(drive, 60)
        assert alarms(drive) == ()


def test_what_nobody_outside_has_confirmed_for_two_hours_is_an_alarm(any_drive: Drive) -> None:
    drive = any_drive
    sign_with_new_key(drive.system, "file:away/notes.txt", "file:gone/notes.txt")
    drive.open_case()
    passes(drive, 119)
    assert alarms(drive) == ()
    passes(drive, 2)
    assert alarms(drive) == (Alarm.UNCONFIRMED,)
    (drive.system.settings.dir / "away").mkdir()
    passes(drive, 31)
    assert alarms(drive) == (), "one place is enough for this alarm; the page of checkpoints tells of the other"


def test_a_worker_that_stopped_signing_is_noticed(any_drive: Drive) -> None:
    drive = any_drive
    sign_with_new_key(drive.system, "file:notes.txt")
    drive.open_case()
    passes(drive, 1)
    drive.clock.advance(timedelta(hours=25))
    assert alarms(drive) == (), "nothing happened"
    drive.clock.advance(timedelta(hours=2))
    assert alarms(drive) == (Alarm.UNCONFIRMED,)


def a_leaf_is_gone(drive: Drive) -> str:
    return "DELETE FROM tree_leaf WHERE position = 2"


def a_note_is_another(drive: Drive) -> str:
    return "UPDATE checkpoint SET note = 'x'"


@pytest.mark.parametrize("change", [a_leaf_is_gone, a_note_is_another])
def test_a_tree_that_does_not_go_on_is_an_alarm(drive: Drive, change: Callable[[Drive], str]) -> None:
    sign_with_new_key(drive.system)
    drive.open_case()
    passes(drive, 1)
    assert alarms(drive) == ()
    with drive.system.database.engine.begin() as conn:
        for name in ("tree_leaf_no_delete", "checkpoint_no_update"):
            conn.exec_driver_sql(f"DROP TRIGGER {name}")
        conn.exec_driver_sql(change(drive))
    assert alarms(drive) == (Alarm.HISTORY_DIFFERS,)


def test_production_without_places_outside_is_told_so(drive: Drive) -> None:
    drive.open_case()
    assert work_health(drive.system, SYSTEM).signing == ""
    settings = replace(drive.system.settings, mode=Mode.PRODUCTION, signing_key_file=None)
    drive.system.settings = settings
    assert "signing_key_file" in work_health(drive.system, SYSTEM).signing
    drive.clock.advance(timedelta(hours=3))
    assert Alarm.UNCONFIRMED in alarms(drive)
    drive.system.settings = replace(settings, signing_key_file=settings.dir / "key")
    assert "name two under anchors" in work_health(drive.system, SYSTEM).signing
