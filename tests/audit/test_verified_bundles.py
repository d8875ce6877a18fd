"""What the auditor's program says: what is wrong, where and since when, and what it cannot prove (goal:A8)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from nrm.rules.chain import canonical, instant
from nrm.rules.merkle import tree_head
from nrm.rules.notes import Checkpoint
from nrm.verify import ALTERED, INTACT, UNREADABLE, told
from tests.audit.pasts import INSTALLATION, ORIGIN, Bundle, Key, Past, past, sealed, verified
from tests.audit.second_verifier import verify as verify_again
from tests.audit.test_tampering import repacked
from tests.support.goals import Reached


def text_of(files: Bundle, *notes: str, keys: tuple[str, ...] = ()) -> str:
    """What is printed."""
    return "\n".join(told(verified(files, *notes, keys=keys)))


def test_what_is_printed_of_an_intact_installation(reached: Reached) -> None:
    made = past(1)
    note = made.key.note(made.checkpoints[3])
    bundle, keys = made.bundle(), (str(made.key.public),)
    reached("A8", f"{len(verified(bundle, note, keys=keys).limits)} limits of an intact bundle said, word for word")
    assert text_of(bundle, note, keys=keys) == """\
nrm/velmara: installation, made 2026-03-02T09:27:16.000000Z
Key: nrm/velmara+31f65160+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop
23 entries in 5 chains, 20 of them under 6 signed checkpoints; words shown of 0.
Last checkpoint: size 20, 2026-03-02T09:22:49.000000Z
Sent to: mail:auditor@velmara.example, size 3, 2026-03-02T09:04:42.000000Z
Agrees: note 1, size 17, 2026-03-02T09:17:54.000000Z
INTACT.
What this does not prove:
  - Acts that were never recorded.
  - That what an entry says is true: only that it was recorded so, in this order, and roughly when.
  - What somebody who holds the database and the signing key changed after 2026-03-02T09:17:54.000000Z, the newest \
checkpoint you gave that agrees.
  - The last 3 entries beyond their own chain: no checkpoint covers them yet.
  - The words behind the entries that are not shown here: they are sealed, or erased by law."""


def test_what_is_printed_of_an_altered_installation() -> None:
    made = past(1)
    notes = [made.key.note(one) for one in made.checkpoints if one.size in (7, 18)]
    made.rows[15]["outcome"] = "never"
    said = text_of(made.bundle(), *notes)
    chain, seq = made.rows[15]["chain"], made.rows[15]["seq"]
    assert f"""\
ALTERED.
  1. Entry {seq} of {chain} was altered after it was written.
