"""Run by a fault test in a process of its own: makes backups, each killed one step of its files later."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from nrm.commands.backup import make_backup
from tests.support.driving import Installation, read_installation

STEPS = frozenset({
    "open", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect", "tempfile.mkdtemp", "tempfile.mkstemp",
})
"""What Python tells of itself before a file is made, opened, renamed or removed."""
MOST_STEPS = 60


def main(line: Connection, folder: str, place: str, words: Sequence[bytes], stride: int) -> None:
    """Kill at every ``stride``-th step; say how often before one went well, how that ended, and what was readable."""
    made, where, found = read_installation(Path(folder)), Path(place), set[str]()
    tempfile.tempdir = place
    for kills, step in enumerate(range(1, MOST_STEPS, stride)):
        where.mkdir()
        child = os.fork()
        if not child:
            _backup(made, where, step)
        _, status = os.waitpid(child, 0)
        found.update(_readable(where, words))
        if not os.WIFSIGNALED(status):
            line.send((kills, os.waitstatus_to_exitcode(status), sorted(found)))
            return
        shutil.rmtree(where)


def _readable(place: Path, words: Sequence[bytes]) -> list[str]:
    files = [path for path in place.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes() for word in words)]


def _backup(made: Installation, place: Path, last: int) -> None:
    """Make a backup; dead at its ``last`` step in the place, before the step is done."""
    done, ended = 0, 1

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal done
        if event in STEPS and any(str(place) in str(arg) for arg in args):
            done += 1
            if done == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    try:
        make_backup(made.system(), place)
        ended = 0
    finally:
        if ended:
            traceback.print_exc()
        os._exit(ended)
