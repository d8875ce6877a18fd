"""goal:S14: a virus scanner that the settings name is asked before a file is kept; without its word none is."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from nrm.commands.files import attach_file
from nrm.deployment.settings import Settings
from nrm.documents.scanning import require_harmless
from nrm.records.tables.record import File
from nrm.vocabulary.errors import InvalidInput, NotReady
from tests.support.driving import Drive

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner reports."""


class Scanner(socketserver.ThreadingUnixStreamServer):
    """Speaks as clamd does, and knows one pattern. ``says`` replaces its answer."""

    says: bytes = b""
    read: bytes = b""


class Answering(socketserver.StreamRequestHandler):
    """One INSTREAM request."""

    def handle(self) -> None:
        server = cast("Scanner", self.server)
        if self.rfile.read(10) != b"zINSTREAM\0":
            return
        server.read = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            server.read += self.rfile.read(length)
        found = b"stream: Eicar-Signature FOUND" if EICAR in server.read else b"stream: OK"
        self.wfile.write((server.says or found) + b"\0")


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[Scanner]:
    """A scanner behind a socket."""
    with Scanner(str(tmp_path / "clamd"), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def at(scanner: Scanner) -> Path:
    return Path(str(scanner.server_address))


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 1_000_000])
def test_every_byte_is_shown_to_it(scanner: Scanner, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    require_harmless(at(scanner), data)
    assert scanner.read == data


def test_what_it_finds_is_refused(scanner: Scanner) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_harmless(at(scanner), b"before " + EICAR)
    assert "harmful" in refused.value.fields["file"][0]


@pytest.mark.parametrize("says", [b"INSTREAM size limit exceeded. ERROR", b"stream: OK but", b"nonsense", b" "])
def test_what_it_does_not_call_harmless_is_not_kept(scanner: Scanner, says: bytes) -> None:
    scanner.says = says
    with pytest.raises(NotReady, match="does not answer"):
        require_harmless(at(scanner), b"words")


def test_without_an_answer_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        require_harmless(tmp_path / "nobody", b"words")
    require_harmless(None, EICAR)


def test_files_of_a_case(drive: Drive, scanner: Scanner, tmp_path: Path) -> None:
    case_id, actor = drive.open_case(), drive.person("COORD")

    def attach(content: bytes) -> str:
        return attach_file(drive.system, actor, case_id=case_id, category="narrative", name="words.txt",
                           media_type="text/plain", content=BytesIO(content))

    drive.system.settings = replace(drive.system.settings, clamd=at(scanner))
    kept = attach(b"Invented words")
    with pytest.raises(InvalidInput):
        attach(EICAR)
    drive.system.settings = replace(drive.system.settings, clamd=tmp_path / "nobody")
    with pytest.raises(NotReady):
        attach(b"Other invented words")
    assert [row.id for row in drive.rows(select(File.id))] == [kept]


def test_the_settings_name_it(tmp_path: Path) -> None:
    assert Settings.read(tmp_path, {}).clamd is None
    assert Settings.read(tmp_path, {"NRM_CLAMD": "/run/clamav/clamd.ctl"}).clamd == Path("/run/clamav/clamd.ctl")
