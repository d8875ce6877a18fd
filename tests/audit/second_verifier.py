"""A second verifier of bundles (goal:A4) from docs/proof-of-history.md, RFC 9162 and C2SP alone, nothing of ours.

It follows the definitions rather than the algorithms: roots are computed as section 2.1.1 defines them, proofs by
walking down the same recursion, and everything is held in memory. Signatures are checked by another library.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

IN_DIGEST = ("act", "actor", "agency", "at", "bundle", "commitment", "link", "object", "outcome", "rule", "seq",
             "version")
NULLABLE = {"bundle", "commitment", "rule", "position"}
ALWAYS = {"entries.jsonl", "history.csv", "checkpoints.txt", "anchors.jsonl", "bundles.json"}
HEADINGS = ("chain", "seq", "position", "at", "actor", "agency", "act", "object", "outcome", "rule", "bundle",
            "commitment", "link", "digest")
DROPPED = {0, 0xFEFF, *range(0x200B, 0x2010), 0x2060}
SIGNS = set("=+-@|＝＋－＠｜")
QUOTES = set("\"'`")
TOLERANCE = timedelta(minutes=10)


class CannotRead(Exception):
    """Exit 2."""


class Bad(Exception):
    """Exit 1; says which of the numbered demands failed, and of which entry."""

    def __init__(self, demand: int, entry: tuple[str, int] | None = None) -> None:
        super().__init__(demand, entry)
        self.demand, self.entry = demand, entry


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canon(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def strict(line: bytes) -> object:
    """Parse canonical JSON or raise ValueError."""
    try:
        value = json.loads(line.decode("utf-8"))
        if canon(value) != line:
            raise ValueError("not canonical")
    except RecursionError:
        raise ValueError("too deep") from None
    return value


def whole_number(value: object, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def b64(text: str) -> bytes:
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("another way of writing it")
    return raw


def is_instant(text: object) -> bool:
    form = "dddd-dd-ddTdd:dd:dd.ddddddZ"
    return isinstance(text, str) and len(text) == len(form) and all(
        c in "0123456789" if f == "d" else c == f for c, f in zip(text, form, strict=True))


def is_hex(text: object, length: int = 64) -> bool:
    return isinstance(text, str) and len(text) == length and set(text) <= set("0123456789abcdef")


# RFC 9162, 2.1: by definition


def below(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


class Forest:
    """MTH(D[a:b]) of 2.1.1."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.mth = cache(self._mth)

    def _mth(self, start: int, end: int) -> bytes:
        if start == end:
            return sha()
        if end - start == 1:
            return self.leaves[start]
        k = below(end - start)
        return sha(b"\x01", self.mth(start, start + k), self.mth(start + k, end))


def from_inclusion(leaf: bytes, m: int, n: int, path: list[bytes]) -> bytes:
    """The root that PATH(m, D_n) and a leaf give: 2.1.3.1 read backwards."""
    if n == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    k, rest, top = below(n), path[:-1], path[-1]
    if m < k:
        return sha(b"\x01", from_inclusion(leaf, m, k, rest), top)
    return sha(b"\x01", top, from_inclusion(leaf, m - k, n - k, rest))


def from_growth(m: int, n: int, path: list[bytes], old: bytes, is_whole: bool) -> tuple[bytes, bytes]:
    """The roots (of m, of n) that SUBPROOF(m, D_n, b) gives: 2.1.4.1 read backwards."""
    if m == n:
        if is_whole:
            if path:
                raise ValueError("the path is too long")
            return old, old
        (only,) = path
        return only, only
    if not path:
        raise ValueError("the path is too short")
    k, rest, top = below(n), path[:-1], path[-1]
    if m <= k:
        first, second = from_growth(m, k, rest, old, is_whole)
        return first, sha(b"\x01", second, top)
    first, second = from_growth(m - k, n - k, rest, old, False)
    return sha(b"\x01", top, first), sha(b"\x01", top, second)


# C2SP


def read_key(origin: str, text: str) -> tuple[bytes, Ed25519PublicKey]:
    try:
        name, number, data = text.split("+", 2)
        raw = b64(data)
    except ValueError:
        raise CannotRead("key") from None
    number_of = sha(origin.encode(), b"\n", raw)[:4]
    if name != origin or len(raw) != 33 or raw[0] != 1 or number != number_of.hex():
        raise CannotRead("key")
    return number_of, Ed25519PublicKey.from_public_bytes(raw[1:])


