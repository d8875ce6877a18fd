"""goal:S16: whatever a test runs, the process connects to this machine alone; the run counts to where and how often.

The interpreter tells of each connection before it is made. One to elsewhere is refused there, and its test fails.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

import pytest

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_COUNT = "connections"
_elsewhere: list[str] = []
_made = [0]


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _CONNECTING or arguments[-1] is None:
        return
    _made[0] += 1
    if not _is_here(arguments[-1]):
        _elsewhere.append(str(arguments[-1]))
        raise PermissionError("tests connect to this machine alone")


def _is_here(address: object) -> bool:
    """Whether an address is a socket of this machine: a file, or of the loopback network."""
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(str(address[0])).is_loopback
    except ValueError:
        return address[0] == "localhost"


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _nothing_leaves() -> Iterator[None]:
    """Fail a test during which something was to be connected to elsewhere."""
    _elsewhere.clear()
    yield
    assert _elsewhere == []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a process counted to the one that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_COUNT] = _made[0]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what another process counted."""
    _made[0] += getattr(node, "workeroutput", {}).get(_COUNT, 0)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many connections there were; one to elsewhere would have failed its test."""
    terminalreporter.write_line(f"S16: {_made[0]} connections of the tests' processes, 0 to other machines")
