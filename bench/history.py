"""The history at many entries: written, given places and signed, verified in the database and from a bundle, proven.

    python -m bench.history                      # 10,000 and 100,000 entries: some minutes
    python -m bench.history --sizes 1000000      # about an hour

Everything in one run, on both databases. Offline means ``nrm/verify.py`` and the second verifier of the tests, each in
this process, on the bundle that the installation exported.
"""

from __future__ import annotations

import argparse
import io
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
from nrm.commands.settling.ledger import Ledger
from nrm.records.tree import StoredTree
from nrm.records.tree_keys import make_signing_key
from nrm.records.verify import verify
from nrm.rules.merkle import verify_consistency, verify_inclusion
from nrm.verify import INTACT, check
from nrm.vocabulary.actor import SYSTEM
from tests.audit.second_verifier import verify as verify_again

SIZES = (10_000, 100_000)
CHAINS = 200
AT_ONCE = 1_000
"""Entries of one transaction while the history is filled."""
SINGLE = 300
"""Entries that are written in a transaction each, for the first figure."""
PROOFS = 200


def main() -> None:
    """Measure and print a table that Markdown takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = sorted(parser.parse_args().sizes)
    console = Console(width=200)
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
                settle(bench)
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
            Ledger(unit, f"bench-{number % CHAINS:03}").enter("read", f"task:{number}", rule="role:case.read")


def _measured(bench: Bench, size: int) -> list[tuple[str, str]]:
    placed = _timed(lambda: take_checkpoint(bench.system))
    again = _timed(lambda: take_checkpoint(bench.system))
    with bench.system.database.reader(SYSTEM) as unit:
        checked = _timed(lambda: verify(unit.conn))
    file = io.BytesIO()
    exported = _timed(lambda: export_at_the_machine(bench.system, file, case_id=None))
    return [
        ("places in the tree and a signed checkpoint", f"{placed:.2f} s"),
        ("a checkpoint where nothing is new", f"{again * 1000:.0f} ms"),
        ("verify in the database (chains)", f"{size / checked:,.0f}/s"),
        ("bundle of the installation", f"{exported:.2f} s, {len(file.getvalue()) / 2**20:.0f} MiB"),
        *_offline(file, size), *_proofs(bench),
    ]


def _offline(file: io.BytesIO, size: int) -> list[tuple[str, str]]:
    """Both verifiers on the bundle."""
    with zipfile.ZipFile(file) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    codes: list[int] = []
    first = _timed(lambda: codes.append(check({
        name: lambda data=data: io.BytesIO(data) for name, data in files.items()  # type: ignore[misc]
    }).code))
    second = _timed(lambda: codes.append(verify_again(files)[0]))
    assert codes == [INTACT, INTACT], codes
    return [
        ("offline, verify.py", f"{size / first:,.0f}/s"), ("offline, the second verifier", f"{size / second:,.0f}/s"),
    ]


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
