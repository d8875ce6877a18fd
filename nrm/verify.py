"""Check a history that NRM exported, without NRM: one file that needs Python's standard library and nothing else.

    python -I verify.py BUNDLE [--anchor NOTE]... [--key KEY]... [--json]

BUNDLE is a folder or a ZIP. NOTE is a file with a checkpoint that somebody kept elsewhere: with one that is older
than a change, the change is found even where it was made with the database *and* the signing key. KEY is the
public key as the installation published it. Exit 0: intact; 1: altered; 2: it cannot be read or compared.

The format is told in docs/proof-of-history.md. Signatures are Ed25519 (RFC 8032), trees RFC 9162, checkpoints
C2SP tlog-checkpoint in signed notes. Nothing is unpacked to disk, and nothing is read without a limit. This is
one long file on purpose: an auditor reads it whole and carries it to a machine that has never seen NRM.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

FORMAT = 1
INTACT, ALTERED, UNREADABLE = 0, 1, 2
ALWAYS = ("anchors.jsonl", "bundles.json", "checkpoints.txt", "entries.jsonl", "history.csv")
TREE_OF = {"installation": "leaves.txt", "case": "proofs.jsonl", "entries": "proofs.jsonl"}
PAPER = "history.pdf"
OPTIONAL = ("disclosed.jsonl", PAPER, "manifest.note")
MAY_BE_NAMED = ("disclosed.jsonl", PAPER)
HASHED = ("act", "actor", "agency", "at", "bundle", "commitment", "link", "object", "outcome", "rule", "seq", "version")
FIELDS = tuple(sorted((*HASHED, "chain", "digest", "position")))
MAY_BE_NULL = ("bundle", "commitment", "position", "rule")
CELLS = ("chain", "seq", "position", "at", "actor", "agency", "act", "object", "outcome", "rule", "bundle",
         "commitment", "link", "digest")
UNSEEN = re.compile("[\0\ufeff\u200b-\u200f\u2060]")
OPENS = re.compile("(?:\\A(?=[\t\r\n])|(?:\\A|(?<=[;,\t\r\n]))(?=[\\s\"'`]*[=+\\-@|＝＋－＠｜]))")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
SALT = re.compile(r"[0-9a-f]{32}")
HEX, HEX_LINE = re.compile(r"[0-9a-f]{64}"), re.compile(rb"[0-9a-f]{64}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
CLOCKS_DIFFER = timedelta(minutes=10)
MAX_FILE, MAX_LINE, MAX_SMALL = 64 * 2**30, 2**20, 32 * 2**20
MAX_NOTES, MAX_PROOFS, MAX_DISCLOSED, MAX_FINDINGS, MAX_PLACES = 100_000, 1_000_000, 10_000, 100, 20
Files = Mapping[str, Callable[[], BinaryIO]]
Entry = dict[str, Any]
Line = tuple[Entry, bytes, bytes, bytes]
"""An entry, what its digest and its leaf are made of, and its row of history.csv."""


class Unreadable(Exception):
    """This is no bundle, or one of a kind this program does not know."""


# -- Ed25519, RFC 8032 -----------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, 5.1.4)."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    low, high = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = high - low, d - c, d + c, high + low
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(a: Point) -> Point:
    """Add a point to itself (RFC 8032, 5.1.4)."""
    x, y, z, _ = a
    xx, yy = x * x % P, y * y % P
    h = xx + yy
    e = h - (x + y) * (x + y) % P
    g = xx - yy
    f = 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_of(data: bytes) -> Point | None:
    """Decode 32 bytes into a point; None where they are not the one way of writing one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def bytes_of(point: Point) -> bytes:
    """Encode a point."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


@lru_cache(maxsize=4096)  # who gives a note that the bundle has too waits once
def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature of 64 bytes over the message is the key's."""
    public = point_of(key) if len(key) == 32 else None
    if public is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    x, y, z, t = public
    minus = (P - x, y, z, P - t)
    steps = (NEUTRAL, BASE, minus, add(BASE, minus))
    found = NEUTRAL
    for bit in range(252, -1, -1):  # s and k in one walk: s * base - k * public
        found = double(found)
        which = (s >> bit & 1) | (k >> bit & 1) << 1
        if which:
            found = add(found, steps[which])
    return bytes_of(found) == signature[:32]


