"""A bundle of history as files: the same contents give the same bytes (docs/proof-of-history.md)."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol

from nrm.commands.history_paper import HistoryPaper, Shown
from nrm.documents.sheets import as_csv
from nrm.rules.chain import canonical
from nrm.rules.notes import BETWEEN

FORMAT = 1
CELLS = ("chain", "seq", "position", "at", "actor", "agency", "act", "object", "outcome", "rule", "bundle",
         "commitment", "link", "digest")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a ZIP: the earliest it can hold."""
IN_MEMORY = 8 * 2**20
"""Bytes of a table that are kept in memory while the entries are written. It holds process facts only."""

Line = Mapping[str, object]
"""A line of a file: a JSON object."""
Sign = Callable[[str], str]
"""Returns a text as a signed note."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle tells. ``scope`` is ``installation``, ``case:ID`` or ``entries:ID``.

    ``entries`` come in the order of their places in the tree, those without one at the end. ``tree`` is the lines of
    ``leaves.txt`` for an installation, else of ``proofs.jsonl``. ``versions`` says of digests of process versions
    what they are. ``disclosed`` holds chain, seq, payload and salt (hex) of entries whose words are shown.
    """

    scope: str
    origin: str
    keys: Sequence[str]
    made_at: str
    entries: Iterable[Line]
    notes: Sequence[str]
    anchors: Iterable[Line]
    tree: Iterable[bytes]
    versions: Callable[[frozenset[str]], Line]
    disclosed: Sequence[Line] = ()
    paper: HistoryPaper | None = None
    """Writes ``history.pdf``."""


class Place(Protocol):
    """Where the files go."""

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file."""


class Folder:
    """A new folder; FileExistsError where there is one."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self._path = path

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file."""
        with (self._path / name).open("xb") as file:
            file.writelines(pieces)


class Zip:
    """A ZIP whose bytes follow from its contents: one time, one order, nothing compressed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file."""
        about = zipfile.ZipInfo(name, LONG_AGO)
        about.create_system, about.external_attr = 3, 0o444 << 16
        with self._zip.open(about, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def close(self) -> None:
        """Write the list of what is in it."""
        self._zip.close()


@contextmanager
def zipped(file: IO[bytes]) -> Iterator[Zip]:
    """Open a ZIP to write a bundle into."""
    made = Zip(file)
    yield made
    made.close()


def write_bundle(place: Place, contents: Contents, sign: Sign | None = None) -> None:
    """Write the files of a bundle, its manifest last; ``sign`` signs the manifest."""
    files = _Files(place)
    seen: set[str] = set()
    shown = Shown.of(contents.scope)
    with SpooledTemporaryFile(max_size=IN_MEMORY) as table:
        table.write(b"\xef\xbb\xbf" + as_csv([CELLS]).encode())
        files.add("entries.jsonl", _entries(contents.entries, table, seen, shown))
        table.seek(0)
        files.add("history.csv", iter(lambda: table.read(2**20), b""))
    files.add("leaves.txt" if contents.scope == "installation" else "proofs.jsonl", contents.tree)
    files.add("checkpoints.txt", [BETWEEN.join(contents.notes).encode()])
    files.add("anchors.jsonl", map(_line, contents.anchors))
    files.add("bundles.json", [_line(contents.versions(frozenset(seen)))])
    if contents.disclosed:
        files.add("disclosed.jsonl", map(_line, contents.disclosed))
    if contents.paper is not None:
        files.add("history.pdf", [contents.paper.write(
            shown, scope=contents.scope, origin=contents.origin, made_at=contents.made_at, keys=contents.keys,
            checkpoint=contents.notes[-1] if contents.notes else "", digest=files.digest("entries.jsonl"),
        )])
    manifest = _line({
        "files": files.made, "format": FORMAT, "keys": list(contents.keys), "made_at": contents.made_at,
        "origin": contents.origin, "scope": contents.scope,
    })
    place.write("manifest.json", [manifest])
    if sign is not None:
        place.write("manifest.note", [sign(f"nrm-bundle-{FORMAT}\n{hashlib.sha256(manifest).hexdigest()}\n").encode()])


def leaf_line(leaf: bytes) -> bytes:
    """A line of ``leaves.txt``."""
    return leaf.hex().encode() + b"\n"


def inclusion_line(position: int, size: int, path: Iterable[bytes]) -> bytes:
    """A line of ``proofs.jsonl``: the entry at a position is under the checkpoint of this size."""
    return _line({"path": [step.hex() for step in path], "position": position, "size": size})


def growth_line(first: int, second: int, path: Iterable[bytes]) -> bytes:
    """A line of ``proofs.jsonl``: the tree of the first size is the beginning of that of the second."""
    return _line({"first": first, "path": [step.hex() for step in path], "second": second})


@dataclass
class _Files:
    """Files as they are written, with what the manifest says of each."""

    place: Place
    made: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        sha, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                sha.update(piece)
                size += len(piece)
                yield piece

        self.place.write(name, counted())
        self.made[name] = {"sha256": sha.hexdigest(), "size": size}

    def digest(self, name: str) -> str:
        """SHA-256 of a file that was added, in hex."""
        return str(self.made[name]["sha256"])


def _entries(entries: Iterable[Line], table: IO[bytes], seen: set[str], shown: Shown) -> Iterator[bytes]:
    """Write the entries, the rows of the table beside them; collects which process versions they name."""
    for entry in entries:
        shown.add(entry)
        table.write(as_csv([["" if entry[name] is None else entry[name] for name in CELLS]]).encode())
        if entry["bundle"] is not None:
            seen.add(str(entry["bundle"]))
        yield _line(entry)


def _line(value: object) -> bytes:
    return canonical(value) + b"\n"
