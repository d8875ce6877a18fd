"""Same inputs, same bytes: in this process, in another, on many threads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from nrm import engine
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven

ROOT = Path(__file__).parents[2]


def rich() -> Diagram:
    d = Diagram()
    d.path(d.start(), d.parallel("split"), d.task("a"), d.inclusive("join"), d.task("after"), d.end())
    d.path("split", d.call("b", "other", each="members"), "join")
    d.path("split", d.first_of("gate"), d.catch_message("came", "news"), "join")
    d.path("gate", d.catch_limit("late", "T01"), "join")
    d.path(d.on_limit("remind", "a", "T02", interrupting=False), d.task("chase"), d.end("end_2"))
    return d


def story(run_id: str = "run-1") -> str:
    """Every state and happening of one run, as a digest."""
    run = Driven(rich(), {"risk_level": "low"}, run_id=run_id, items={"members": ["m-1", "m-2"]})
    seen = hashlib.sha256(run.state + repr(run.new).encode())
    for act in (lambda: run.complete("b", "m-2"), lambda: run.fire("remind"), lambda: run.complete("a"),
                lambda: run.deliver("came"), lambda: run.complete("b", "m-1"), lambda: run.complete("chase"),
                lambda: run.complete("after")):
        act()
        seen.update(run.state + repr(run.new).encode())
    assert run.outcome == ""
    return seen.hexdigest()


def test_the_same_story_gives_the_same_bytes_twice() -> None:
    """defect:engine-notes 0 stock's ids come from uuid4 and its times from the machine."""
    assert story() == story()


def test_the_same_story_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import importlib.util, sys; s = importlib.util.spec_from_file_location('story', sys.argv[1]);"
        "m = importlib.util.module_from_spec(s); s.loader.exec_module(m); print(m.story())"
    )
    for seed in ("0", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo"}
        told = subprocess.run([sys.executable, "-c", code, __file__], env=env, cwd=ROOT, check=True,
                              capture_output=True, text=True)
        assert told.stdout.strip() == story()


def test_threads_do_not_disturb_each_other() -> None:
    names = [f"run-{n % 4}" for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(story, names))
    assert told == [story(name) for name in names]


def test_ids_differ_between_runs_and_between_acts() -> None:
    ids = set()
    for run_id in ("run-1", "run-2"):
        run = Driven(rich(), run_id=run_id, items={"members": ["m-1", "m-2"]})
        ids |= {w.wait_id for w in run.waits}
    assert len(ids) == 2 * 6


def test_the_instant_does_not_change_the_state() -> None:
    d = rich()
    program = engine.load(d.bundle())
    given = {"run_id": "r", "facts": {}, "items": {"members": []}}
    later = NOW + timedelta(days=9)
    assert engine.start(program, now=NOW, **given) == engine.start(program, now=later, **given)
