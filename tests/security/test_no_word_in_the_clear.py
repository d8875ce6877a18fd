"""goal:S12: canaries in every personal field through the whole life of a case are found nowhere in the clear.

goal:S16: meanwhile nothing is connected to but the database.
"""

from __future__ import annotations

import base64
import gzip
import logging
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request

from nrm.entrypoints.wsgi import make_app
from tests.security.canaries import MARK, needles, seen_in
from tests.security.full_life import Life
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.postgres import Server

WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda word: word,
    "UTF-16": lambda word: word.decode().encode("utf-16-le"),
    "UTF-16 big end first": lambda word: word.decode().encode("utf-16-be"),
    "hex": lambda word: word.hex().encode(),
    "base64": base64.b64encode,
    "base64 behind one byte": lambda word: base64.b64encode(b"x" + word),
    "base64 behind two bytes": lambda word: base64.b64encode(b"xy" + word),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "base64 in gzip": lambda word: gzip.compress(base64.b64encode(b"abcd" + word)),
}
_reached: list[list[str]] = []
OUTSIDE = ("subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect", "socket.getaddrinfo", "socket.sendto")


def _note(event: str, args: tuple[object, ...]) -> None:
    if _reached and event.startswith(OUTSIDE):
        _reached[-1].append(f"{event} {args!r}")


sys.addaudithook(_note)


@pytest.mark.parametrize("writing", WRITINGS)
def test_the_search_finds_a_canary_however_it_is_written(writing: str) -> None:
    told = b"\0before" + WRITINGS[writing](f"x{MARK}17 and more words".encode()) + b"after"
    assert list(seen_in(told))


def test_needles_are_long_enough_to_mean_something() -> None:
    assert min(map(len, needles().values())) >= 11


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that any logger says, down to the last detail."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy", "werkzeug", "nrm", "flask"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def crashing(app: Flask) -> Flask:
    """With an address whose view fails with what was typed in its hands."""

    @app.post("/crash")
    def crash() -> str:
        raise RuntimeError(f"unforeseen: {request.form['text']}")

    return app


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.name, path.read_bytes()


def test_no_canary_is_found_in_the_clear(
    any_drive: Drive, told: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, reached: Reached,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    opened: list[str] = []
    _reached.append(opened)
    life = Life(any_drive, crashing(make_app(any_drive.system)))
    try:
        life.live()
    finally:
        _reached.pop()
    out, err = capfd.readouterr()
    places: dict[str, bytes] = {
        **life.left, "log": told.text.encode(), "output": out.encode(), "errors": err.encode(),
        "programs started": repr(opened).encode(),
        "log records": repr([(one.msg, one.args, one.exc_text) for one in told.records]).encode(),
        **{f"installation/{name}": data for name, data in files_of(any_drive.installation.settings.dir)},
        **{f"temporary/{name}": data for name, data in files_of(temporary)},
    }
    if "postgres" in request.node.name:
        server: Server = request.getfixturevalue("postgres_server")
        with any_drive.system.database.engine.connect() as connection:
            connection.exec_driver_sql("CHECKPOINT")
        places |= {f"postgres/{number}/{name}": data for number, (name, data) in enumerate(files_of(server.home))}
    found = [(place, writing) for place, data in places.items() for writing in seen_in(data)]
    assert found == []
    assert [one for one in opened if one.startswith("socket.")] == [], "the database is reached by its own library"
    assert len(life.birds.places) >= 50
    assert any(name.endswith(("nrm.db", "nrm.db-wal")) or name.startswith("postgres/") for name in places)
    searched = sum(map(len, places.values()))
    laid = f"{len(life.birds.places)} canaries in {len(set(life.birds.places))} places, {len(life.done)} tasks"
    reached("S12", f"{laid}; {len(places)} files and streams, {searched:,} bytes searched: 0 found")


TELLS_AN_ERROR = """
import logging, sys, threading
from nrm.entrypoints.logs import keep_words_out
keep_words_out()
word = sys.stdin.read()
def fail():
    try:
        int(word)
    except ValueError as cause:
        raise RuntimeError(word) from cause
try:
    fail()
except RuntimeError:
    logging.getLogger("anybody").exception("it failed")
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""


def test_a_process_that_fails_says_where_and_of_what_kind_but_not_what() -> None:
    command = [sys.executable, "-c", TELLS_AN_ERROR]
    done = subprocess.run(command, input=MARK, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert MARK not in done.stdout + done.stderr
    assert done.stderr.count("RuntimeError") == 3
    assert "because of ValueError" in done.stderr
    assert "in fail" in done.stderr
