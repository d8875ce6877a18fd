"""Starts processes that work in an installation, lets them go together, kills them, reads what they answered.

They are forked from a server that has everything imported and no database open, so that starting one is quick.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import datetime
from types import TracebackType
from typing import Self

from tests.fault.worker_process import main
from tests.support.driving import Installation, shipped_configuration

PATIENCE_S = 60
RUNGS_OF_A_NEW_CASE = sum(len(shipped_configuration().ladders[key].rungs) for key in ("standard", "safety"))
"""The ladder of its team and that of its safety check."""
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.fault.worker_process"])


class Worker:
    """One process of ``worker_process``, its clock at an instant or the machine's; never outlives its block."""

    def __init__(self, installation: Installation, what: str, at: datetime | None, *more: str) -> None:
        settings = installation.settings
        self._line, theirs = _FORKS.Pipe()
        self.process = _FORKS.Process(
            target=main, args=(theirs, what, str(settings.dir), settings.database_url, at, *more), daemon=True,
        )
        self.process.start()
        theirs.close()

    def ready(self) -> None:
        """Wait until the process has everything loaded."""
        assert self.next() == "ready"

    def go(self) -> None:
        """Let it begin."""
        self._line.send("go")

    def next(self) -> str:
        """Return its next answer."""
        assert self._line.poll(PATIENCE_S), "no answer"
        return str(self._line.recv())

    def answered(self) -> bool:
        """Whether its next answer is there already."""
        return self._line.poll()

    def kill(self) -> list[str]:
        """kill -9; returns what it had answered until then."""
        self.process.kill()
        return self._rest()

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def finish(self) -> list[str]:
        """Wait for its end; returns what it answered."""
        said = self._rest()
        assert self.process.exitcode == 0, said
        return said

    def _rest(self) -> list[str]:
        said = []
        try:
            while self._line.poll(PATIENCE_S):
                said.append(str(self._line.recv()))
        except (EOFError, OSError):
            pass
        self.process.join(PATIENCE_S)
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.join(PATIENCE_S)
        self._line.close()
        self.process.close()
