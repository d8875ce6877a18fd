"""Reading what strangers wrote in a process of its own: it is ended when it takes too long, and dies alone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

LONGEST_S = 20
"""Seconds, by the wall and by the processor."""
LARGEST_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
REFUSED = 3
"""How a program aside ends that says why in one word."""


class Refused(Exception):
    """What was to be read was not; ``reason`` is one word, ``too_much`` where the process was ended or died."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run_aside(module: str, data: bytes, *words: str, longest_s: float = LONGEST_S) -> bytes:
    """Run a module of ours on bytes and return what it writes. Raises Refused.

    The module gets the bytes on standard input and the words as arguments; it calls ``bounded`` first. Nothing of the
    environment is handed on: neither settings nor passwords are there to be found.
    """
    command = [sys.executable, "-I", "-c", START, *sys.path, "--", module, *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=data, capture_output=True, timeout=longest_s, check=False, env={},
        )
    except subprocess.TimeoutExpired:
        raise Refused("too_much") from None
    if done.returncode == REFUSED:
        raise Refused(done.stderr.decode("ascii", "replace").strip())
    if done.returncode:
        raise Refused("too_much")
    return done.stdout


START = """
import runpy, sys
cut = sys.argv.index("--")
sys.path[:] = sys.argv[1:cut]
sys.argv[:] = sys.argv[cut + 1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=False)
"""
"""Runs a module of ours: what stands before ``--`` is where to look for it, what stands behind are its arguments."""


def bounded(seconds: int = LONGEST_S, memory: int = LARGEST_MEMORY) -> None:
    """Bound this process: processor seconds, bytes of memory, no file to be written, no child."""
    import resource

    for what, most in (
        (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # bounded more tightly from outside
            resource.setrlimit(what, (most, most))