# -- the tree, RFC 9162 section 2.1 ----------------------------------------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows: keeps the roots of its complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Put a leaf hash at the end."""
        rest = self.size
        self.size += 1
        while rest & 1:
            leaf = node_hash(self._whole.pop(), leaf)
            rest >>= 1
        self._whole.append(leaf)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self._whole:
            return hashlib.sha256(b"").digest()
        found = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            found = node_hash(left, found)
        return found


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof for a leaf hash (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Check that the smaller tree is a beginning of the larger one (2.1.4.2)."""
    if first in (0, second):
        return not path and (first == 0 or first_root == second_root)
    if not 0 < first < second or not path:
        return False
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# -- signed notes and keys, C2SP -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """Who signs: the origin that checkpoints name, and the 32 bytes of the public key."""

    origin: str
    text: str
    public: bytes
    id: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: so many leaves had this root at this time. ``given``: kept outside of the bundle."""

    size: int
    root: bytes
    at: str
    given: str = ""


def key_of(origin: str, text: str) -> Key:
    """Read a public key, ``ORIGIN+KEYID+BASE64``; Unreadable where it is not one of this origin."""
    name, _, rest = text.partition("+")
    shown, _, data = rest.partition("+")
    raw = plain_base64(data)
    if raw is None or len(raw) != 33 or raw[0] != 1 or name != origin:
        raise Unreadable("The key is not an Ed25519 key as this program knows it.")
    known = hashlib.sha256(origin.encode() + b"\n" + raw).digest()[:4]
    if known.hex() != shown:
        raise Unreadable("The key is not one of this installation: its number does not fit its origin.")
    return Key(origin, text, raw[1:], known)


def plain_base64(text: str) -> bytes | None:
    """Decode base64 that is written the one right way, or return None."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None


def signed_text(note: bytes, keys: Sequence[Key]) -> str | None:
    """Return the text of a signed note, or None where none of the keys has signed it."""
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text, between, lines = whole.rpartition("\n\n")
    if not between or not lines.endswith("\n"):
        return None
    text += "\n"
    signed = False
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, data = rest.partition(" ")
        raw = plain_base64(data)
        if dash != "\u2014" or not name or raw is None or len(raw) < 5:
            return None
        for key in keys:
            if (name, raw[:4]) == (key.origin, key.id):
                if not signed_by(key.public, text.encode(), raw[4:]):
                    return None
                signed = True
    return text if signed else None


def checkpoint_of(note: bytes, keys: Sequence[Key], given: str = "") -> Checkpoint | None:
    """Read a checkpoint that one of the keys has signed; None where none has, or where it is something else."""
    text = signed_text(note, keys)
    lines = (text or "").split("\n")
    if len(lines) != 5 or lines[0] not in {key.origin for key in keys} or not NUMBER.fullmatch(lines[1]):
        return None
    root = plain_base64(lines[2])
    word, _, at = lines[3].partition(" ")
    if root is None or len(root) != 32 or word != "time" or not INSTANT.fullmatch(at):
        return None
    return Checkpoint(int(lines[1]), root, at, given)


# -- what is found ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was, in the positions from ``first`` to ``last``; None: it concerns no entry."""

    sentence: str
    chain: str | None = None
    seq: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass
class Report:
    """What a check found. ``safe`` is the newest anchor before everything that is in doubt."""

    scope: str = ""
    origin: str = ""
    keys: list[str] = field(default_factory=list)
    made_at: str = ""
    entries: int = 0
    chains: int = 0
    covered: int = 0
    disclosed: int = 0
    checkpoints: list[Checkpoint] = field(default_factory=list)
    anchors: list[Checkpoint] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    unread: str = ""
    doubt: tuple[str, str] | None = None
    safe: Checkpoint | None = None
    agreed: list[Checkpoint] = field(default_factory=list)
    sent: set[int] = field(default_factory=set)

    @property
    def code(self) -> int:
        """The exit code."""
        if self.unread:
            return UNREADABLE
        if self.findings:
            return ALTERED
        return UNREADABLE if self.not_compared else INTACT

    @property
    def first_bad(self) -> Finding | None:
        """The first entry that is not as it was, by its position in the whole history."""
        placed = [one for one in self.findings if one.first is not None]
        return min(placed, key=lambda one: one.first or 0) if placed else None

    def found(
        self, sentence: str, entry: Entry | None = None, first: int | None = None, last: int | None = None
    ) -> None:
        """Note a finding; after a hundred of them no more are needed."""
        if len(self.findings) < MAX_FINDINGS:
            chain, seq = (entry["chain"], entry["seq"]) if entry else (None, None)
            self.findings.append(Finding(sentence, chain, seq, first, first if last is None else last))


# -- reading files, with limits --------------------------------------------------------------------------------


def files_of(path: Path) -> Files:
    """Return name -> how to open it, of a folder or a ZIP. Nothing is unpacked; Unreadable for anything odd."""
    if path.is_dir():
        return {one.name: partial(_file, one) for one in path.iterdir() if one.is_file()}
    try:
        packed = zipfile.ZipFile(path)
        members = packed.infolist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable("This is neither a folder nor a ZIP file that can be read.") from None
    names = [one.filename for one in members]
    if len(set(names)) != len(names):
        raise Unreadable("A name stands twice in the ZIP file.")
    return {one.filename: partial(_member, packed, one) for one in members}


def _file(path: Path) -> BinaryIO:
    return path.open("rb")


def _member(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", packed.open(member))


def chunks(files: Files, name: str) -> Iterator[bytes]:
    """Read a file piece by piece; Unreadable where it is damaged or beyond all measure."""
    left = MAX_FILE
    try:
        with files[name]() as opened:
            while piece := opened.read(2**20):
                left -= len(piece)
                if left < 0:
                    raise Unreadable(f"{name} is too large.")
                yield piece
    except (OSError, EOFError, RuntimeError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        raise Unreadable(f"{name} cannot be read.") from None


def small(files: Files, name: str) -> bytes:
    """Read a whole file that is never large."""
    data = b""
    for piece in chunks(files, name):
        data += piece
        if len(data) > MAX_SMALL:
            raise Unreadable(f"{name} is too large.")
    return data


def lines(files: Files, name: str) -> Iterator[bytes]:
    """Read a file line by line, without the line's end; what stands behind the last end is a line too."""
    rest = b""
    for piece in chunks(files, name):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > MAX_LINE:
            raise Unreadable(f"A line of {name} is too long.")
    if rest:
        yield rest + b"\x00"  # no line of ours lacks its end: this one fits nothing


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return _encode(value).encode("utf-8")


def exact_json(line: bytes) -> Any:
    """Read canonical JSON; None where it is not written the one right way."""
    try:
        value = json.loads(line)
        return value if canonical(value) == line else None
    except (ValueError, RecursionError, TypeError):
        return None


# -- the check -------------------------------------------------------------------------------------------------


def check(files: Files, given: Sequence[tuple[str, bytes]] = (), keys: Sequence[str] = ()) -> Report:
    """Check a bundle. ``given``: name and bytes of notes kept elsewhere; ``keys``: public keys as published."""
    report = Report()
    try:
        bundle = Bundle(files, report)
        bundle.read_keys(keys)
        bundle.read_checkpoints(given)
        bundle.read_anchors()
        Walk(bundle).run()
    except Unreadable as wrong:
        report.unread = str(wrong)
        return report
    _sum_up(report, bundle.seen)
    _limits(report, keyed=bool(keys), signed="manifest.note" in files, paper=PAPER in files)
    return report


class Leaves:
    """The whole tree of an installation, leaf by leaf: its root at every size that somebody signed."""

    def __init__(self, bundle: Bundle) -> None:
        self._lines = lines(bundle.files, "leaves.txt")
        self._report, self._size = bundle.report, bundle.size
        self._wanted = {one.size for one in bundle.seen}
        self._tree = Tree()
        self._roots = {0: self._tree.root()}

    def holds(self, position: int, leaf: bytes) -> bool:
        """Whether this leaf stands at this position."""
        stored: bytes | None = None
        while self._tree.size <= position:
            stored = self._next()
            if stored is None:
                return False
        return stored == leaf

    def end(self) -> None:
        """Read the leaves that no entry asked for."""
        while self._next() is not None:
            pass
        if self._tree.size != self._size:
            self._report.found(
                f"There are {self._tree.size} leaves where the last checkpoint has {self._size}.",
                first=min(self._tree.size, self._size),
            )

    def begins_with(self, one: Checkpoint) -> bool | None:
        """Whether this tree grew out of the one of a checkpoint."""
        return self._roots.get(one.size) == one.root

    def _next(self) -> bytes | None:
        """Add the next leaf to the tree and return it; nothing of a damaged one, None after the last."""
        line = next(self._lines, None)
        if line is None:
            return None
        tree = self._tree
        leaf = bytes.fromhex(line.decode("ascii")) if HEX_LINE.fullmatch(line) else b""
        if not leaf:
            self._report.found(f"Line {tree.size + 1} of leaves.txt is damaged.", first=tree.size)
        tree.add(leaf)
        if tree.size in self._wanted:
            self._roots[tree.size] = tree.root()
        return leaf


class Paths:
    """The proofs of some entries of a larger tree, and of its growth."""

    def __init__(self, bundle: Bundle) -> None:
        self._report, self._size = bundle.report, bundle.size
        self._root = bundle.report.checkpoints[-1].root if bundle.report.checkpoints else b""
        self._inclusion: dict[int, list[bytes]] = {}
        self._growth: dict[int, list[bytes]] = {}
        for number, line in enumerate(lines(bundle.files, "proofs.jsonl"), 1):
            if number > MAX_PROOFS:
                raise Unreadable("There are too many proofs.")
            if not self._read(exact_json(line)):
                self._report.found(f"Line {number} of proofs.jsonl is damaged.")

    def _read(self, said: Any) -> bool:
        names = set(said) if isinstance(said, dict) else set()
        path = path_of(said["path"]) if "path" in names else None
        if path is None:
            return False
        kept, number, end = (self._inclusion, "position", "size") if "position" in names else (
            self._growth, "first", "second")
        if names != {"path", number, end} or type(said[number]) is not int or type(said[end]) is not int:
            return False
        if said[number] in kept or said[end] != self._size:
            return False
        kept[said[number]] = path
        return True

    def holds(self, position: int, leaf: bytes) -> bool:
        """Whether the last checkpoint covers this leaf at this position."""
        path = self._inclusion.pop(position, None)
        return path is not None and included(leaf, position, self._size, path, self._root)

    def end(self) -> None:
        """Say which proofs belong to no entry."""
        for position in sorted(self._inclusion):
            self._report.found(f"The entry that the proof of position {position} is for is missing.", first=position)

    def begins_with(self, one: Checkpoint) -> bool | None:
        """Whether the tree grew out of the one of a checkpoint; None: the bundle has no proof of it."""
        path = [] if one.size in (0, self._size) else self._growth.get(one.size)
        if path is None:
            return None
        return consistent(one.size, one.root, self._size, self._root, path)


class Bundle:
    """One bundle under check; what is found goes into the report."""

    def __init__(self, files: Files, report: Report) -> None:
        self.files, self.report = files, report
        self.manifest = self._manifest()
        report.scope, report.origin = self.manifest["scope"], self.manifest["origin"]
        report.keys, report.made_at = self.manifest["keys"], self.manifest["made_at"]
        self.whole = report.scope == "installation"
        self.seen: list[Checkpoint] = []
        """Every signed checkpoint, the bundle's and those given, by size."""

    @property
    def size(self) -> int:
        """The leaves under the bundle's last checkpoint."""
        return self.report.checkpoints[-1].size if self.report.checkpoints else 0

    def _manifest(self) -> dict[str, Any]:
        """Read what the bundle says it is, and compare the files with it."""
        if "manifest.json" not in self.files:
            raise Unreadable("There is no manifest.json: this is no bundle.")
        raw = small(self.files, "manifest.json")
        said = exact_json(raw[:-1]) if raw.endswith(b"\n") else None
        if not isinstance(said, dict) or set(said) != {"files", "format", "keys", "made_at", "origin", "scope"}:
            raise Unreadable("manifest.json is not written as it should be.")
        if type(said["format"]) is not int or said["format"] != FORMAT:
            raise Unreadable("The bundle is of a format this program does not know.")
        kind = str(said["scope"]).partition(":")[0]
        if not isinstance(said["keys"], list) or not isinstance(said["files"], dict) or kind not in TREE_OF:
            raise Unreadable("manifest.json is not written as it should be.")
        if not all(isinstance(one, str) for one in (said["made_at"], said["origin"], said["scope"], *said["keys"])):
            raise Unreadable("manifest.json is not written as it should be.")
        named = set(said["files"])
        if not {*ALWAYS, TREE_OF[kind]} <= named <= {*ALWAYS, TREE_OF[kind], *MAY_BE_NAMED}:
            raise Unreadable("manifest.json names other files than a bundle has.")
        if missing := sorted(named - set(self.files)):
            raise Unreadable(f"{missing[0]} is missing.")
        if PAPER in self.files and PAPER not in named:
            self.report.found(f"{PAPER} is no file of this bundle: somebody put it there.")
        self._compare_files(said["files"])
        self.manifest_digest = hashlib.sha256(raw).hexdigest()
        return said

    def _compare_files(self, said: dict[str, Any]) -> None:
        self.digests: dict[str, str] = {}
        for name in sorted(said):
            sha, size = hashlib.sha256(), 0
            for piece in chunks(self.files, name):
                sha.update(piece)
                size += len(piece)
            self.digests[name] = sha.hexdigest()
            if said[name] != {"sha256": sha.hexdigest(), "size": size} or type(said[name]["size"]) is not int:
                self.report.found(f"{name} is not the file that was exported.")

    def read_keys(self, published: Sequence[str]) -> None:
        """Read the keys the bundle names, and whether they signed the manifest. Those given are trusted alone."""
        self.keys = [key_of(self.report.origin, text) for text in self.report.keys]
        if published:
            known = [key for key in self.keys if key.text in {one.strip() for one in published}]
            if not known:
                self.report.found("The bundle is not signed with a key that you gave.", first=0)
            self.keys = known or self.keys
        if "manifest.note" in self.files:
            text = signed_text(small(self.files, "manifest.note"), self.keys)
            if text != f"nrm-bundle-{FORMAT}\n{self.manifest_digest}\n":
                self.report.found("The signature over the manifest does not fit it.")

    def read_checkpoints(self, given: Sequence[tuple[str, bytes]]) -> None:
        """Read the bundle's checkpoints and those that somebody kept."""
        written = small(self.files, "checkpoints.txt")
        notes = written.split(b"---\n") if written else []
        if len(notes) > MAX_NOTES:
            raise Unreadable("There are too many checkpoints.")
        for number, note in enumerate(notes, 1):
            one = checkpoint_of(note, self.keys)
            if one is None:
                self.report.found(f"Checkpoint {number} of the bundle is not signed by a key of it.", first=self.size)
            else:
                self.report.checkpoints.append(one)
        for a, b in pairwise(self.report.checkpoints):
            if b.size < a.size or b.at < a.at:
                self.report.found("The checkpoints are not in order.", first=min(a.size, b.size))
        for name, note in given:
            one = checkpoint_of(note, self.keys, name)
            if one is None:
                self.report.found(f"The note {name} is not signed by a key of this bundle.", first=0)
            else:
                self.report.anchors.append(one)
        self.seen = sorted([*self.report.checkpoints, *self.report.anchors], key=lambda one: (one.size, one.at))

    def read_anchors(self) -> None:
        """Read where checkpoints were sent; each must be among those of the bundle."""
        sizes = {one.size for one in self.report.checkpoints}
        for number, line in enumerate(lines(self.files, "anchors.jsonl"), 1):
            said = exact_json(line)
            if not isinstance(said, dict) or set(said) != {"at", "place", "receipt", "size"}:
                self.report.found(f"Line {number} of anchors.jsonl is damaged.")
            elif type(said["size"]) is not int or said["size"] not in sizes:
                self.report.found(f"Line {number} of anchors.jsonl speaks of a checkpoint that is not here.")
            else:
                self.report.sent.add(said["size"])
                self.report.places.append(f"{said['place']}, size {said['size']}, {said['at']}")

    def read_versions(self) -> Mapping[str, object]:
        """Read which published process versions the entries name."""
        said = exact_json(small(self.files, "bundles.json")[:-1])
        if not isinstance(said, dict):
            self.report.found("bundles.json is damaged.")
        return said if isinstance(said, dict) else {}

    def read_disclosed(self) -> dict[tuple[str, int], str]:
        """Return chain and number -> the commitment that words shown openly come to."""
        found: dict[tuple[str, int], str] = {}
        if "disclosed.jsonl" not in self.manifest["files"]:
            return found
        for number, line in enumerate(lines(self.files, "disclosed.jsonl"), 1):
            if number > MAX_DISCLOSED:
                raise Unreadable("Too many entries are disclosed.")
            said = exact_json(line)
            fits = isinstance(said, dict) and set(said) == {"chain", "payload", "salt", "seq"}
            if not fits or not SALT.fullmatch(str(said["salt"])) or type(said["seq"]) is not int:
                self.report.found(f"Line {number} of disclosed.jsonl is damaged.")
                continue
            opened = bytes.fromhex(said["salt"]) + canonical(said["payload"])
            found[str(said["chain"]), said["seq"]] = hashlib.sha256(opened).hexdigest()
        return found


class Walk:
    """All entries once, in the order of their places in the tree, with everything that must agree beside them."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.report = bundle, bundle.report
        self.versions, self.words = bundle.read_versions(), bundle.read_disclosed()
        self.tree = Leaves(bundle) if bundle.whole else Paths(bundle)
        self.heads: dict[str, tuple[int, str]] = {}
        self.last = -1
        """The last position that an entry took."""
        self.here = 0
        """The position of the entry that is looked at; of one that has none, the end of the last checkpoint."""
        self.loose = False
        """Whether the entries after the last checkpoint have begun."""
        self.table = hashlib.sha256(b"\xef\xbb\xbf" + row(CELLS))
        self.sizes = [one.size for one in bundle.seen]

    def run(self) -> None:
        """Go through the entries, then compare the tree with every checkpoint."""
        damaged = False
        for number, line in enumerate(lines(self.bundle.files, "entries.jsonl"), 1):
            read = read_line(line)
            if read is None:
                damaged = True
                self.report.found(f"Line {number} of the entries is damaged.", first=self.last + 1)
                self.last += self.bundle.whole
                continue
            entry, hashed, leaf, cells = read
            self.report.entries += 1
            self.table.update(cells)
            self._placed(entry, leaf)
            self._chained(entry, hashed)
            self._timed(entry)
            self._named(entry)
        self._end(damaged)
        for one in self.bundle.seen:
            self._compare(one)

    def _chained(self, entry: Entry, hashed: bytes) -> None:
        """Compare an entry with what was hashed, and with the entry before it."""
        chain, seq, at = entry["chain"], entry["seq"], self.here
        kind, _, about = self.report.scope.partition(":")
        if about not in ("", chain):
            self.report.found(f"Entry {seq} belongs to {chain}, which the bundle is not about.", entry, at)
        if hashlib.sha256(hashed).hexdigest() != entry["digest"]:
            self.report.found(f"Entry {seq} of {chain} was altered after it was written.", entry, at)
        last, link = self.heads.get(chain) or (0, hashlib.sha256(b"nrm-history-1:" + chain.encode()).hexdigest())
        if seq <= last:
            self.report.found(f"Entry {seq} of {chain} stands in the wrong place.", entry, at)
        elif seq > last + 1 and kind != "entries":
            self.report.found(f"Entry {last + 1} of {chain} is missing.", {"chain": chain, "seq": last + 1}, at)
        elif seq == last + 1 and entry["link"] != link:
            self.report.found(f"Entry {seq} of {chain} does not follow the entry before it.", entry, at)
        self.heads[chain] = (seq, entry["digest"])

    def _placed(self, entry: Entry, leaf: bytes) -> None:
        """Compare an entry with its place in the tree."""
        position, seq, chain = entry["position"], entry["seq"], entry["chain"]
        if position is None or position >= self.bundle.size:
            self.loose, self.here = True, self.bundle.size
            return
        self.report.covered += 1
        if position <= self.last or self.loose:
            self.here = self.last + 1 if self.bundle.whole else position
            self.report.found(f"Entry {seq} of {chain} stands in the wrong place of the tree.", entry, self.here)
            return
        if self.bundle.whole and position > self.last + 1:
            self._missing(self.last + 1, position - 1)
        self.last = self.here = position
        if not self.tree.holds(position, leaf_hash(leaf)):
            self.report.found(f"Entry {seq} of {chain} is not the one in the tree.", entry, position)

    def _missing(self, first: int, last: int) -> None:
        self.report.found(f"No entry stands at the positions {first} to {last}.", None, first, last)

    def _timed(self, entry: Entry) -> None:
        """Compare an entry's time with the checkpoints around it: who dates back meets one that lacks the entry."""
        at = self.here
        after = bisect_right(self.sizes, at)
        before = self.bundle.seen[after - 1].at if after else ""
        if entry["at"] < before and apart(entry["at"], before) > CLOCKS_DIFFER:
            self.report.found(f"Entry {entry['seq']} of {entry['chain']} is dated {entry['at']}, but a checkpoint of "
                              f"{before} does not have it: it was dated back, or a clock was wrong.", entry, at)
        until = self.bundle.seen[after].at if after < len(self.sizes) else ""
        if until and entry["at"] > until and apart(until, entry["at"]) > CLOCKS_DIFFER:
            self.report.found(f"Entry {entry['seq']} of {entry['chain']} is dated {entry['at']}, but a checkpoint of "
                              f"{until} has it already.", entry, at)

    def _named(self, entry: Entry) -> None:
        """Compare what an entry names: its process version, and its words where they are shown."""
        seq, chain, at = entry["seq"], entry["chain"], self.here
        if entry["bundle"] is not None and entry["bundle"] not in self.versions:
            self.report.found(f"Entry {seq} of {chain} names a process version that nobody published.", entry, at)
        shown = self.words.pop((chain, seq), None)
        if shown is not None:
            self.report.disclosed += 1
            if shown != entry["commitment"]:
                self.report.found(f"The words shown of entry {seq} of {chain} are not its own.", entry, at)

    def _end(self, damaged: bool) -> None:
        self.report.chains = len(self.heads)
        self.tree.end()
        if self.bundle.whole and self.last + 1 < self.bundle.size:
            self._missing(self.last + 1, self.bundle.size - 1)
        for chain, seq in sorted(self.words):
            self.report.found(f"Words are shown of entry {seq} of {chain}, which is not here.")
        if not damaged and self.table.hexdigest() != self.bundle.digests["history.csv"]:
            self.report.found("history.csv tells something else than the entries.")

    def _compare(self, one: Checkpoint) -> None:
        """Compare the tree with one checkpoint."""
        name = f"The note {one.given}" if one.given else f"The checkpoint of {one.at}"
        if one.size > self.bundle.size:
            self.report.found(f"{name} has {one.size} entries, the bundle ends at {self.bundle.size}: the end was cut "
                              "off, an old copy was put back, or the bundle is older.", first=self.bundle.size)
            return
        same = self.tree.begins_with(one)
        if same is None and one.given:
            self.report.not_compared.append(f"{name} cannot be compared: the bundle has no proof from size {one.size}. "
                                            "Ask for a bundle that names this size.")
        elif not same:
            before = max((good.size for good in self.bundle.seen if good.size < one.size), default=0)
            self.report.found(f"{name}, size {one.size}, is not a beginning of this history: it was rewritten.",
                              first=before, last=max(one.size - 1, before))
        else:
            self.report.agreed.append(one)


# A line of the entries as nearly all are is read in one step: characters that neither JSON nor the table writes in
# another way. Whatever fits PLAIN is canonical, and its values stand in history.csv as they are.
CELL = r"(?:[!#$%&()*./0-9:<>?A-Z\[\]^_a-z{}~][ !#-+\--:<-\[\]-~]*)?"
VALUES = {"at": INSTANT.pattern, "position": NUMBER.pattern, "seq": "[1-9][0-9]{0,17}", "version": "1"}


def pattern_of(name: str) -> str:
    """Return what a field of a plain line looks like."""
    mark = "" if name in ("position", "seq", "version") else '"'
    value = f"{mark}(?P<{name}>{VALUES.get(name, CELL)}){mark}"
    return f'"{name}":(?:null|{value})' if name in MAY_BE_NULL else f'"{name}":{value}'


RUNS = [(hashed, ",".join(map(pattern_of, names))) for hashed, names in groupby(FIELDS, HASHED.__contains__)]
PLAIN = re.compile(
    r"\{" + ",".join(f"(?P<run{n}>{run})" if hashed else run for n, (hashed, run) in enumerate(RUNS)) + r"\}", re.ASCII)
PLAIN_HASHED = "{" + ",".join(f"%(run{n})s" for n, (hashed, _) in enumerate(RUNS) if hashed) + "}"
PLAIN_LEAF = '{"chain":"%(chain)s","digest":"%(digest)s","seq":%(seq)s}'
PLAIN_ROW = ",".join(f"%({name})s" for name in CELLS) + "\r\n"


def read_line(line: bytes) -> Line | None:
    """Read a line of the entries; None where it is not one."""
    plain = PLAIN.fullmatch(line.decode("latin-1"))  # what is not ASCII fits nothing of it
    if plain is None:
        entry = entry_of(line)
        return None if entry is None else (
            entry, canonical({name: entry[name] for name in HASHED}),
            canonical({name: entry[name] for name in ("chain", "digest", "seq")}),
            row([entry[name] for name in CELLS]))
    entry, said = dict(zip(FIELDS, plain.group(*FIELDS), strict=True)), plain.groupdict("")
    place = int(said["position"]) if said["position"] else None
    entry |= {"position": place, "seq": int(said["seq"]), "version": FORMAT}
    return entry, (PLAIN_HASHED % said).encode(), (PLAIN_LEAF % said).encode(), (PLAIN_ROW % said).encode()


def entry_of(line: bytes) -> Entry | None:
    """Read a line of the entries that may hold anything; None where it is not one."""
    said = exact_json(line)
    if not isinstance(said, dict) or tuple(sorted(said)) != FIELDS:
        return None
    numbers = [said["seq"], said["version"], 0 if said["position"] is None else said["position"]]
    if any(type(one) is not int or one < 0 for one in numbers) or said["seq"] < 1 or said["version"] != FORMAT:
        return None
    texts = [said[name] for name in FIELDS if name not in ("seq", "version", "position")
             and not (said[name] is None and name in MAY_BE_NULL)]
    return said if all(isinstance(one, str) for one in texts) and INSTANT.fullmatch(said["at"]) else None


def path_of(said: object) -> list[bytes] | None:
    """Read the steps of a proof, in hex."""
    if not isinstance(said, list) or len(said) > 128:
        return None
    if not all(isinstance(one, str) and HEX.fullmatch(one) for one in said):
        return None
    return [bytes.fromhex(one) for one in said]


def row(cells: Iterable[object]) -> bytes:
    """Return a row of history.csv: no cell of it is a formula to a spreadsheet."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        OPENS.sub("'", UNSEEN.sub("", "" if value is None else str(value))) for value in cells)
    return text.getvalue().encode("utf-8", "replace")


def apart(early: str, late: str) -> timedelta:
    """Return the time between two instants; nothing where one of them is no time at all."""
    try:
        return datetime.fromisoformat(late) - datetime.fromisoformat(early)
    except ValueError:
        return timedelta.max


def _sum_up(report: Report, seen: Sequence[Checkpoint]) -> None:
    """Say what part of the time is in doubt, and which anchor is the last that is safe."""
    bad = [one for one in report.findings if one.first is not None]
    first = min((one.first or 0 for one in bad), default=None)
    kept = [one for one in report.agreed if one.given] or [one for one in report.agreed if one.size in report.sent]
    report.safe = max((one for one in kept if first is None or one.size <= first),
                      key=lambda one: (one.size, one.at), default=None)
    if first is None:
        return
    last = max(one.last or 0 for one in bad)
    report.doubt = (
        max((one.at for one in report.agreed if one.size <= first), default="the beginning"),
        min((one.at for one in seen if one.size > last), default="now"),
    )


def _limits(report: Report, *, keyed: bool, signed: bool, paper: bool) -> None:
    """Say what this check cannot prove (goal:A8)."""
    limits, loose = report.limits, report.entries - report.covered
    limits.append("Acts that were never recorded.")
    limits.append("That what an entry says is true: only that it was recorded so, in this order, and roughly when.")
    newest = max((one for one in report.agreed if one.given), key=lambda one: one.size, default=None)
    if newest is None:
        limits.append("That nobody who holds the database and the signing key rewrote everything: that takes a "
                      "checkpoint kept elsewhere (--anchor)."
                      + (" They were sent to the places named above." if report.places else ""))
    else:
        limits.append(f"What somebody who holds the database and the signing key changed after {newest.at}, the newest "
                      "checkpoint you gave that agrees.")
    if not keyed:
        limits.append("Whose key this is: compare it with the one that the installation published (--key).")
    if loose:
        limits.append(f"The last {loose} entries beyond their own chain: no checkpoint covers them yet.")
    if report.scope.startswith("case:"):
        limits.append("That the case has no later entries than these: only a bundle of the installation shows that.")
    if report.scope.startswith("entries:"):
        limits.append("Anything about the entries that are not in this bundle.")
    if not signed:
        limits.append("That the places of anchors and the names of process versions were not changed: the bundle as a "
                      "whole is not signed.")
    if paper:
        limits.append(f"That {PAPER} tells what the entries tell: it is for reading, and only its bytes are compared.")
    limits.append("The words behind the entries that are not shown here: they are sealed, or erased by law.")


# -- the command line ------------------------------------------------------------------------------------------


def told(report: Report) -> Iterator[str]:
    """Tell a report in lines of plain text."""
    if report.unread:
        yield f"CANNOT BE READ. {report.unread}"
        return
    yield f"{report.origin}: {report.scope}, made {report.made_at}"
    yield from (f"Key: {key}" for key in report.keys)
    yield (f"{report.entries} entries in {report.chains} chains, {report.covered} of them under "
           f"{len(report.checkpoints)} signed checkpoints; words shown of {report.disclosed}.")
    if report.checkpoints:
        yield f"Last checkpoint: size {report.checkpoints[-1].size}, {report.checkpoints[-1].at}"
    for place in report.places[-MAX_PLACES:]:
        yield f"Sent to: {place}"
    for one in report.anchors:
        yield f"{'Agrees' if one in report.agreed else 'Does not agree'}: {one.given}, size {one.size}, {one.at}"
    yield from report.not_compared
    yield ("ALTERED." if report.findings else "NOT COMPARED." if report.not_compared else "INTACT.")
    for number, found in enumerate(report.findings, 1):
        yield f"  {number}. {found.sentence}"
    yield from _where(report)
    yield "What this does not prove:"
    yield from (f"  - {limit}" for limit in report.limits)


def _where(report: Report) -> Iterator[str]:
    """Tell where the first doubt is, and since when."""
    if not report.findings:
        return
    bad = report.first_bad
    if bad is not None:
        entry = f", entry {bad.seq} of {bad.chain}" if bad.seq else ""
        yield f"First bad number: {bad.first}{entry}"
    if report.doubt is not None:
        yield f"Time in doubt: from {report.doubt[0]} to {report.doubt[1]}"
    safe = "none" if report.safe is None else f"size {report.safe.size}, {report.safe.at} {report.safe.given}".strip()
    yield f"Last safe anchor: {safe}"


def as_json(report: Report) -> str:
    """Tell a report for a program."""
    bad, safe = report.first_bad, report.safe
    return json.dumps({
        "code": report.code, "unread": report.unread, "scope": report.scope, "origin": report.origin,
        "keys": report.keys, "made_at": report.made_at, "entries": report.entries, "chains": report.chains,
        "covered": report.covered, "findings": [one.sentence for one in report.findings],
        "first_bad": None if bad is None else {"position": bad.first, "chain": bad.chain, "seq": bad.seq},
        "doubt": report.doubt, "safe": None if safe is None else {"size": safe.size, "at": safe.at},
        "not_compared": report.not_compared, "limits": report.limits,
    }, indent=2, ensure_ascii=False)


def main(words: Sequence[str] | None = None) -> int:
    """Check a bundle and tell what was found; returns the exit code."""
    asked = argparse.ArgumentParser(
        description="Check a history that NRM exported. Exit 0: intact; 1: altered; 2: it cannot be read or compared.")
    asked.add_argument("bundle", type=Path, help="the folder or the ZIP file")
    asked.add_argument("--anchor", type=Path, action="append", default=[], help="a checkpoint that was kept elsewhere")
    asked.add_argument("--key", action="append", default=[], help="a public key as it was published: nrm/...+...+...")
    asked.add_argument("--json", action="store_true", help="for a program to read")
    given = asked.parse_args(words)
    try:
        report = check(files_of(given.bundle), [(note.name, kept(note)) for note in given.anchor], given.key)
    except Unreadable as wrong:
        report = Report(unread=str(wrong))
    text = as_json(report) if given.json else "\n".join(told(report))
    sys.stdout.buffer.write(printable(text).encode("utf-8", "replace") + b"\n")
    return report.code


def kept(note: Path) -> bytes:
    """Read a note that somebody kept."""
    try:
        return small({"note": lambda: note.open("rb")}, "note")
    except Unreadable:
        raise Unreadable(f"The note {note} cannot be read.") from None


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: a hostile bundle may try to."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


if __name__ == "__main__":
    sys.exit(main())
