"""Bundles of a real installation: both verifiers find them whole, altered tables are found, and who may take what."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, text

from nrm.commands.ask_for_help import ask_for_help
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.export_bundle import (
    NO_ENTRY,
    NO_REASON,
    NO_SIZE,
    NOT_TAKEN_OUT,
    disclose_entries,
    export_at_the_machine,
    export_case,
    export_installation,
)
from nrm.commands.export_bundle_reading import Past, Wanted
from nrm.commands.export_requests import allow_export, ask_export
from nrm.entrypoints.cli import main
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.tree import AnchorReceipt, StoredCheckpoint
from nrm.verify import ALTERED, INTACT, Report
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound, NrmError
from tests.audit.pasts import Bundle, verified
from tests.audit.second_verifier import verify as verify_again
from tests.fault.test_altered_history import drop_triggers
from tests.support.driving import Drive
from tests.support.signing import sign_with_new_key

SECRET = "Zyxwv Nobodyname"


@pytest.fixture
def case_id(any_drive: Drive) -> str:
    """A signing installation with two cases; the second is looked at."""
    sign_with_new_key(any_drive.system)
    any_drive.clock.advance(timedelta(hours=1))
    for _ in range(2):
        found = any_drive.open_case()
        any_drive.complete(found, "assemble_team")
        any_drive.clock.advance(timedelta(minutes=5))
        take_checkpoint(any_drive.system)
    return found


def auditor(drive: Drive) -> Actor:
    """An invented auditor."""
    return drive.person("AUD", next(a.id for a in drive.installation.configuration.agencies if "AUD" in a.serves))


def opened(file: io.BytesIO) -> Bundle:
    """The files of a ZIP."""
    with zipfile.ZipFile(file) as packed:
        return {one.filename: packed.read(one) for one in packed.infolist()}


def of_case(drive: Drive, case_id: str, **asked: list[int]) -> Bundle:
    """The bundle of a case, as an auditor takes it."""
    file = io.BytesIO()
    export_case(drive.system, auditor(drive), file, case_id=case_id, **asked)
    return opened(file)


def of_installation(drive: Drive) -> Bundle:
    """The bundle of everything, which another person allowed."""
    asked = ask_export(drive.system, auditor(drive), what="history", reason="The yearly audit.")
    allow_export(drive.system, drive.person("DPO", "national_unit"), request_id=asked)
    return opened(io.BytesIO(b"".join(export_installation(drive.system, auditor(drive)))))


def checked(files: Bundle, *notes: str) -> Report:
    """What both verifiers say; they agree."""
    report = verified(files, *notes)
    assert verify_again(files, [note.encode() for note in notes])[0] == report.code, report.findings
    return report


def last_note(drive: Drive) -> str:
    """The newest checkpoint, as somebody keeps it."""
    return str(drive.rows(select(StoredCheckpoint.note).order_by(StoredCheckpoint.id.desc()))[0].note)


class TestWhole:
    def test_the_installation(self, any_drive: Drive, case_id: str) -> None:
        note = last_note(any_drive)
        files = of_installation(any_drive)
        report = checked(files, note)
        assert (report.code, report.findings) == (INTACT, [])
        assert report.entries == report.covered == len(any_drive.rows(select(History.id)))
        assert any_drive.acts(INSTALLATION)[-1] == "bundle.exported", "and it is the last entry of the bundle"
        assert f'"seq":{len(any_drive.history(INSTALLATION))},"version"' in files["entries.jsonl"].decode()

    def test_a_case(self, any_drive: Drive, case_id: str) -> None:
        report = checked(of_case(any_drive, case_id), last_note(any_drive))
        assert (report.code, report.findings) == (INTACT, [])
        assert report.entries == report.covered == len(any_drive.history(case_id))

    def test_a_receipt_of_two_entries(self, any_drive: Drive, case_id: str) -> None:
        report = checked(of_case(any_drive, case_id, seqs=[2, 5, 2]), last_note(any_drive))
        assert (report.code, report.entries, report.covered) == (INTACT, 2, 2)

    def test_growth_from_a_size_that_somebody_holds(self, any_drive: Drive, case_id: str) -> None:
        files = of_case(any_drive, case_id, held=[3])
        assert '{"first":3,' in files["proofs.jsonl"].decode()
        assert checked(files).code == INTACT

    def test_without_a_key_the_chains_are_there_and_nothing_signed(self, drive: Drive) -> None:
        case_id = drive.open_case()
        report = checked(of_case(drive, case_id))
        assert (report.code, report.covered, report.checkpoints) == (INTACT, 0, [])
        assert report.entries == len(drive.history(case_id))

    def test_the_same_history_gives_the_same_bytes(self, any_drive: Drive, case_id: str) -> None:
        made = []
        for _ in range(2):
            with any_drive.system.database.reader(SYSTEM) as unit:
                contents = Past(unit, Wanted(case_id)).contents("nrm/demo", [])
                made.append((list(contents.entries), contents.notes, list(contents.tree), contents.made_at))
            any_drive.reload()
        assert made[0] == made[1]

    def test_it_holds_no_word_of_the_case(self, any_drive: Drive, case_id: str) -> None:
        task = any_drive.task(case_id, any_drive.open(case_id)[0])
        ask_for_help(any_drive.system, any_drive.of(task), task_id=task.id, kind="need_help", words=SECRET)
        for files in (of_case(any_drive, case_id), of_installation(any_drive)):
            assert SECRET.encode() not in b"".join(files.values())
            assert "disclosed.jsonl" not in files

    def test_what_anchors_took_is_told(self, any_drive: Drive, case_id: str) -> None:
        checkpoint = any_drive.rows(select(StoredCheckpoint.id).order_by(StoredCheckpoint.id))[0]
        with any_drive.system.database.unit(SYSTEM) as unit:
            unit.conn.execute(insert(AnchorReceipt), [{
                "place": "mail:rapporteur@velmara.example", "checkpoint_id": checkpoint.id, "at": unit.now,
                "receipt": {"status": 250},
            }])
        for files in (of_case(any_drive, case_id), of_installation(any_drive)):
            report = checked(files)
            assert report.code == INTACT
        assert "mail:rapporteur" in report.places[0]

    def test_every_version_that_is_named_was_published(self, any_drive: Drive, case_id: str) -> None:
        named = json.loads(of_installation(any_drive)["bundles.json"])
        assert named
        assert set(named) <= {row.digest for row in any_drive.rows(select(BundleRow.digest))}


BEHIND = {
    "an entry edited": "UPDATE history SET actor = 'somebody-else' WHERE chain = :chain AND seq = 3",
    "an entry taken out": "DELETE FROM history WHERE chain = :chain AND seq = 3",
    "the end cut off": "DELETE FROM history WHERE chain = :chain AND seq >= 3",
    "a place taken away": "DELETE FROM tree_leaf WHERE history_id = "
                          "(SELECT id FROM history WHERE chain = :chain AND seq = 3)",
    "a leaf exchanged": "UPDATE tree_leaf SET hash = (SELECT hash FROM tree_leaf WHERE position = 0) "
                        "WHERE history_id = (SELECT id FROM history WHERE chain = :chain AND seq = 3)",
    "a checkpoint's root changed": "UPDATE checkpoint SET note = replace(note, 'time 2026', 'time 2025')",
}


@pytest.mark.parametrize("statement", BEHIND.values(), ids=BEHIND.keys())
def test_what_is_done_behind_our_back_stands_in_the_bundle(any_drive: Drive, case_id: str, statement: str) -> None:
    note = last_note(any_drive)
    drop_triggers(any_drive)
    with any_drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(text(statement), {"chain": case_id})
    any_drive.reload()
    report = checked(of_installation(any_drive), note)
    assert report.code == ALTERED
    assert report.first_bad is not None


class TestWhoMay:
    @pytest.mark.parametrize("role", ["CM", "ADMIN", "NCU", "SUP"])
    def test_only_an_auditor_takes_a_bundle(self, drive: Drive, role: str) -> None:
        case_id = drive.open_case()
        actor = drive.person(role)
        with pytest.raises(NrmError):
            export_case(drive.system, actor, io.BytesIO(), case_id=case_id)
        with pytest.raises(NotAllowed):
            export_installation(drive.system, actor)

    @pytest.mark.parametrize(("asked", "field", "sentence"), [
        ({"seqs": [999]}, "entries", NO_ENTRY), ({"seqs": [0]}, "entries", NO_ENTRY), ({"held": [0]}, "held", NO_SIZE),
        ({"held": [10**9]}, "held", NO_SIZE),
    ])
    def test_what_is_not_there_is_refused(
        self, drive: Drive, asked: dict[str, list[int]], field: str, sentence: str
    ) -> None:
        case_id = drive.open_case()
        with pytest.raises(InvalidInput) as refused:
            of_case(drive, case_id, **asked)
        assert refused.value.fields == {field: [sentence]}

    def test_at_the_machine_it_is_an_entry_too(self, drive: Drive) -> None:
        case_id = drive.open_case()
        file = io.BytesIO()
        export_at_the_machine(drive.system, file, case_id=case_id)
        export_at_the_machine(drive.system, file, case_id=None)
        assert drive.acts(case_id)[-1] == drive.acts(INSTALLATION)[-1] == "bundle.exported"


class TestTerminal:
    def export(self, drive: Drive, file: Path, *words: str) -> Result:
        folder = str(drive.installation.settings.dir)
        return CliRunner().invoke(main, ["export", "--dir", folder, str(file), *words])

    def test_a_case_and_what_is_already_there(self, drive: Drive, tmp_path: Path) -> None:
        code, file = drive.case(drive.open_case()).code, tmp_path / "history.zip"
        done = self.export(drive, file, "--case", code, "--entry", "1")
        assert (done.exit_code, "verify.py" in done.output) == (0, True)
        assert checked(opened(io.BytesIO(file.read_bytes()))).code == INTACT
        again = self.export(drive, file, "--case", code)
        assert (again.exit_code, "exists already" in again.output) == (2, True)

    @pytest.mark.parametrize("words", [("--entry", "1"), ("--case", "NO-SUCH"), ("--case", "{code}", "--entry", "999")])
    def test_what_cannot_be_written_leaves_no_file(self, drive: Drive, tmp_path: Path, words: tuple[str, ...]) -> None:
        code = drive.case(drive.open_case()).code
        done = self.export(drive, tmp_path / "history.zip", *[word.format(code=code) for word in words])
        assert done.exit_code == 2
        assert not list(tmp_path.glob("history.zip*"))


class TestWords:
    def disclosed(self, drive: Drive, case_id: str, seqs: list[int], reason: str = "The court asked.",
                  by: Actor | None = None, recipient: str = "person") -> Bundle:
        file = io.BytesIO()
        actor = by or drive.person("CM")
        disclose_entries(
            drive.system, actor, file, case_id=case_id, seqs=seqs, reason=reason, recipient=recipient,
        )
        return opened(file)

    def helped(self, drive: Drive, case_id: str) -> int:
        """Somebody asks for help, in words; the number of the entry."""
        task = drive.task(case_id, drive.open(case_id)[0])
        ask_for_help(drive.system, drive.of(task), task_id=task.id, kind="need_help", words=SECRET)
        return next(row.seq for row in drive.history(case_id) if row.act == "task.help_asked")

    def test_who_reads_the_case_shows_chosen_words_and_nothing_else(self, any_drive: Drive, case_id: str) -> None:
        seq = self.helped(any_drive, case_id)
        files = self.disclosed(any_drive, case_id, [seq])
        assert checked(files).code == INTACT
        (shown,) = map(json.loads, files["disclosed.jsonl"].splitlines())
        assert (shown["seq"], shown["payload"]["words"]) == (seq, SECRET)
        assert len(files["entries.jsonl"].splitlines()) == 1
        entry = any_drive.history(case_id)[-1]
        assert (entry.act, entry.actor) == ("bundle.disclosed", any_drive.person("CM").user_id)

    def test_other_words_do_not_pass(self, any_drive: Drive, case_id: str) -> None:
        files = self.disclosed(any_drive, case_id, [self.helped(any_drive, case_id)])
        files["disclosed.jsonl"] = files["disclosed.jsonl"].replace(SECRET.encode(), b"Somebody Else")
        assert checked(files).code == ALTERED

    @pytest.mark.parametrize(("seqs", "reason", "field", "sentence"), [
        ([1], " ", "reason", NO_REASON), ([], "Court", "entries", NO_ENTRY), ([999], "Court", "entries", NO_ENTRY),
    ])
    def test_it_needs_entries_and_a_reason(
        self, any_drive: Drive, case_id: str, seqs: list[int], reason: str, field: str, sentence: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            self.disclosed(any_drive, case_id, seqs, reason)
        assert refused.value.fields == {field: [sentence]}

    def test_why_a_table_decided_is_not_taken_out(self, any_drive: Drive, case_id: str) -> None:
        with any_drive.system.database.unit(SYSTEM) as unit:
            unit.lock_case(case_id)
            seq = unit.append(chain=case_id, act="decision.made", object="table:D-06", payload={"facts": {}})
        with pytest.raises(InvalidInput) as refused:
            self.disclosed(any_drive, case_id, [seq])
        assert refused.value.fields == {"entries": [NOT_TAKEN_OUT]}

    @pytest.mark.parametrize("role", ["AUD", "NCU", "POL", "ADMIN"])
    def test_never_an_auditor_nor_somebody_outside(self, any_drive: Drive, case_id: str, role: str) -> None:
        by = auditor(any_drive) if role == "AUD" else any_drive.person(role)
        with pytest.raises((NotAllowed, NotFound)):
            self.disclosed(any_drive, case_id, [1], by=by)
        assert "bundle.disclosed" not in any_drive.acts(case_id)
