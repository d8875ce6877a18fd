"""Checkpoints go to places outside: each newest one at least once, whatever fails, and casework never waits for it.

goal:A5: anchors under different control; the loss of one blocks nothing.
goal:S16: the process speaks to the places that the settings name, and to no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.anchoring import give_to_anchors
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.working import Rounds
from nrm.deployment.settings import Sink
from nrm.notices.anchor_places import NotAnchored, give_to_file, give_to_server
from nrm.records.tables.tree import AnchorReceipt, AnchorState
from nrm.rules.notes import read_notes
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.post_office import PostOffice
from tests.support.signing import sign_with_new_key


@dataclass
class Keeper:
    """A web server of an auditor: takes notes, or does something else with them."""

    does: Callable[[BaseHTTPRequestHandler], None] | None = None
    notes: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it takes notes."""
        return f"http://127.0.0.1:{self.port}/checkpoints"


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """A server on this machine."""
    kept = Keeper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            note = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if kept.does is not None:
                kept.does(self)
                return
            kept.notes.append(note)
            answer(self, 200, b"kept")

        def do_GET(self) -> None:
            kept.notes.append("a redirect was followed")
            answer(self, 200, b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """Answer a request."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def states(drive: Drive) -> dict[str, Any]:
    """How it stands with each place."""
    return {row.place: row for row in drive.rows(select(AnchorState))}


def receipts(drive: Drive) -> list[tuple[int, dict[str, object]]]:
    """What places have said, in the order of the checkpoints."""
    rows = drive.rows(select(AnchorReceipt).order_by(AnchorReceipt.checkpoint_id, AnchorReceipt.place))
    return [(row.checkpoint_id, row.receipt) for row in rows]


def checkpoint(drive: Drive) -> str:
    """Something happens and is signed."""
    drive.open_case()
    note: str = take_checkpoint(drive.system).note
    return note


def test_a_server_gets_each_checkpoint_once_and_its_answer_is_kept(any_drive: Drive, keeper: Keeper) -> None:
    drive = any_drive
    sign_with_new_key(drive.system, keeper.url)
    assert give_to_anchors(drive.system) == (0, 0), "there is nothing to give yet"
    first = checkpoint(drive)
    assert [give_to_anchors(drive.system) for _ in range(3)] == [(1, 0), (0, 0), (0, 0)]
    second = checkpoint(drive)
    assert give_to_anchors(drive.system) == (1, 0)
    assert keeper.notes == [first, second]
    digest = hashlib.sha256(b"kept").hexdigest()
    assert receipts(drive) == [(1, {"status": 200, "sha256": digest}), (2, {"status": 200, "sha256": digest})]
    state = states(drive)[keeper.url]
    assert (state.checkpoint_id, state.confirmed_at, state.error) == (2, drive.clock.now(), None)


def test_a_file_gets_each_checkpoint_and_can_be_read_as_a_whole(any_drive: Drive) -> None:
    drive = any_drive
    keys = sign_with_new_key(drive.system, "file:kept/notes.txt")
    path = drive.system.settings.dir / "kept" / "notes.txt"
    path.parent.mkdir()
    given = []
    for _ in range(3):
        given.append(checkpoint(drive))
        assert give_to_anchors(drive.system) == (1, 0)
    found = read_notes(path.read_text(encoding="utf-8"))
    assert [one.checkpoint for one in found] == [keys.open(note) for note in given]


def test_a_mailbox_gets_one_an_hour_and_it_can_be_saved_as_it_is(any_drive: Drive) -> None:
    drive = any_drive
    with PostOffice() as office:
        keys = sign_with_new_key(drive.system, "mail:rapporteur@auditors.example")
        drive.system.settings = replace(drive.system.settings, outbox=Sink.SMTP, smtp=office.smtp())
        for _ in range(121):
            checkpoint(drive) if drive.clock.now().minute % 20 == 0 else None
            give_to_anchors(drive.system)
            drive.clock.advance(timedelta(minutes=1))
    assert [letter.to for letter in office.letters] == ["rapporteur@auditors.example"] * 3
    for letter in office.letters:
        [note] = read_notes(letter.message.get_content())
        keys.require(note)
        assert str(note.checkpoint.size) in letter.message["Subject"]
    assert len({letter.message_id for letter in office.letters}) == 3


# -- what can go wrong ------------------------------------------------------------------------------


def refuses(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 503, b"later")


def redirects(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 302, b"", Location="/elsewhere")


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def talks_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(("does", "error"), [
    (refuses, "refused 503"), (redirects, "refused 302"), (hangs_up, "no answer"), (talks_nonsense, "no answer"),
])
def test_a_server_that_does_not_take_it_is_asked_again(
    drive: Drive, keeper: Keeper, does: Callable[[BaseHTTPRequestHandler], None], error: str
) -> None:
    sign_with_new_key(drive.system, keeper.url)
    note = checkpoint(drive)
    keeper.does = does
    assert give_to_anchors(drive.system) == (0, 1)
    assert give_to_anchors(drive.system) == (0, 0), "not at once"
    state = states(drive)[keeper.url]
    assert (state.error, state.confirmed_at, receipts(drive)) == (error, None, [])
    keeper.does = None
    drive.clock.advance(timedelta(minutes=1))
    assert give_to_anchors(drive.system) == (1, 0)
    assert keeper.notes == [note], "no redirect was followed"
    assert states(drive)[keeper.url].error is None


@pytest.mark.parametrize("bytes_first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_never_ends_is_hung_up_on(keeper: Keeper, bytes_first: bytes) -> None:
    ended = Event()

    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(bytes_first)
        ended.wait(20)
        handler.close_connection = True

    keeper.does = drips
    try:
        with pytest.raises(NotAnchored, match="no answer"):
            give_to_server(keeper.url, "note", answer_s=10, whole_s=0.3)
        with pytest.raises(NotAnchored, match="no answer"):
            give_to_server(keeper.url, "note", answer_s=0.3, whole_s=10)
    finally:
        ended.set()


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(keeper: Keeper) -> None:
    with pytest.raises(NotAnchored):
        give_to_server(keeper.url.replace("http:", "https:"), "note")
    assert keeper.notes == []


def test_an_anchor_that_is_away_for_hours_stops_nothing_and_gets_the_newest_when_it_is_back(
    any_drive: Drive, keeper: Keeper, reached: Reached
) -> None:
    drive = any_drive
    sign_with_new_key(drive.system, keeper.url, "file:notes.txt")
    keeper.does = refuses
    tries = 0
    for _ in range(36):
        case_id = drive.open_case()
        Rounds(drive.system).tick()
        assert drive.case(case_id) is not None
        tries = max(tries, states(drive)[keeper.url].tries)
        drive.clock.advance(timedelta(minutes=5))
    assert 6 <= tries <= 12, "it is asked less often the longer it is away, every half hour at the last"
    newest = read_notes((drive.system.settings.dir / "notes.txt").read_text(encoding="utf-8"))[-1]
    keeper.does = None
    drive.clock.advance(timedelta(minutes=30))
    give_to_anchors(drive.system)
    assert read_notes(keeper.notes[0])[0].checkpoint == newest.checkpoint
    reached("A5", f"{drive.system.database.dialect}: 36 cases opened while an anchor was away, {tries} tries of it")


def test_who_dies_while_giving_gives_again(drive: Drive, keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_with_new_key(drive.system, keeper.url)
    note = checkpoint(drive)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("nrm.commands.anchoring.was_given", dies)
        with pytest.raises(KeyboardInterrupt):
            give_to_anchors(drive.system)
    assert receipts(drive) == []
    drive.clock.advance(timedelta(minutes=2))
    assert give_to_anchors(drive.system) == (1, 0)
    assert keeper.notes == [note, note], "twice is no harm: it is the same note"


# -- a file that knows better -----------------------------------------------------------------------


def set_back(drive: Drive, path: Path) -> str:
    """The file has a later note than the installation, which was restored from a backup."""
    early = checkpoint(drive)
    give_to_file(path, checkpoint(drive))
    return early


def forked(drive: Drive, path: Path) -> str:
    """The file has a note of as many entries, which were other ones."""
    note = checkpoint(drive)
    root = note.split("\n")[2]
    path.write_text(note.replace(root, "A" * 43 + "="), encoding="utf-8")
    return note


@pytest.mark.parametrize(("arrange", "error"), [
    (set_back, "holds another history"), (forked, "holds another history"),
    (lambda drive, path: path.write_text("a diary") and checkpoint(drive), "holds something else"),
    (lambda drive, path: path.mkdir() or checkpoint(drive), "file not written"),
])
def test_a_file_that_does_not_fit_is_not_written_to(
    drive: Drive, tmp_path: Path, arrange: Callable[[Drive, Path], str], error: str
) -> None:
    sign_with_new_key(drive.system)
    path = tmp_path / "kept"
    note = arrange(drive, path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(NotAnchored, match=error):
        give_to_file(path, note)
    assert (path.read_bytes() if path.is_file() else b"") == before
