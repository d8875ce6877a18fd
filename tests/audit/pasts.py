"""Invented histories in memory: what an installation keeps, what insiders could do to it, the bundle it exports."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nrm.commands.export_bundle_writing import (
    Contents,
    growth_line,
    inclusion_line,
    leaf_line,
    write_bundle,
)
from nrm.rules.chain import Entry, canonical, commit, genesis, instant
from nrm.rules.merkle import consistency_proof, inclusion_proof, leaf_hash, tree_head
from nrm.rules.notes import Checkpoint, PublicKey, signed_note, signed_text
from nrm.verify import Report, check

ORIGIN = "nrm/velmara"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INSTALLATION = "installation"
CASES = tuple(f"case-{letter}" for letter in "abcd")
PEOPLE = ("u-ana", "u-bela", "u-cem", "system")
ACTS = ("read", "task.opened", "task.completed", "consent.given", "record.corrected", "referral.sent")
VERSION = "ab" * 32
Row = dict[str, object]
Bundle = dict[str, bytes]


class Key:
    """A signing key, made from a number so that a failing test can be repeated."""

    def __init__(self, number: int = 1) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
        self.public = PublicKey(ORIGIN, self._key.public_key().public_bytes_raw())

    def note(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint."""
        return signed_note(checkpoint, self.public, self._key.sign(checkpoint.text().encode()))

    def text(self, text: str) -> str:
        """Sign any text."""
        return signed_text(text, self.public, self._key.sign(text.encode()))