First bad number: 15, entry {seq} of {chain}
Time in doubt: from 2026-03-02T09:15:00.000000Z to 2026-03-02T09:17:54.000000Z
Last safe anchor: size 7, 2026-03-02T09:10:01.000000Z note 1
What this does not prove:""" in said


@pytest.mark.parametrize(("scope", "limit"), [
    (INSTALLATION, "rewrote everything"), ("case:case-a", "has no later entries"),
    ("entries:case-a", "entries that are not in this bundle"), (INSTALLATION, "Whose key this is"),
    (INSTALLATION, "were never recorded"), (INSTALLATION, "no checkpoint covers them yet"),
])
def test_what_cannot_be_proven_is_said(scope: str, limit: str) -> None:
    assert any(limit in said for said in verified(past(1).bundle(scope)).limits)


def test_a_bundle_without_a_signature_says_what_that_means() -> None:
    assert any("is not signed" in said for said in verified(past(1).bundle(signed=False)).limits)


# -- each demand of the format, by its number ------------------------------------------------------


def edited(made: Past) -> Bundle:
    made.rows[5]["actor"] = "u-other"
    return made.bundle()


def edited_with_digest(made: Past) -> Bundle:
    made.rows[5]["actor"] = "u-other"
    made.rows[5] = sealed(made.rows[5])
    return made.bundle()


def cut(made: Past) -> Bundle:
    del made.rows[15:], made.leaves[15:]
    return made.bundle()


def future(made: Past) -> Bundle:
    made.act("case-b", made.now + timedelta(hours=1))
    made.sign()
    return made.bundle()


def past_dated(made: Past) -> Bundle:
    made.act("case-b", made.now - timedelta(hours=1))
    return made.bundle()


def unpublished(made: Past) -> Bundle:
    return repacked({**made.bundle(), "bundles.json": b"{}\n"})


def other_table(made: Past) -> Bundle:
    files = made.bundle()
    return repacked({**files, "history.csv": files["history.csv"].replace(b"u-ana", b"u-ano")})


def another_key(made: Past) -> Bundle:
    files = made.bundle()
    made.key = Key(2)
    return repacked({**files, "checkpoints.txt": made.bundle()["checkpoints.txt"]})


def older_after_newer(made: Past) -> Bundle:
    made.checkpoints.reverse()
    return made.bundle()


def strange_anchor(made: Past) -> Bundle:
    line = canonical({"at": instant(made.now), "place": "file", "receipt": None, "size": 12345}) + b"\n"
    return repacked({**made.bundle(), "anchors.jsonl": line})


def wrong_words(made: Past) -> Bundle:
    key = min(made.words)
    made.words[key] = ({"n": "something else"}, made.words[key][1])
    return made.bundle(disclosed=[key])


def words_of_nobody(made: Past) -> Bundle:
    line = canonical({"chain": "case-z", "payload": {}, "salt": "00" * 16, "seq": 1}) + b"\n"
    files = {**made.bundle(disclosed=sorted(made.words)[:1]), "disclosed.jsonl": line}
    return repacked(files)


def another_file(made: Past) -> Bundle:
    files = made.bundle()
    return {**files, "anchors.jsonl": files["anchors.jsonl"] + files["anchors.jsonl"]}


def another_manifest(made: Past) -> Bundle:
    files = made.bundle()
    return {**files, "manifest.json": files["manifest.json"].replace(b"2026-03-02", b"2026-03-03")}


def never_grew(made: Past) -> Bundle:
    first = made.checkpoints[1]
    made.checkpoints[1] = Checkpoint(ORIGIN, first.size, bytes(32), first.at)
    return made.bundle()


ALTERATIONS: dict[str, tuple[Callable[[Past], Bundle], str]] = {
    "1 file": (another_file, "anchors.jsonl is not the file that was exported"),
    "1 manifest": (another_manifest, "signature over the manifest does not fit"),
    "2 key": (another_key, "is not signed by a key of it"),
    "2 order": (older_after_newer, "The checkpoints are not in order"),
    "2 anchor": (strange_anchor, "speaks of a checkpoint that is not here"),
    "3 edit": (edited, "was altered after it was written"),
    "3 link": (edited_with_digest, "does not follow the entry before it"),
    "4 leaf": (edited_with_digest, "is not the one in the tree"),
    "4 missing": (cut, "No entry stands at the positions 15 to 19"),
    "4 leaves": (cut, "There are 15 leaves where the last checkpoint has 20"),
    "5 growth": (never_grew, "is not a beginning of this history"),
    "6 past": (past_dated, "it was dated back, or a clock was wrong"),
    "6 future": (future, "has it already"),
    "7 version": (unpublished, "names a process version that nobody published"),
    "7 table": (other_table, "history.csv tells something else than the entries"),
    "7 words": (wrong_words, "are not its own"),
    "7 nobody's words": (words_of_nobody, "which is not here"),
}


@pytest.mark.parametrize(("alter", "sentence"), ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_what_is_wrong_is_said(alter: Callable[[Past], Bundle], sentence: str) -> None:
    files = alter(past(1))
    report = verified(files)
    assert report.code == ALTERED
    assert any(sentence in found.sentence for found in report.findings), report.findings
    assert verify_again(files)[0] == ALTERED


# -- anchors ------------------------------------------------------------------------------------------


def test_a_cut_history_is_found_by_an_anchor_though_everything_else_was_made_to_fit() -> None:
    made = past(1)
    note = made.key.note(made.checkpoints[-1])
    del made.rows[14:], made.leaves[14:], made.checkpoints[3:]
    assert verified(made.bundle()).code == INTACT
    report = verified(made.bundle(), note)
    assert report.code == ALTERED
    assert "the end was cut off" in report.findings[0].sentence


def test_a_rewritten_history_lies_between_two_anchors() -> None:
    made = past(1)
    notes = [made.key.note(one) for one in made.checkpoints]
    made.rows[15]["actor"] = "u-other"
    made.rechain()
    made.replant()
    made.resign()
    report = verified(made.bundle(), *notes)
    assert report.first_bad is not None
    assert (report.first_bad.first, report.first_bad.last) == (14, 16)
    assert report.safe is not None
    assert report.safe.size == 14


def test_a_note_of_somebody_else_is_no_anchor() -> None:
    made = past(1)
    assert verified(made.bundle(), Key(2).note(made.checkpoints[0])).code == ALTERED


@pytest.mark.parametrize(("number", "code"), [(1, INTACT), (2, ALTERED)])
def test_a_key_that_was_published_is_trusted_alone(number: int, code: int) -> None:
    assert verified(past(1).bundle(), keys=[str(Key(number).public)]).code == code


def test_a_case_proves_growth_from_the_sizes_that_were_asked_for() -> None:
    made = past(1)
    at = made.checkpoints[1].at
    honest, invented = Checkpoint(ORIGIN, 5, tree_head(made.leaves[:5]), at), Checkpoint(ORIGIN, 5, bytes(32), at)
    without = verified(made.bundle("case:case-a"), made.key.note(honest))
    assert (without.code, len(without.not_compared)) == (UNREADABLE, 1)
    bundle = made.bundle("case:case-a", held=[5])
    assert verified(bundle, made.key.note(honest)).code == INTACT
    assert verified(bundle, made.key.note(invented)).code == ALTERED


# -- receipts and words ---------------------------------------------------------------------------------


def test_a_receipt_of_one_entry_stands_alone() -> None:
    made = past(1)
    seqs = [row["seq"] for row in made.rows if row["chain"] == INSTALLATION]
    report = verified(made.bundle(f"entries:{INSTALLATION}", entries=[int(str(seqs[2]))]))
    assert (report.code, report.entries, report.covered) == (INTACT, 1, 1)


def test_words_that_are_shown_are_compared_with_their_commitment() -> None:
    made = past(1)
    report = verified(made.bundle(disclosed=sorted(made.words)[:3]))
    assert (report.code, report.disclosed) == (INTACT, 3)


def test_the_same_history_gives_the_same_bytes() -> None:
    digests = {
        hashlib.sha256(canonical({name: data.hex() for name, data in past(3).bundle().items()})).hexdigest()
        for _ in range(2)
    }
    assert len(digests) == 1