def text_of_note(note: bytes, origin: str, keys: list[tuple[bytes, Ed25519PublicKey]]) -> str:
    """Return what was signed, or raise ValueError."""
    text, signatures = note.decode("utf-8").rsplit("\n\n", 1)
    text += "\n"
    *rows, nothing = signatures.split("\n")
    good = 0
    if nothing or not rows:
        raise ValueError("the last line has no end")
    for line in rows:
        dash, name, data = line.split(" ", 2)
        raw = b64(data)
        if dash != "—" or not name or len(raw) < 5:
            raise ValueError("signature line")
        for number, key in keys:
            if name == origin and raw[:4] == number:
                try:
                    key.verify(raw[4:], text.encode())
                except InvalidSignature:
                    raise ValueError("signature") from None
                good += 1
    if not good:
        raise ValueError("nobody known has signed")
    return text


def read_checkpoint(note: bytes, origin: str, keys: list[tuple[bytes, Ed25519PublicKey]]) -> tuple[int, str, bytes]:
    """Return size, time, root."""
    first, size, root, time, nothing = text_of_note(note, origin, keys).split("\n")
    digits = size.isascii() and size.isdigit() and len(size) <= 18 and (size == "0" or size[0] != "0")
    raw = b64(root)
    if nothing or first != origin or not digits or len(raw) != 32 or time[:5] != "time " or not is_instant(time[5:]):
        raise ValueError("checkpoint")
    return int(size), time[5:], raw


# history.csv


def cell(value: object) -> str:
    text = "".join(c for c in ("" if value is None else str(value)) if ord(c) not in DROPPED)
    made, n = "", 0
    while n <= len(text):
        if n == 0 and text[:1] in ("\t", "\r", "\n") and text:
            made += "'"
        elif n == 0 or text[n - 1] in ";,\t\r\n":
            ahead = n
            while ahead < len(text) and (text[ahead] in QUOTES or text[ahead].isspace()):
                ahead += 1
            if ahead < len(text) and text[ahead] in SIGNS:
                made += "'"
        made += text[n:n + 1]
        n += 1
    return made