@dataclass
class Memory:
    """Files of a bundle in memory."""

    files: Bundle = field(default_factory=dict)

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file."""
        self.files[name] = b"".join(pieces)


@dataclass
class Past:
    """A history: rows in the order of their places, the leaves of the tree, and what was signed of it."""

    dice: random.Random
    key: Key = field(default_factory=Key)
    rows: list[Row] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    """What the leaf hashes are made of; may be fewer than the rows."""
    checkpoints: list[Checkpoint] = field(default_factory=list)
    words: dict[tuple[str, int], tuple[Mapping[str, object], bytes]] = field(default_factory=dict)
    now: datetime = START

    # honest growth

    def act(self, chain: str, at: datetime | None = None) -> Row:
        """Append one entry."""
        dice, last = self.dice, next((row for row in reversed(self.rows) if row["chain"] == chain), None)
        seq = int(str(last["seq"])) + 1 if last else 1
        payload, salt = {"n": dice.randrange(10**6)}, dice.randbytes(16)
        spoken = dice.random() < 0.5
        row = sealed({
            "chain": chain, "seq": seq, "at": instant(at or self.now), "actor": dice.choice(PEOPLE), "agency": "sa",
            "act": dice.choice(ACTS), "object": f"task:{dice.randrange(1000)}", "outcome": "ok",
            "rule": dice.choice(["role:x", None]), "bundle": dice.choice([VERSION, None]),
            "commitment": commit(payload, salt) if spoken else None,
            "link": last["digest"] if last else genesis(chain), "version": 1,
        })
        if spoken:
            self.words[chain, seq] = (payload, salt)
        self.rows.append(row)
        return row

    def grow(self, count: int) -> None:
        """Let people act, a minute or so apart."""
        for _ in range(count):
            self.now += timedelta(seconds=self.dice.randrange(10, 120))
            self.act(self.dice.choice((INSTALLATION, *CASES)))

    def sign(self) -> str:
        """Give the entries their places and sign a checkpoint; returns the note."""
        self.now += timedelta(seconds=self.dice.randrange(1, 50))
        self.leaves += [leaf_of(row) for row in self.rows[len(self.leaves):]]
        self.checkpoints.append(Checkpoint(ORIGIN, len(self.leaves), tree_head(self.leaves), self.now))
        return self.key.note(self.checkpoints[-1])

    def live(self, rounds: int, most: int = 9) -> None:
        """Some rounds of acts, each ended by a checkpoint."""
        for _ in range(rounds):
            self.grow(self.dice.randrange(1, most))
            self.sign()

    # what somebody with the database, and perhaps with the key, can do

    def rechain(self) -> None:
        """Number, link and hash every chain anew, as if it had always been so."""
        heads: dict[str, tuple[int, str]] = {}
        for row in self.rows:
            chain = str(row["chain"])
            seq, link = heads.get(chain, (0, genesis(chain)))
            row |= {"seq": seq + 1, "link": link}
            row |= sealed(row)
            heads[chain] = (seq + 1, str(row["digest"]))

    def replant(self) -> None:
        """Make the leaves fit the rows."""
        self.leaves = [leaf_of(row) for row in self.rows[:len(self.leaves)]]

    def resign(self) -> None:
        """Sign every checkpoint anew over the tree as it is now."""
        self.checkpoints = [
            Checkpoint(ORIGIN, size, tree_head(self.leaves[:size]), one.at)
            for one in self.checkpoints if (size := min(one.size, len(self.leaves)))
        ]

    # what is taken out

    def bundle(self, scope: str = INSTALLATION, *, held: Sequence[int] = (), disclosed: Sequence[tuple[str, int]] = (),
               entries: Sequence[int] = (), signed: bool = True) -> Bundle:
        """Export as the installation would. ``held``: sizes somebody keeps checkpoints of; ``entries``: seqs chosen."""
        size = self.checkpoints[-1].size if self.checkpoints else 0
        placed = [
            {**row, "position": position if position < len(self.leaves) else None}
            for position, row in enumerate(self.rows)
        ]
        if scope != INSTALLATION:
            about = scope.partition(":")[2]
            placed = [row for row in placed if row["chain"] == about and (not entries or row["seq"] in entries)]
        tree = map(leaf_line, map(leaf_hash, self.leaves[:size])) if scope == INSTALLATION else self._proofs(
            [row["position"] for row in placed], size, held)
        shown = [(chain, seq, *self.words[chain, seq]) for chain, seq in disclosed]
        place = Memory()
        write_bundle(place, Contents(
            scope, ORIGIN, [str(self.key.public)], instant(self.now), placed,
            [self.key.note(one) for one in self.checkpoints],
            [{"place": "mail:auditor@velmara.example", "size": c.size, "at": instant(c.at), "receipt": {"status": 250}}
             for c in self.checkpoints[:1]],
            tree, lambda named: {one: {"process": "case", "number": 1} for one in sorted(named)},
            [{"chain": c, "seq": n, "payload": payload, "salt": salt.hex()} for c, n, payload, salt in shown],
        ), self.key.text if signed else None)
        return place.files

    def _proofs(self, positions: Sequence[object], size: int, held: Sequence[int]) -> Iterable[bytes]:
        leaves = self.leaves[:size]
        for position in positions:
            if isinstance(position, int) and position < size:
                yield inclusion_line(position, size, inclusion_proof(leaves, position))
        for first in sorted({one.size for one in self.checkpoints} | set(held)):
            if 0 < first < size:
                yield growth_line(first, size, consistency_proof(leaves, first))


def past(seed: int, rounds: int = 6, *, most: int = 9, loose: int = 3) -> Past:
    """An honest history: rounds of acts with checkpoints, and some entries that no checkpoint covers yet."""
    made = Past(random.Random(seed))
    made.live(rounds, most)
    made.grow(loose)
    return made


def sealed(row: Row) -> Row:
    """Return a row with the digest of what it says."""
    said = {name: value for name, value in row.items() if name not in ("chain", "digest")}
    entry = Entry(**{**said, "at": datetime.fromisoformat(str(said["at"]))})  # type: ignore[arg-type]
    return {**row, "digest": entry.digest()}


def leaf_of(row: Row) -> bytes:
    """The leaf of an entry."""
    return canonical({"chain": row["chain"], "digest": row["digest"], "seq": row["seq"]})


def verified(files: Bundle, *notes: str, keys: Sequence[str] = ()) -> Report:
    """Check a bundle in memory with the auditor's program."""
    return check(opened(files), [(f"note {n}", note.encode()) for n, note in enumerate(notes, 1)], keys)


def opened(files: Bundle) -> dict[str, Callable[[], io.BytesIO]]:
    """Files in memory as the auditor's program opens them."""
    return {name: lambda data=data: io.BytesIO(data) for name, data in files.items()}  # type: ignore[misc]
