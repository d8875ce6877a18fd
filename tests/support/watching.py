"""Watches what Python does on behalf of untrusted text: an audit hook that records forbidden events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

FORBIDDEN = ("exec", "compile", "open", "import", "os.system", "subprocess.Popen", "socket.")
_watched: list[list[str]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _watched and event.startswith(FORBIDDEN):
        _watched[-1].append(f"{event} {args!r:.120}")


sys.addaudithook(_hook)


@contextmanager
def nothing_reached() -> Iterator[list[str]]:
    """Inside, nothing is compiled, run, opened or imported; else it fails at the end."""
    seen: list[str] = []
    _watched.append(seen)
    try:
        yield seen
    finally:
        _watched.pop()
    assert not seen, f"reached: {seen[:5]}"
