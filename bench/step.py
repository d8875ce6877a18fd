"""Durable tasks per second, and what a step costs when its case is old.

    python -m bench.step            # some minutes
    python -m bench.step --quick    # a look

All contenders run in one process, in turns, round after round: compare ratios, not single numbers. Rounds are short,
so that on a busy machine some are left alone; "best round" sets the best of each beside the best of raw.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import Progress

from bench.contenders import Contender, Life, NaiveOnPostgres, NaiveOnSqlite, Ours, Raw
from bench.installation import postgres_bench, sqlite_bench
from bench.server import server

THIRTEEN, ROUNDS = "thirteen", "rounds"
TASKS = 13
AGES = (10, 50, 100, 500, 1000)
BEFORE = 50
"""The age every other age is compared with."""
CONSOLE = Console(width=120, highlight=False)


@dataclass
class Result:
    """What one contender did: tasks per second, one number per round."""

    contender: Contender
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the rounds."""
        return median(self.rates)


def main() -> None:
    """Measure and print."""
    options = _options()
    with contenders() as found:
        print(f"{TASKS} tasks per case, {options.cases} cases per round, {options.rounds} rounds in turns\n")
        print(throughput_table(throughput(found, options.rounds, options.cases)))
        print(f"\nOne case of many rounds: milliseconds per step (median of {options.steps} around each age)\n")
        print(age_table([age_row(c, options.steps, options.lives) for c in found]))


@contextmanager
def contenders() -> Iterator[list[Contender]]:
    """Every contender, ready; what they need is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="nrm-bench-") as name, server() as running:
        folder = Path(name)
        ours = [Ours(sqlite_bench(folder)), Ours(postgres_bench(folder, running))]
        yield [Raw(), NaiveOnSqlite(folder), NaiveOnPostgres(running.dsn("nrm")), *ours]
        for one in ours:
            one.bench.system.database.dispose()


def throughput(found: Sequence[Contender], rounds: int, cases: int) -> list[Result]:
    """Run all contenders in turns; the order changes from round to round."""
    results = [Result(one) for one in found]
    for result in results:
        whole_cases(result.contender, 2)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        todo = bar.add_task("throughput", total=rounds * len(results))
        for number in range(rounds):
            turn = number % len(results)
            for result in results[turn:] + results[:turn]:
                result.rates.append(whole_cases(result.contender, cases))
                bar.advance(todo)
    return results


def whole_cases(contender: Contender, cases: int) -> float:
    """Bring cases from their first task to their end; tasks per second, opening not counted."""
    lives = [contender.open(THIRTEEN) for _ in range(cases)]
    gc.collect()
    done = 0
    begin = time.perf_counter()
    for life in lives:
        while life.step():
            done += 1
    spent = time.perf_counter() - begin
    assert done == TASKS * cases, (contender.name, done)
    return done / spent


def age_row(contender: Contender, steps: int, lives: int) -> tuple[str, dict[int, float], str]:
    """Measure a contender at every age, the ages in turns; the third is how it ended, if it did."""
    cases: dict[int, list[Life]] = {}
    ended = ""
    for age in AGES:
        if ended:
            break
        cases[age] = [contender.open(ROUNDS) for _ in range(lives)]
        for life in cases[age]:
            ended = ended or _walk(life, age - min(steps // 2, 5))
        if ended:
            del cases[age]
    spent: dict[int, list[float]] = {age: [] for age in cases}
    gc.collect()
    for _ in range(steps):
        for age, several in cases.items():
            spent[age] += [timed(life.step) for life in several]
    return contender.name, {age: median(times) * 1000 for age, times in spent.items()}, ended


def _walk(life: Life, steps: int) -> str:
    for number in range(steps):
        try:
            if not life.step():
                return f"loses the open task after {number}"
        except RecursionError:
            return f"RecursionError after {number}"
    return ""


def timed(act: Callable[[], object]) -> float:
    """Seconds one call took."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def throughput_table(results: Sequence[Result]) -> str:
    """The table of rates as Markdown."""
    raw = next(r for r in results if r.contender.name.startswith("Spiff"))
    head = ["", "tasks/s, median", "range", "share of raw", "best round", "beside naive, same database"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for result in results:
        share = median(mine / theirs for mine, theirs in zip(result.rates, raw.rates, strict=True))
        twin = result.contender.name.replace("NRM", "naive JSON")
        naive = next((r for r in results if r.contender.name == twin), None)
        beside = ""
        if naive is not None and naive is not result:
            beside = f"{median(a / b for a, b in zip(result.rates, naive.rates, strict=True)):.2f} x"
        lines.append(
            f"| {result.contender.name} | {result.rate:.0f} | {min(result.rates):.0f}-{max(result.rates):.0f} "
            f"| {share:.1%} | {max(result.rates) / max(raw.rates):.1%} | {beside} |"
        )
    return "\n".join(lines)


def age_table(rows: Sequence[tuple[str, dict[int, float], str]]) -> str:
    """The table of ages as Markdown, each with its ratio to the cost at 50."""
    head = ["completed before", *map(str, AGES), f"{AGES[-1]} beside {BEFORE}"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, found, ended in rows:
        cells = [f"{found[age]:.2f}" if age in found else "-" for age in AGES]
        last = f"{found[AGES[-1]] / found[BEFORE]:.2f} x" if AGES[-1] in found else ended
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {last} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--cases", type=int, default=3, help="cases per contender and round")
    parser.add_argument("--steps", type=int, default=30, help="timed steps per age")
    parser.add_argument("--lives", type=int, default=2, help="cases per age")
    parser.add_argument("--quick", action="store_true", help="fewer of everything")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.cases, options.steps, options.lives = 10, 2, 10, 1
    return options


if __name__ == "__main__":
    main()
