"""Two verifiers written apart agree on bundles whole and corrupted (goal:A4: differential)."""

from __future__ import annotations

import json
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nrm.documents.sheets import as_csv
from nrm.rules.chain import canonical
from nrm.verify import ALTERED, CELLS, HASHED, INTACT, UNREADABLE, entry_of, read_line, row
from tests.audit.attacks import ATTACKS, CARE
from tests.audit.pasts import Bundle, Key, Past, past, verified
from tests.audit.second_verifier import cell
from tests.audit.second_verifier import verify as verify_again
from tests.audit.test_tampering import flipped, repacked
from tests.support.goals import Reached
from tests.support.long import LONG

BUNDLES = 10_000 if LONG else 300
ONCE_DIFFERENT = (3231,)
"""An auditor gives a checkpoint that the bundle has too, and the bundle lacks the proof of its growth."""
ODD = ("", 0, -1, 1.0, True, None, [], {}, "é\u2028", "0" * 64, 10**30)


def test_they_agree_on_whole_and_corrupted_bundles(reached: Reached) -> None:
    codes = Counter(both_say(number) for number in (*ONCE_DIFFERENT, *range(BUNDLES)))
    assert min(codes[INTACT], codes[ALTERED], codes[UNREADABLE]) > BUNDLES // 100
    reached("A4", f"{BUNDLES:,} bundles, {codes[INTACT]:,} whole, {codes[ALTERED]:,} altered, "
            f"{codes[UNREADABLE]:,} unreadable: the same from both verifiers")


def both_say(number: int) -> int:
    """What both verifiers say of the bundle with this number, whole or corrupted in some way."""
    dice = random.Random(number)
    made = past(number, rounds=dice.randrange(0, 5), most=6, loose=dice.randrange(3))
    notes = [made.key.note(one) for one in made.checkpoints if dice.random() < 0.3]
    if made.checkpoints and made.checkpoints[-1].size and dice.random() < 0.4:
        covered = dice.randrange(1, made.checkpoints[-1].size + 1)
        dice.choice(list(ATTACKS.values()))(made, covered)
        dice.choice(CARE)(made)
    scope = dice.choice(["installation", "case:case-a", "entries:case-a"])
    bundle = made.bundle(scope, disclosed=shown(made, dice), signed=dice.random() < 0.7)
    if dice.random() < 0.6:
        bundle = corrupted(bundle, dice)
    keys = [str(Key(dice.choice([1, 1, 2])).public)] if dice.random() < 0.2 else []
    report = verified(bundle, *notes, keys=keys)
    code, bad = verify_again(bundle, [note.encode() for note in notes], keys)
    assert report.code == code, (number, scope, report.unread, report.findings, bad)
    return code


def shown(made: Past, dice: random.Random) -> list[tuple[str, int]]:
    """Some words to disclose, of whatever chain."""
    here = {(row["chain"], row["seq"]) for row in made.rows}
    known = sorted(key for key in made.words if key in here)
    return dice.sample(known, min(len(known), 2)) if dice.random() < 0.3 else []


def corrupted(bundle: Bundle, dice: random.Random) -> Bundle:
    """One bundle, damaged in one of many ways; half of the time the manifest is made to fit."""
    name = dice.choice(sorted(bundle))
    data = bundle[name]
    ways = {
        "bit": lambda: flipped(data, dice.randrange(8 * len(data))) if data else b"\n",
        "cut": lambda: data[:dice.randrange(len(data) + 1)],
        "line away": lambda: without(data, dice),
        "line twice": lambda: doubled(data, dice),
        "field": lambda: with_odd_field(data, dice),
        "empty": lambda: b"",
        "rubbish": lambda: data + dice.choice([b"\n", b"{}\n", b"[" * 50_000 + b"\n", b"\xff\xfe\n"]),
    }
    changed = {**bundle, name: ways[dice.choice(sorted(ways))]()}
    if name.startswith("manifest.") or dice.random() < 0.5:
        return changed
    if dice.random() < 0.1:
        del changed[name]
        return changed
    return repacked(changed)


def without(data: bytes, dice: random.Random) -> bytes:
    """One line fewer."""
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[dice.randrange(len(lines))]
    return b"".join(lines)


def doubled(data: bytes, dice: random.Random) -> bytes:
    """One line twice."""
    lines = data.splitlines(keepends=True)
    if lines:
        lines.insert(dice.randrange(len(lines)), dice.choice(lines))
    return b"".join(lines)


def with_odd_field(data: bytes, dice: random.Random) -> bytes:
    """One line of JSON with an odd value in one field."""
    lines = data.splitlines(keepends=True)
    if not lines or not lines[0].startswith(b"{"):
        return data[::-1]
    at = dice.randrange(len(lines))
    try:
        said = json.loads(lines[at])
    except ValueError:
        return data
    said[dice.choice([*said, "more"])] = dice.choice(ODD)
    lines[at] = canonical(said) + b"\n"
    return b"".join(lines)


@given(st.lists(st.text() | st.none() | st.integers(), min_size=1, max_size=4))
def test_all_three_write_a_row_of_the_table_alike(cells: list[object]) -> None:
    plain = ["" if value is None else value for value in cells]
    assert row(cells) == as_csv([plain]).encode("utf-8", "replace")
    written = as_csv([plain])
    assert written == as_csv([[cell(value) for value in plain]]) or "'" in written


FULL = past(1).bundle()["entries.jsonl"].splitlines()


ODD_MARKS = "\"\\,;=+-@|'` \t\0\x7f\u200b\ufefféA0{}:nul"


@given(st.sampled_from(FULL), st.integers(0, 10_000), st.text(ODD_MARKS, max_size=4))
def test_a_line_read_in_one_step_is_read_as_any_line(line: bytes, at: int, put: str) -> None:
    """What is plain is only a shorter way: the entry, what is hashed and the row are those of the long one."""
    text = line.decode()
    changed = (text[:at % len(text)] + put + text[at % len(text) + len(put):]).encode()
    entry, read = entry_of(changed), read_line(changed)
    assert (entry is None) is (read is None)
    if entry is not None and read is not None:
        assert read == (
            entry, canonical({name: entry[name] for name in HASHED}),
            canonical({name: entry[name] for name in ("chain", "digest", "seq")}), row([entry[name] for name in CELLS]),
        )
