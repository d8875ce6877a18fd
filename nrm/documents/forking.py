"""Reading many small documents of strangers, each in a process of its own, without starting Python for each one.

One process per web worker has the readers loaded and holds nothing else: no setting, no key, no connection. For each
document it makes a child, bounded in seconds and bytes, that reads and ends. All a child can say is that it ended.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from threading import Lock
from typing import NoReturn

from nrm.documents.aside import START, bounded

LONGEST_CPU_S = 2
"""Seconds of the processor; a whole reading in the web process takes no longer (goal S3)."""
LONGEST_S = 20
"""Seconds by the wall, for a machine that is busy."""
LARGEST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space of a child."""
LONGEST_START_S = 60
_READ, _NOT_READ = b"1", b"0"


class Readers:
    """Children that call ``read(data: bytes)`` of a module of ours. Used by any number of threads, one at a time."""

    def __init__(
        self, module: str, *, cpu_s: int = LONGEST_CPU_S, longest_s: float = LONGEST_S, memory: int = LARGEST_MEMORY,
    ) -> None:
        self._words = (module, str(cpu_s), str(longest_s), str(memory))
        self._patience_s = LONGEST_START_S + longest_s
        self._lock = Lock()
        self._parent: tuple[subprocess.Popen[bytes], Connection] | None = None
        atexit.register(self.close)

    def ends(self, data: bytes) -> bool:
        """Whether a child read the bytes to the end: in time, within its memory, and without an error."""
        with self._lock, suppress(OSError, EOFError):
            _, line = self._parent = self._parent or self._started()
            line.send_bytes(data)
            if line.poll(self._patience_s):
                return line.recv_bytes(1) == _READ
        self.close()  # the next document gets a fresh parent
        return False

    def close(self) -> None:
        """End the parent of the children; it is started again where it is needed."""
        with self._lock:
            parent, self._parent = self._parent, None
        if parent is not None:
            process, line = parent
            line.close()
            process.kill()
            process.wait()

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection]:
        ours, theirs = Pipe()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-I", "-c", START, *sys.path, "--", __name__, str(number), *self._words]
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[number], env={},
            )
        return process, ours


def main() -> None:
    """Make a child for each document that comes along the line whose number is the first argument."""
    number, module, cpu_s, longest_s, memory = sys.argv[1:]
    read = import_module(module).read
    with Connection(int(number)) as line, suppress(EOFError, ConnectionError):
        while True:
            data = line.recv_bytes()
            child = os.fork()
            if not child:
                line.close()
                _read_and_end(read, data, int(cpu_s), float(longest_s), int(memory))
            line.send_bytes(_NOT_READ if os.waitpid(child, 0)[1] else _READ)


def _read_and_end(read: object, data: bytes, cpu_s: int, longest_s: float, memory: int) -> NoReturn:
    """Read within the bounds; whatever goes wrong ends here, and only the way it ended is told."""
    status = 1
    try:
        bounded(cpu_s, memory)
        signal.setitimer(signal.ITIMER_REAL, longest_s)
        if callable(read):
            read(data)
            status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
