"""Letters that go nowhere: shown on a terminal, or kept in a file that only its owner reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from nrm.notices.channels import NotDelivered, to_console, to_file
from nrm.notices.letters import Letter

LETTER = Letter("ana@velmara.example", "Caseway: هناك ما ينتظركم", "body", "one-id", datetime(2026, 3, 2, tzinfo=UTC))


def test_a_file_keeps_every_letter_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    for _ in range(2):
        to_file(path)(LETTER)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["subject"] for line in lines] == [LETTER.subject] * 2
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(NotDelivered) as caught:
        to_file(tmp_path / "nowhere" / "outbox.jsonl")(LETTER)
    assert (caught.value.kind, caught.value.nobody_there) == ("file not written", True)


def test_the_console_shows_the_subject_only() -> None:
    stream = StringIO()
    to_console(stream)(LETTER)
    assert stream.getvalue() == f"mail to {LETTER.to}: {LETTER.subject}\n"