def table(entries: list[dict]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for cells in (HEADINGS, *([cell(entry[name]) for name in HEADINGS] for entry in entries)):
        writer.writerow(cells)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


# the demands, by number


def verify(files: dict[str, bytes], given: list[bytes] = (), published: list[str] = ()) -> tuple[int, Bad | None]:
    """Return the exit code and, where something is bad, the first demand that failed."""
    try:
        return (0, None) if demands(files, list(given), list(published)) else (2, None)
    except CannotRead:
        return 2, None
    except Bad as bad:
        return 1, bad


def demands(files: dict[str, bytes], given: list[bytes], published: list[str]) -> bool:
    manifest = read_manifest(files)
    origin, scope = manifest["origin"], manifest["scope"]
    whole = scope == "installation"
    keys = [(text, *read_key(origin, text)) for text in manifest["keys"]]
    if "history.pdf" in set(files) - set(manifest["files"]):
        raise Bad(1)
    sound = all(
        said == {"sha256": sha(files[name]).hex(), "size": len(files[name])} and whole_number(said["size"])
        for name, said in manifest["files"].items()
    )
    if not sound:
        raise Bad(1)
    trusted = [(number, key) for text, number, key in keys if not published or text in published]
    if published and not trusted:
        raise Bad(2)
    if "manifest.note" in files:
        try:
            text = text_of_note(files["manifest.note"], origin, trusted)
        except ValueError:
            raise Bad(1) from None
        if text.split("\n") != ["nrm-bundle-1", sha(files["manifest.json"]).hex(), ""]:
            raise Bad(1)
    own, theirs = read_notes(files["checkpoints.txt"], given, origin, trusted)
    size, root = (own[-1][0], own[-1][2]) if own else (0, sha())
    check_anchors(files["anchors.jsonl"], {one[0] for one in own})
    entries = read_entries(files["entries.jsonl"])
    check_chains(entries, scope)
    if whole:
        unproven = check_whole(files["leaves.txt"], entries, size, own + theirs)
    else:
        unproven = check_paths(files["proofs.jsonl"], entries, size, root, own, theirs)
    check_times(entries, size, sorted(own + theirs))
    check_words(files, entries, "disclosed.jsonl" in manifest["files"])
    return not unproven


def read_manifest(files: dict[str, bytes]) -> dict:
    raw = files.get("manifest.json", b"")
    try:
        said = strict(raw[:-1])
    except ValueError:
        raise CannotRead("manifest") from None
    fine = raw[-1:] == b"\n" and isinstance(said, dict)
    if not fine or sorted(said) != ["files", "format", "keys", "made_at", "origin", "scope"]:
        raise CannotRead("manifest")
    kind = said["scope"].split(":")[0] if isinstance(said["scope"], str) else ""
    needed = ALWAYS | {{"installation": "leaves.txt", "case": "proofs.jsonl", "entries": "proofs.jsonl"}.get(kind, "?")}
    texts = [said["origin"], said["made_at"], *(said["keys"] if isinstance(said["keys"], list) else [None])]
    if not whole_number(said["format"]) or said["format"] != 1 or any(not isinstance(one, str) for one in texts):
        raise CannotRead("manifest")
    if not isinstance(said["files"], dict) or set(said["files"]) - {"disclosed.jsonl", "history.pdf"} != needed:
        raise CannotRead("files")
    if not set(said["files"]) <= set(files):
        raise CannotRead("files")
    return said


def read_notes(written: bytes, given: list[bytes], origin: str, keys: list) -> tuple[list, list]:
    try:
        own = [read_checkpoint(note, origin, keys) for note in written.split(b"---\n")] if written else []
        theirs = [read_checkpoint(note, origin, keys) for note in given]
    except ValueError:
        raise Bad(2) from None
    if any(b[0] < a[0] or b[1] < a[1] for a, b in pairwise(own)):
        raise Bad(2)
    return own, theirs


def rows_of(data: bytes, demand: int) -> list[bytes]:
    if data and not data.endswith(b"\n"):
        raise Bad(demand)
    return data.split(b"\n")[:-1]


def check_anchors(data: bytes, sizes: set[int]) -> None:
    for line in rows_of(data, 2):
        try:
            said = strict(line)
        except ValueError:
            raise Bad(2) from None
        if not isinstance(said, dict) or sorted(said) != ["at", "place", "receipt", "size"]:
            raise Bad(2)
        if not whole_number(said["size"]) or said["size"] not in sizes:
            raise Bad(2)


def read_entries(data: bytes) -> list[dict]:
    found = []
    for line in rows_of(data, 3):
        try:
            said = strict(line)
        except ValueError:
            raise Bad(3) from None
        if not isinstance(said, dict) or set(said) != {*IN_DIGEST, "chain", "digest", "position"}:
            raise Bad(3)
        texts = set(said) - {"seq", "version", "position"}
        fine = all(isinstance(said[name], str) or (said[name] is None and name in NULLABLE) for name in texts)
        numbers = whole_number(said["seq"], 1) and whole_number(said["version"], 1) and said["version"] == 1
        place = said["position"] is None or whole_number(said["position"])
        if not (fine and numbers and place and is_instant(said["at"])):
            raise Bad(3)
        found.append(said)
    return found


def check_chains(entries: list[dict], scope: str) -> None:
    kind, _, about = scope.partition(":")
    heads: dict[str, dict] = {}
    for entry in entries:
        chain, seq = entry["chain"], entry["seq"]
        if kind != "installation" and about and chain != about:
            raise Bad(3, (chain, seq))
        if entry["digest"] != sha(canon({name: entry[name] for name in IN_DIGEST})).hex():
            raise Bad(3, (chain, seq))
        before = heads.get(chain)
        last = before["seq"] if before else 0
        link = before["digest"] if before else sha(b"nrm-history-1:", chain.encode()).hex()
        if seq <= last or (seq > last + 1 and kind != "entries"):
            raise Bad(3, (chain, min(seq, last + 1)))
        if seq == last + 1 and entry["link"] != link:
            raise Bad(3, (chain, seq))
        heads[chain] = entry


def under(entries: list[dict], size: int) -> list[dict]:
    """Those under the last checkpoint; they come first and by position."""
    inside = [entry for entry in entries if entry["position"] is not None and entry["position"] < size]
    positions = [entry["position"] for entry in inside]
    if inside != entries[:len(inside)] or positions != sorted(set(positions)):
        raise Bad(4)
    return inside


def leaf_of(entry: dict) -> bytes:
    return sha(b"\x00", canon({name: entry[name] for name in ("chain", "digest", "seq")}))


def check_whole(data: bytes, entries: list[dict], size: int, checkpoints: list) -> list:
    lines = rows_of(data, 4)
    inside = under(entries, size)
    if not all(is_hex(line.decode("latin-1")) for line in lines) or len(lines) != size or len(inside) != size:
        raise Bad(4)
    forest = Forest([bytes.fromhex(line.decode()) for line in lines])
    for entry, leaf in zip(inside, forest.leaves, strict=True):
        if leaf_of(entry) != leaf:
            raise Bad(4, (entry["chain"], entry["seq"]))
    for count, _, root in checkpoints:
        if count > size or forest.mth(0, count) != root:
            raise Bad(5)
    return []


def check_paths(data: bytes, entries: list[dict], size: int, root: bytes, own: list, theirs: list) -> list:
    inside, growth = read_paths(data, size)
    for entry in under(entries, size):
        try:
            path = inside.pop(entry["position"])
            proven = from_inclusion(leaf_of(entry), entry["position"], size, path) == root
        except (KeyError, ValueError):
            proven = False
        if not proven:
            raise Bad(4, (entry["chain"], entry["seq"]))
    if inside:
        raise Bad(4)
    unproven = []
    for number, (count, _, claimed) in enumerate(own + theirs):
        if count > size:
            raise Bad(5)
        if count == 0:
            continue
        path = [] if count == size else growth.get(count)
        if path is None:
            if number < len(own):
                raise Bad(5)
            unproven.append(count)
            continue
        try:
            proven = from_growth(count, size, path, claimed, True) == (claimed, root)
        except ValueError:
            proven = False
        if not proven:
            raise Bad(5)
    return unproven


def read_paths(data: bytes, size: int) -> tuple[dict[int, list[bytes]], dict[int, list[bytes]]]:
    inside: dict[int, list[bytes]] = {}
    growth: dict[int, list[bytes]] = {}
    for line in rows_of(data, 4):
        try:
            said = strict(line)
            names = sorted(said) if isinstance(said, dict) else []
            kept, number, end = {
                ("path", "position", "size"): (inside, "position", "size"),
                ("first", "path", "second"): (growth, "first", "second"),
            }[tuple(names)]
        except (ValueError, KeyError):
            raise Bad(4) from None
        path = said["path"]
        steps = isinstance(path, list) and len(path) <= 128 and all(is_hex(step) for step in path)
        numbers = isinstance(said[number], int) and not isinstance(said[number], bool) and whole_number(said[end])
        if not steps or not numbers or said[end] != size or said[number] in kept:
            raise Bad(4)
        kept[said[number]] = [bytes.fromhex(step) for step in path]
    return inside, growth


def check_times(entries: list[dict], size: int, checkpoints: list) -> None:
    for entry in entries:
        at = size if entry["position"] is None else min(entry["position"], size)
        lacking = [time for count, time, _ in checkpoints if count <= at]
        having = [time for count, time, _ in checkpoints if count > at]
        early = lacking and too_late(entry["at"], lacking[-1])
        late = having and too_late(having[0], entry["at"])
        if early or late:
            raise Bad(6, (entry["chain"], entry["seq"]))


def too_late(first: str, second: str) -> bool:
    if second <= first:
        return False
    try:
        return datetime.fromisoformat(second) - datetime.fromisoformat(first) > TOLERANCE
    except ValueError:
        return True


def check_words(files: dict[str, bytes], entries: list[dict], shown: bool) -> None:
    try:
        versions = strict(files["bundles.json"][:-1])
    except ValueError:
        raise Bad(7) from None
    if not isinstance(versions, dict):
        raise Bad(7)
    by_number = {(entry["chain"], entry["seq"]): entry for entry in entries}
    for number, entry in by_number.items():
        if entry["bundle"] is not None and entry["bundle"] not in versions:
            raise Bad(7, number)
    for line in rows_of(files["disclosed.jsonl"], 7) if shown else []:
        try:
            said = strict(line)
        except ValueError:
            raise Bad(7) from None
        if not isinstance(said, dict) or sorted(said) != ["chain", "payload", "salt", "seq"]:
            raise Bad(7)
        if not is_hex(said["salt"], 32) or not isinstance(said["seq"], int) or not isinstance(said["chain"], str):
            raise Bad(7)
        entry = by_number.get((said["chain"], said["seq"]))
        opened = sha(bytes.fromhex(said["salt"]), canon(said["payload"])).hex()
        if entry is None or opened != entry["commitment"]:
            raise Bad(7, (said["chain"], said["seq"]))
    if files["history.csv"] != table(entries):
        raise Bad(7)
