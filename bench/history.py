"""The history at many entries: written, given places and signed, verified in the database and from a bundle, proven.

    python -m bench.history                      # 10,000 and 100,000 entries: some minutes
    python -m bench.history --sizes 1000000      # a quarter of an hour on a machine of its own

Everything in one run, on both databases; every fourth entry has sealed words. Offline means ``nrm/verify.py`` and the
second verifier of the tests, each in this process, on the bundle that the installation exported. Beside a rate stands
what one entry takes of a processor, over all processes: a busy machine changes it less.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console

from bench.installation import Bench, postgres_bench, settle, sqlite_bench
from bench.server import server
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.export_bundle import export_at_the_machine
from nrm.records.tree import StoredTree
from nrm.records.tree_keys import PublicKeys, make_signing_key, public_file
from nrm.records.tree_verify import verify_tree
from nrm.records.verify import verify
from nrm.records.verify_together import Source, verify_together
from nrm.rules.merkle import verify_consistency, verify_inclusion
from nrm.verify import INTACT, check
from nrm.vocabulary.actor import SYSTEM
from tests.audit.second_verifier import verify as verify_again

SIZES = (10_000, 100_000)
CHAINS = 200
AT_ONCE = 20_000
"""Entries of one transaction while the history is filled."""
WITH_WORDS = 4
"""One entry of so many has sealed words."""
SINGLE = 300
"""Entries that are written in a transaction each, for the first figure."""
PROOFS = 200


def main() -> None:
    """Measure and print a table that Markdown takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = sorted(parser.parse_args().sizes)
    console = Console(width=200)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} when it began\n")
    print("| entries | database | what | figure |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, server() as running:
        for bench in (sqlite_bench(Path(folder)), postgres_bench(Path(folder), running)):
            key = bench.system.settings.signing_key_file
            assert key is not None  # a demo has one
            make_signing_key(key, bench.system.settings.origin)
            written = 0
            for size in sizes:
                console.print(f"[dim]{bench.name}: filling to {size:,}[/dim]", highlight=False)
                appended = _fill(bench, written, size)
                written = size
                for what, figure in [("an act of one entry, durable", appended), *_measured(bench, size)]:
                    print(f"| {size:,} | {bench.name} | {what} | {figure} |", flush=True)


def _fill(bench: Bench, begin: int, end: int) -> str:
    """Write entries, most of them many to a transaction; returns what one in a transaction of its own costs."""
    for first in range(begin, end - SINGLE, AT_ONCE):
        _append(bench, first, min(first + AT_ONCE, end - SINGLE))
    started = time.perf_counter()
    for number in range(end - SINGLE, end):
        _append(bench, number, number + 1)
    return f"{SINGLE / (time.perf_counter() - started):,.0f}/s"


def _append(bench: Bench, first: int, end: int) -> None:
    with bench.system.database.unit(SYSTEM) as unit:
        for number in range(first, end):
            words = None if number % WITH_WORDS else {"number": number, "why": "invented words of an entry"}
            unit.append(chain=f"bench-{number % CHAINS:03}", act="read", object=f"task:{number}",
                        rule="role:case.read", payload=words)


def _measured(bench: Bench, size: int) -> list[tuple[str, str]]:
    placed = _timed(lambda: take_checkpoint(bench.system))
    settle(bench)
    again = _timed(lambda: take_checkpoint(bench.system))
    file = io.BytesIO()
    exported = _timed(lambda: export_at_the_machine(bench.system, file, case_id=None))
    return [
        ("places in the tree and a signed checkpoint", f"{placed:.2f} s"),
        ("a checkpoint where nothing is new", f"{again * 1000:.0f} ms"),
        *_verified(bench, size),
        ("bundle of the installation", f"{exported:.2f} s, {len(file.getvalue()) / 2**20:.0f} MiB"),
        *_offline(file, size), *_proofs(bench),
    ]


def _verified(bench: Bench, size: int) -> list[tuple[str, str]]:
    """In one process: chains, chains with their words, the tree; then ``nrm verify``: all of it, by every core."""
    settings = bench.system.settings
    assert settings.signing_key_file is not None
    keys = PublicKeys.read(public_file(settings.signing_key_file))
    cores = os.cpu_count() or 1
    source = Source(settings.database_url, settings.kek_file, settings.is_demo, public_file(settings.signing_key_file))
    with bench.system.database.reader(SYSTEM) as unit:
        found = [
            ("verify, one process: chains", _rate(size, lambda: verify(unit.conn))),
            ("verify, one process: chains and words", _rate(size, lambda: verify(unit.conn, bench.system.keys))),
            ("verify, one process: tree and checkpoints", _rate(size, lambda: verify_tree(unit.conn, keys))),
        ]
    return [*found, (f"nrm verify: everything, {cores} cores",
                     _rate(size, lambda: verify_together(source, (), cores)))]


def _rate(size: int, act: Callable[[], object]) -> str:
    """Entries a second, and the microseconds of processors that one takes, children's too."""
    begun = sum(os.times()[:4])
    seconds = _timed(act)
    return f"{size / seconds:,.0f}/s, {(sum(os.times()[:4]) - begun) / size * 1e6:.1f} microseconds"


def _offline(file: io.BytesIO, size: int) -> list[tuple[str, str]]:
    """Both verifiers on the bundle."""
    with zipfile.ZipFile(file) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    codes: list[int] = []
    first = _rate(size, lambda: codes.append(check({
        name: lambda data=data: io.BytesIO(data) for name, data in files.items()  # type: ignore[misc]
    }).code))
    second = _rate(size, lambda: codes.append(verify_again(files)[0]))
    assert codes == [INTACT, INTACT], codes
    return [("offline, verify.py", first), ("offline, the second verifier", second)]


def _proofs(bench: Bench) -> list[tuple[str, str]]:
    """What one proof costs, each read from the database anew, and what checking it costs."""
    made: list[float] = []
    grown: list[float] = []
    checked: list[float] = []
    with bench.system.database.reader(SYSTEM) as unit:
        size = StoredTree(unit.conn).size()
        root = StoredTree(unit.conn).root(size)
        for number in range(PROOFS):
            position = (number * 7919) % size
            made.append(_timed(lambda at=position: StoredTree(unit.conn).inclusion(at, size)))  # type: ignore[misc]
            first = position + 1
            grown.append(_timed(lambda at=first: StoredTree(unit.conn).consistency(at, size)))  # type: ignore[misc]
            known = (first, StoredTree(unit.conn).root(first))
            path = StoredTree(unit.conn).consistency(first, size)
            checked.append(_timed(lambda a=known, b=path: verify_consistency(*a, size, root, b)))  # type: ignore[misc]
        assert not verify_inclusion(b"", 0, size, (), root)
    return [
        ("a proof of inclusion, p50", f"{median(made) * 1000:.1f} ms"),
        ("a proof of growth, p50", f"{median(grown) * 1000:.1f} ms"),
        ("checking a proof of growth, p50", f"{median(checked) * 1e6:.0f} microseconds"),
    ]


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
