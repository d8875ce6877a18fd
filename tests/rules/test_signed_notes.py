"""Signed notes: what is written is read again as it was, and anything that is not exactly such a note is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.notes import Checkpoint, NoteUnreadable, PublicKey, read_note, read_notes, read_public_key, signed_note

AT = datetime(2026, 3, 6, 14, 10, tzinfo=UTC)
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = PublicKey("nrm/velmara", SIGNER.public_key().public_bytes_raw())
POINT = Checkpoint("nrm/velmara", 3, bytes(32), AT)


def note(point: Checkpoint = POINT) -> str:
    """A note as it is kept."""
    return signed_note(point, KEY, SIGNER.sign(point.text().encode()))


def test_a_note_is_the_text_that_the_format_says() -> None:
    lines = note().split("\n")
    assert lines[:5] == [
        "nrm/velmara", "3", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "time 2026-03-06T14:10:00.000000Z", "",
    ]
    dash, name, encoded = lines[5].split(" ")
    raw = base64.b64decode(encoded)
    assert (dash, name, raw[:4], len(raw)) == ("\u2014", "nrm/velmara", KEY.key_id, 68)
    assert lines[6:] == [""]


def test_the_key_id_of_a_known_key() -> None:
    """The example of the Go module golang.org/x/mod/sumdb/note: name, key and id as its documentation prints them."""
    known = PublicKey("PeterNeumann", base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:])
    assert str(known) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32), st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(size: int, root: bytes, at: datetime) -> None:
    at = at.replace(year=max(1000, at.year))
    point = Checkpoint("nrm/velmara", size, root, at)
    read = read_note(note(point))
    assert (read.checkpoint, read.text) == (point, point.text())
    [signature] = read.signatures
    SIGNER.public_key().verify(signature.value, read.text.encode())


def test_a_time_is_written_in_utc() -> None:
    east = AT.astimezone(timezone(timedelta(hours=5)))
    assert Checkpoint("nrm/velmara", 3, bytes(32), east).text() == POINT.text()


@given(st.data())
def test_a_note_with_one_sign_changed_is_refused_or_says_something_else(data: st.DataObject) -> None:
    whole = note()
    place = data.draw(st.integers(0, len(whole) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda one: one != whole[place]))
    try:
        read = read_note(whole[:place] + sign + whole[place + 1 :])
    except NoteUnreadable:
        return
    assert (read.text, read.signatures) != (read_note(whole).text, read_note(whole).signatures)


@pytest.mark.parametrize(("change", "says"), [
    (lambda text: "", "no signature"),
    (lambda text: text.replace("\n\n", "\n"), "no signature"),
    (lambda text: text.rstrip("\n"), "no signature"),
    (lambda text: text.replace("\n3\n", "\n03\n"), "size"),
    (lambda text: text.replace("\n3\n", "\n-3\n"), "size"),
    (lambda text: text.replace("nrm/velmara\n3", "else/where\n3"), "origin"),
    (lambda text: text.replace("time ", "at "), "time"),
    (lambda text: text.replace("2026-03-06", "2026-02-30"), "no such time"),
    (lambda text: text.replace("AAAA=", "AAAB="), "two ways"),
    (lambda text: text.replace("AAAAAAAA=", "AAAA="), "32 bytes"),
    (lambda text: text.replace("\n\n", "\nmore\n\n"), "four lines"),
    (lambda text: text.replace("\u2014", "-"), "signature line"),
    (lambda text: text + "x" * 5_000, "too long"),
])
def test_what_is_not_such_a_note_is_refused(change: object, says: str) -> None:
    assert callable(change)
    with pytest.raises(NoteUnreadable, match=says):
        read_note(change(note()))


def test_a_file_of_notes() -> None:
    later = Checkpoint("nrm/velmara", 9, bytes(32), AT + timedelta(hours=1))
    found = read_notes(f"{note()}---\n{note(later)}")
    assert [one.checkpoint.size for one in found] == [3, 9]
    assert read_notes(note().replace("\n", "\r\n"))[0].checkpoint == POINT, "as a mail program may save it"
    assert read_notes("") == ()


def test_public_keys_are_read_as_they_are_written() -> None:
    assert read_public_key(f" {KEY}\n") == KEY


@pytest.mark.parametrize("text", [
    "", "nrm/velmara", str(KEY)[:-4], str(KEY).replace("velmara", "elsewhere"), str(KEY).replace("nrm/", "not/"),
])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteUnreadable):
        read_public_key(text)
