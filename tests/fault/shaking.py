"""Starts processes that work in an installation, lets them go together, kills them, reads what they answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.driving import Installation

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class Worker:
    """One process of ``worker_process``; as a context it never outlives its block."""

    def __init__(self, installation: Installation, what: str, at: datetime, *more: str) -> None:
        settings = installation.settings
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.worker_process", what, str(settings.dir), settings.database_url,
             str(at.timestamp()), *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api"), str(ROOT / "web")])},
        )

    def ready(self) -> None:
        """Wait until the process has everything loaded."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "ready\n", line or self._errors()

    def go(self) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self) -> list[str]:
        """kill -9; returns what it had answered until then."""
        self.process.send_signal(signal.SIGKILL)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return out.splitlines()

    def finish(self) -> list[str]:
        """Wait for its end; returns what it answered."""
        out, errors = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, errors[-2000:]
        return out.splitlines()

    def _errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()[-2000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=PATIENCE_S)
