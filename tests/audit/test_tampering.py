"""What is altered is found: every single bit, and ten kinds of attack by insiders (goal:A1: bits, goal:A2: attacks)."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import pytest

from nrm.rules.chain import canonical
from nrm.verify import ALTERED, INTACT
from tests.audit.attacks import ATTACKS, CARE
from tests.audit.pasts import Bundle, past, verified
from tests.audit.second_verifier import verify as verify_again
from tests.support.goals import Reached
from tests.support.long import LONG

FLIPS = 1_000_000 if LONG else 20_000
SHARES = 4
"""So many processes can turn the bits side by side."""
ATTACKED = 2_000 if LONG else 200


def flipped(data: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def repacked(files: Bundle) -> Bundle:
    """The bundle with a manifest that fits its files again, as whoever altered it would hand it over."""
    said = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items() if not name.startswith("manifest.")
    }
    manifest = files["manifest.json"].decode()
    head, _, tail = manifest.partition('"format"')
    assert head.startswith('{"files":')
    rest = {name: data for name, data in files.items() if name != "manifest.note"}
    return {**rest, "manifest.json": b'{"files":' + canonical(said) + b',"format"' + tail.encode()}


@pytest.mark.parametrize("share", range(1, SHARES + 1))
def test_each_bit_of_the_entries_counts_and_the_first_bad_number_is_named(share: int, reached: Reached) -> None:
    dice = random.Random(share)
    whole = past(1, rounds=2, most=4, loose=0).bundle(signed=False)
    entries = whole["entries.jsonl"]
    assert verified(whole).code == INTACT
    for _ in range(FLIPS // SHARES):
        bit = dice.randrange(8 * len(entries))
        line = entries[:bit // 8].count(b"\n")
        report = verified(repacked({**whole, "entries.jsonl": flipped(entries, bit)}))
        bad = report.first_bad
        assert report.code == ALTERED, bit
        assert bad is not None, bit
        assert bad.first == line, (bit, report.findings)
    reached("A1", f"{FLIPS // SHARES:,} single bits of entries turned (share {share} of {SHARES}): all found, "
            "each at its number")


@pytest.mark.parametrize("name", ["checkpoints.txt", "leaves.txt", "history.csv"])
def test_each_bit_of_the_tree_its_signatures_and_the_table_counts(name: str, reached: Reached) -> None:
    dice = random.Random(2)
    whole = past(1, rounds=2, most=4, loose=0).bundle(signed=False)
    data = whole[name]
    every = range(8 * len(data)) if LONG else dice.sample(range(8 * len(data)), 700)
    missed = [bit for bit in every if verified(repacked({**whole, name: flipped(data, bit)})).code == INTACT]
    assert missed == []
    reached("A1", f"{len(every):,} single bits of {name} turned: all found")


@pytest.mark.parametrize("scope", ["installation", "case:case-a", "entries:case-a"])
def test_each_bit_of_a_signed_bundle_counts_whatever_file_it_is_in(scope: str) -> None:
    dice = random.Random(3)
    made = past(4, rounds=3, most=8)
    whole = made.bundle(scope, disclosed=[next(key for key in made.words if key[0] == "case-a")])
    assert verified(whole).code == INTACT
    for _ in range(4_000 if LONG else 300):
        name = dice.choice(sorted(whole))
        bit = dice.randrange(8 * len(whole[name]))
        altered = {**whole, name: flipped(whole[name], bit)}
        assert verified(altered).code != INTACT, (name, bit)
        assert verify_again(altered)[0] != INTACT, (name, bit)


def test_ten_kinds_of_attack_are_all_found_by_one_honest_anchor(reached: Reached) -> None:
    tried: Counter[str] = Counter()
    for number in range(ATTACKED):
        kind = list(ATTACKS)[number % len(ATTACKS)]
        care = CARE[number // len(ATTACKS) % len(CARE)]
        made = past(number, rounds=6)
        kept = made.dice.choice([one for one in made.checkpoints if one.size])
        note = made.key.note(kept)
        assert verified(made.bundle(), note).code == INTACT
        ATTACKS[kind](made, kept.size)
        if kind != "recompute with the key":
            care(made)
        bundle = made.bundle()
        assert verified(bundle, note).code == ALTERED, (number, kind, care.__name__)
        assert verify_again(bundle, [note.encode()])[0] == ALTERED, (number, kind, care.__name__)
        tried[kind] += 1
    assert len(tried) == len(ATTACKS)
    reached("A2", f"{ATTACKED:,} attacks of {len(tried)} kinds: all found by both verifiers")


def test_without_an_anchor_whoever_has_the_key_can_rewrite_everything() -> None:
    made = past(7)
    ATTACKS["recompute with the key"](made, 5)
    report = verified(made.bundle())
    assert report.code == INTACT
    assert any("rewrote everything" in limit for limit in report.limits), "and that is said"
