"""``nrm verify``, ``nrm checkpoint``, ``nrm signing-key``: what is said, what is not shown, and with which exit code.

goal:A8: the command says what it cannot prove.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text

from nrm.entrypoints import verifying
from nrm.entrypoints.cli import main
from nrm.records.tables.history import History
from nrm.records.tree_keys import make_signing_key, public_file
from nrm.rules.notes import read_note, read_public_key
from nrm.vocabulary.actor import SYSTEM
from tests.support.driving import Drive


@pytest.fixture
def signing(drive: Drive) -> Drive:
    """A demo with its key, as ``nrm demo`` makes one, and a case."""
    key = drive.system.settings.signing_key_file
    assert key is not None
    make_signing_key(key, drive.system.settings.origin)
    drive.open_case()
    return drive


def run(drive: Drive, *words: str) -> Result:
    """Run a command on the installation."""
    return CliRunner().invoke(main, [*words, "--dir", str(drive.system.settings.dir)])


def entries(drive: Drive) -> int:
    """How many entries the history has."""
    return int(drive.one(select(func.count()).select_from(History))[0])


def said(result: Result) -> str:
    """What was printed, without what differs from run to run."""
    timeless = re.sub(r"\d+\.\d seconds, [\d,]+ a second", "SECONDS", result.output)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TIME", timeless)


def test_a_checkpoint_is_printed_to_be_kept(signing: Drive) -> None:
    result = run(signing, "checkpoint")
    assert result.exit_code == 0
    assert read_note(result.output).checkpoint.origin == "nrm/demo"


def test_an_intact_history_and_what_that_does_not_show(signing: Drive) -> None:
    run(signing, "checkpoint")
    many = entries(signing)
    result = run(signing, "verify")
    assert result.exit_code == 0
    assert said(result).splitlines() == [
        f"2 chains, {many} entries: intact.",
        f"{many} entries in the tree, 1 checkpoints: intact.",
        f"{many} entries in SECONDS.",
        "Not shown by this:",
        "- acts that were never recorded;",
        "- changes among the 0 entries after the last checkpoint that fits;",
        "- a history computed anew and signed anew by whoever has the signing key, or set back to an",
        "  earlier state: compare with a note that somebody else keeps (--against FILE).",
    ]


def test_against_a_note_that_somebody_kept(signing: Drive, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text(run(signing, "checkpoint").output, encoding="utf-8")
    signing.open_case()
    run(signing, "checkpoint")
    covered = entries(signing)
    signing.open_case()
    many = entries(signing)
    result = run(signing, "verify", "--against", str(tmp_path / "kept.txt"))
    assert result.exit_code == 0
    assert said(result).splitlines()[1:] == [
        f"{covered} entries in the tree, 2 checkpoints, 1 of 1 notes kept elsewhere fit: intact.",
        f"{many} entries in SECONDS.",
        "Not shown by this:",
        "- acts that were never recorded;",
        f"- changes among the {many - covered} entries after the last checkpoint that fits;",
        "- changes to what was written after TIME, the newest note kept elsewhere, by whoever",
        "  has the signing key.",
    ]


@pytest.mark.parametrize("large", [False, True], ids=["here", "in another process"])
def test_what_was_changed_is_told_with_the_last_state_that_can_be_trusted(
    signing: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    monkeypatch.setattr(verifying, "LARGE", 1 if large else 10**9)
    kept, covered = [], []
    for _ in range(2):
        kept.append(run(signing, "checkpoint").output)
        covered.append(entries(signing))
        signing.open_case()
    with signing.system.database.unit(SYSTEM) as unit:
        for table in ("tree_leaf", "checkpoint"):
            unit.conn.execute(text(f"DROP TRIGGER {table}_no_delete"))
        unit.conn.execute(text(f"DELETE FROM tree_leaf WHERE position > {covered[0]}"))
        unit.conn.execute(text("DELETE FROM checkpoint WHERE id = 2"))
    (tmp_path / "kept.txt").write_text("---\n".join(kept), encoding="utf-8")
    result = run(signing, "verify", "--against", str(tmp_path / "kept.txt"))
    assert result.exit_code == 1
    assert said(result).splitlines()[1:4] == [
        (f"The note of TIME that was kept elsewhere speaks of {covered[1]} entries, and {covered[0] + 1} are there: "
         "the end of the history was cut, or the database was set back to an earlier state."),
        f"{covered[0] + 1} entries in the tree, 1 checkpoints, 1 of 2 notes kept elsewhere fit: altered.",
        f"Up to place {covered[0]} (TIME) nothing was changed.",
    ]


def test_one_case_is_verified_without_the_tree_and_says_so(signing: Drive) -> None:
    code = signing.case(signing.open_case()).code
    result = run(signing, "verify", "--case", code)
    assert result.exit_code == 0
    assert "- the tree and the checkpoints: verify without --case;" in result.output


def test_where_nothing_signs_that_is_said(drive: Drive) -> None:
    result = run(drive, "verify")
    assert result.exit_code == 0
    assert "Nothing signs this history: there are no checkpoints." in result.output
    assert "computed anew as a whole" in result.output


@pytest.mark.parametrize(("content", "says"), [("", "is empty"), ("a diary", "does not hold notes")])
def test_a_file_without_notes_is_no_proof(signing: Drive, tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "kept.txt").write_text(content)
    result = run(signing, "verify", "--against", str(tmp_path / "kept.txt"))
    assert (result.exit_code, says in result.output) == (2, True)


def test_a_note_has_nothing_to_say_of_one_case_or_of_what_is_not_signed(drive: Drive, tmp_path: Path) -> None:
    signed = replace(drive.system.settings)
    assert signed.signing_key_file is not None
    make_signing_key(signed.signing_key_file, signed.origin)
    (tmp_path / "kept.txt").write_text(run(drive, "checkpoint").output, encoding="utf-8")
    against = ("verify", "--against", str(tmp_path / "kept.txt"))
    assert run(drive, *against, "--case", "AAA-1111").exit_code == 2
    public_file(signed.signing_key_file).unlink()
    assert run(drive, *against).exit_code == 2


def test_a_key_is_made_once_and_its_public_half_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "history.signing"
    made = CliRunner().invoke(main, ["signing-key", str(path), "--for", "velmara"])
    assert made.exit_code == 0
    assert read_public_key(made.output).name == "nrm/velmara"
    assert CliRunner().invoke(main, ["signing-key", str(path), "--for", "velmara"]).exit_code == 2
    assert CliRunner().invoke(main, ["signing-key", str(tmp_path / "b"), "--for", "no id"]).exit_code == 2
