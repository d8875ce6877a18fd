"""Run the demo: make it where it is not there yet, print the sign-ins, serve it."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from nrm.commands.install import install
from nrm.commands.send_outbox import send_outbox
from nrm.deployment.settings import Settings
from nrm.entrypoints.demo.asked_over import plan_asked_case
from nrm.entrypoints.demo.chance import seeded_codes, seeded_ids
from nrm.entrypoints.demo.making import Maker, Watch, unwatched
from nrm.entrypoints.demo.people import SIGN_INS, create_people
from nrm.entrypoints.demo.planning import MONTHS, plan_cases
from nrm.entrypoints.demo.side_life import review_old_gaps
from nrm.entrypoints.demo.stopped import plan_stopped_case
from nrm.entrypoints.demo.tour import tour_cases
from nrm.entrypoints.installing import make_keys
from nrm.vocabulary.clock import MovableClock, SystemClock
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.wiring.system import CLOCK_FILE, build_system

MADE_FILE = "demo.json"
"""Written last: a folder without it holds half a demo, or none."""
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    cases: int
    acts: int
    stages: Counter[str]
    problems: tuple[str, ...]
    seconds: float


def run_demo(directory: Path, *, port: int, cases: int, serve: bool, seed: int, fresh: bool) -> None:
    """Make the demo in ``directory`` unless it is there, say who may sign in, and serve it until Ctrl-C.

    Raises ConfigurationRefused where the folder is a real installation.
    """
    console = Console(highlight=False)
    settings = demo_settings(directory)
    if fresh:
        _throw_away(settings)
    if (settings.dir / MADE_FILE).exists():
        console.print(f"The demo in {settings.dir} is there already. `--fresh` makes a new one.")
    else:
        _throw_away(settings)
        _make_with_bar(console, settings, cases=cases, seed=seed)
    print_sign_ins(console)
    if serve:
        from nrm.entrypoints.server import serve_with_ticker

        console.print(f"Open [bold]http://{HOST}:{port}/[/bold]   (Ctrl-C ends it)")
        serve_with_ticker(settings, host=HOST, port=port)


def demo_settings(directory: Path) -> Settings:
    """Read the settings of a demo's folder. Raises ConfigurationRefused for a production installation."""
    settings = Settings.read(directory, os.environ)
    if not settings.is_demo:
        raise ConfigurationRefused(
            f"{directory} is a real installation; a demo needs a folder of its own", file="settings.yaml",
        )
    return settings


def make_demo(
    settings: Settings, *, cases: int, seed: int, now: datetime, watch: Watch = unwatched,
) -> Made:
    """Make the demo's database: people, cases and all that happened in the months before ``now``."""
    began = time.perf_counter()
    make_keys(settings)
    clock = MovableClock(now - MONTHS)
    system = build_system(settings, clock=clock, durable=False)
    system.new_id, system.new_code = seeded_ids(seed), seeded_codes(seed)
    install(system)
    staff = create_people(system)
    maker = Maker(system, clock, staff, now)
    touring = list(tour_cases(staff, system.configuration.calendar_of("sa_norvale"), now, cases))
    others = cases - len(touring)
    if others:
        plan_stopped_case(maker, staff, now)
        others -= 1
    if others:
        plan_asked_case(maker, staff, now)
        others -= 1
    for at, cast in (*plan_cases(staff, others, seed, now), *touring):
        maker.add(cast, at)
    for quarter in (MONTHS / 3, MONTHS * 2 / 3):
        maker.plan(now - quarter, lambda: maker.count(review_old_gaps(system, staff, clock.now())))
    maker.play(watch)
    while send_outbox(system):
        pass
    system.database.checkpoint()
    system.database.dispose()
    stages = Counter(cast.story.key for cast in maker.casts)
    (settings.dir / MADE_FILE).write_text("{}", encoding="utf-8")
    return Made(len(maker.casts), maker.acts, stages, tuple(maker.problems), time.perf_counter() - began)


def _make_with_bar(console: Console, settings: Settings, *, cases: int, seed: int) -> None:
    now = SystemClock().now().replace(microsecond=0)
    start = now - MONTHS
    columns = (TextColumn("Seven invented months"), BarColumn(), TextColumn("{task.fields[day]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("months", total=MONTHS / timedelta(hours=1), day=f"{start:%d %b %Y}")

        def watch(at: datetime) -> None:
            progress.update(bar, completed=(at - start) / timedelta(hours=1), day=f"{at:%d %b %Y}")

        made = make_demo(settings, cases=cases, seed=seed, now=now, watch=watch)
    console.print(
        f"{made.cases} cases, {made.acts} acts in {made.seconds:.0f} s ({made.cases / made.seconds:.1f} cases/s)."
    )
    for problem in made.problems:
        console.print(f"  not played: {problem}", markup=False)


def print_sign_ins(console: Console) -> None:
    """Print who may sign in."""
    table = Table(title="Sign-ins of the demo (everyone is invented)", title_justify="left")
    for column in ("login", "password", "who"):
        table.add_column(column)
    for one in SIGN_INS:
        table.add_row(one.login, one.password, one.who, style="bold" if one.on_tour else "")
    console.print(table)


def _throw_away(settings: Settings) -> None:
    """Remove what an earlier or unfinished demo left; a folder that is nothing of ours is left alone."""
    known = (MADE_FILE, CLOCK_FILE, "sign_ins.json", "outbox.jsonl", "worker.lock")
    for name in (*known, settings.kek_file.name, settings.secret_file.name, "nrm.db", "nrm.db-wal", "nrm.db-shm"):
        (settings.dir / name).unlink(missing_ok=True)
    shutil.rmtree(settings.dir / "copy", ignore_errors=True)
