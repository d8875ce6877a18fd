"""Deadlines fired per second, by so many worker processes.

    python -m bench.clocks            # some minutes
    python -m bench.clocks --quick    # a look

Fired: the breach of a missed limit is told. Per case one transaction: the case and its chain are locked, what is due
is read again, who is told is found, notices, letters, the rung, the task and the clock are written, and an entry is
chained to the history with its sealed payload. Every case has one clock that is due; every worker is a process of
its own, started before the clock runs, as ``nrm worker`` works. Settings take turns, round after round.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import Progress

from bench.copies import Original, copies, original
from bench.installation import MODELS, Bench, postgres_bench, settle, sqlite_bench
from bench.server import server
from nrm.commands.sweep import sweep
from nrm.deployment.settings import Settings
from nrm.vocabulary.clock import SystemClock
from nrm.wiring.system import build_system

MODEL = "thirteen"
CASES_AT_ONCE = 200
LATE = timedelta(minutes=10)
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Setting:
    """So many workers on one database, and what they did, one number per round.

    ``rates``: deadlines fired per second; ``costs``: milliseconds of a processor that one took the workers, which
    says the same on a busy machine. The database's own work is not in it.
    """

    bench: Bench
    of: Original
    workers: int
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    options = _options()
    with settings() as found, Progress(console=Console(stderr=True), transient=True) as bar:
        todo = bar.add_task("fired", total=options.rounds * len(found))
        for number in range(options.rounds):
            turn = number % len(found)
            for setting in found[turn:] + found[:turn]:
                fire(setting, options.cases)
                bar.advance(todo)
        print(f"{options.cases} deadlines per round, {options.rounds} rounds in turns\n")
        print(table(found))
        if options.backlog:
            print("\n" + backlog(found, options.backlog))


@contextmanager
def settings() -> Iterator[list[Setting]]:
    """One, two and four workers on PostgreSQL, one on SQLite."""
    with tempfile.TemporaryDirectory(prefix="nrm-bench-") as name, server() as running:
        ours = postgres_bench(Path(name), running), sqlite_bench(Path(name))
        opened = {bench.name: original(bench, MODEL) for bench in ours}
        yield [Setting(bench, opened[bench.name], workers)
               for bench, workers in ((ours[0], 1), (ours[0], 2), (ours[0], 4), (ours[1], 1))]
        for bench in ours:
            bench.system.database.dispose()


def fire(setting: Setting, cases: int) -> float:
    """Make cases that are due, let the workers go together, stop the time when the last has nothing left."""
    copies(setting.bench, setting.of, cases, due_at=setting.bench.system.clock.now() - LATE)
    settle(setting.bench)
    with at_work(setting) as (lines, go):
        begin = time.perf_counter()
        go.set()
        said = [line.recv() for line in lines]
        spent = time.perf_counter() - begin
    assert sum(told for told, _ in said) == cases, (setting.bench.name, setting.workers, said)
    setting.rates.append(cases / spent)
    setting.costs.append(1000 * sum(cost for _, cost in said) / cases)
    return spent


@contextmanager
def at_work(setting: Setting) -> Iterator[tuple[Sequence[Connection], Event]]:
    """Start the workers and wait until each is ready; they end by themselves."""
    go = _SPAWN.Event()
    lines, processes = [], []
    where = setting.bench.system.settings
    for number in range(setting.workers):
        ours, theirs = _SPAWN.Pipe(duplex=False)
        told = (theirs, go, where.dir, where.database_url, number / setting.workers)
        processes.append(_SPAWN.Process(target=work, args=told, daemon=True))
        processes[-1].start()
        lines.append(ours)
    for line in lines:
        assert line.recv() == 0
    yield lines, go
    for process in processes:
        process.join()


def work(line: Connection, go: Event, folder: Path, url: str, begin: float) -> None:
    """One worker process: ready, then sweep until nothing is due, then say how much was told."""
    settings = Settings.read(folder, {"NRM_BPMN_DIR": str(MODELS), "NRM_DATABASE_URL": url})
    # By the database's time where there is one, as in production.
    system = build_system(settings, clock=SystemClock())
    with system.database.reader() as unit:
        system.agencies(unit)
    line.send(0)
    go.wait()
    told, cost = 0, time.process_time()
    while (swept := sweep(system, limit=CASES_AT_ONCE, begin=begin)).cases:
        told += swept.rungs
    line.send((told, time.process_time() - cost))
    system.database.dispose()


def backlog(found: Sequence[Setting], cases: int) -> str:
    """Let two workers on PostgreSQL work through a backlog."""
    setting = next(one for one in found if one.workers == 2)
    spent = fire(setting, cases)
    return f"A backlog of {cases} with two workers on PostgreSQL: {spent:.0f} s, {cases / spent:.0f} per second."


def table(found: Sequence[Setting]) -> str:
    """The table of rates as Markdown, each beside one worker on PostgreSQL in the same round."""
    head = ["database", "workers", "fired/s, median", "range", "beside one worker on PostgreSQL", "processor, ms"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in found:
        share = median(mine / theirs for mine, theirs in zip(one.rates, found[0].rates, strict=True))
        lines.append(f"| {one.bench.name} | {one.workers} | {median(one.rates):.0f} "
                     f"| {min(one.rates):.0f}-{max(one.rates):.0f} | {share:.2f} x | {median(one.costs):.2f} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=3000, help="deadlines of one round")
    parser.add_argument("--backlog", type=int, default=50_000, help="due at once for two workers; 0: leave it out")
    parser.add_argument("--quick", action="store_true", help="fewer of everything")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.cases, options.backlog = 2, 500, 0
    return options


if __name__ == "__main__":
    main()
