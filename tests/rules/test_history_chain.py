"""The history chain: format 1 is fixed, and every alteration is found and named (goal:A1, goal:A2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from nrm.rules.chain import Entry, Fault, Head, canonical, commit, follow, genesis, opens, verify_chain

CHAIN = "case:NV-2026-0001"
AT = datetime(2026, 3, 6, 14, 10, tzinfo=UTC)
Stored = list[tuple[Entry, str]]


def build(count: int, chain: str = CHAIN, act: str = "task.complete") -> Stored:
    """A whole chain of that many entries."""
    stored: Stored = []
    head: Head | None = None
    for n in range(count):
        entry = Entry(
            0,
            AT + timedelta(minutes=n),
            "u1",
            "sa_norvale",
            act,
            f"task:{n}",
            "ok",
            "task:task.complete",
            None,
            commit({"n": n}, bytes(16)),
            "",
        )
        entry = follow(chain, head, entry)
        head = Head(entry.seq, entry.digest())
        stored.append((entry, head.digest))
    return stored


def test_the_format_is_fixed() -> None:
    """Changing this means a new version number, never a changed version 1."""
    entry, digest = build(1)[0]
    assert entry.canonical() == (
        b'{"act":"task.complete","actor":"u1","agency":"sa_norvale","at":"2026-03-06T14:10:00.000000Z",'
        b'"bundle":null,"commitment":"'
        + (entry.commitment or "").encode()
        + b'","link":"'
        + genesis(CHAIN).encode()
        + b'","object":"task:0","outcome":"ok","rule":"task:task.complete",'
        b'"seq":1,"version":1}'
    )
    assert digest == "b508dd7ed4c43c21bfdba041542eab40741053d0a57a81b34d5a6650623ad14e"


def test_the_same_instant_in_another_zone_is_the_same_entry() -> None:
    entry = build(1)[0][0]
    east = replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=7))))
    assert east.digest() == entry.digest()


def test_a_whole_chain_verifies() -> None:
    result = verify_chain(CHAIN, build(50))
    assert (result.ok, result.count, result.sentence) == (True, 50, "All 50 entries are whole and in order.")
    assert verify_chain(CHAIN, []).ok


def edited(s: Stored) -> Stored:
    return [*s[:4], (replace(s[4][0], outcome="denied"), s[4][1]), *s[5:]]


def edited_with_new_digest(s: Stored) -> Stored:
    entry = replace(s[4][0], outcome="denied")
    return [*s[:4], (entry, entry.digest()), *s[5:]]


def deleted(s: Stored) -> Stored:
    return s[:4] + s[5:]


def swapped(s: Stored) -> Stored:
    return [*s[:4], s[5], s[4], *s[6:]]


def doubled(s: Stored) -> Stored:
    return [*s[:5], s[4], *s[5:]]


def cut(s: Stored) -> Stored:
    return s[:8]


def rewritten(s: Stored) -> Stored:
    return build(10, act="task.return")


def other_version(s: Stored) -> Stored:
    return [*s[:4], (replace(s[4][0], version=2), s[4][1]), *s[5:]]


def commitment_changed(s: Stored) -> Stored:
    return [*s[:4], (replace(s[4][0], commitment=commit({"n": 99}, bytes(16))), s[4][1]), *s[5:]]


@pytest.mark.parametrize(
    ("alter", "seq", "fault"),
    [
        (edited, 5, Fault.EDIT),
        (commitment_changed, 5, Fault.EDIT),
        (edited_with_new_digest, 6, Fault.LINK),
        (deleted, 5, Fault.GAP),
        (swapped, 5, Fault.GAP),
        (doubled, 5, Fault.REORDER),
        (cut, 9, Fault.TRUNCATION),
        (rewritten, 10, Fault.REWRITE),
        (other_version, 5, Fault.UNKNOWN_VERSION),
        (lambda s: [], 1, Fault.TRUNCATION),
    ],
)
def test_every_alteration_is_named(alter: Callable[[Stored], Stored], seq: int, fault: Fault) -> None:
    whole = build(10)
    known = Head(10, whole[-1][1])
    result = verify_chain(CHAIN, alter(whole), known)
    assert (result.bad_seq, result.fault) == (seq, fault)
    assert str(seq) in result.sentence


def test_a_chain_cannot_be_passed_off_as_another_case() -> None:
    assert verify_chain("case:NV-2026-0002", build(3)).fault is Fault.LINK


def test_a_commitment_opens_only_with_its_payload_and_salt() -> None:
    salt = bytes(range(16))
    made = commit({"reason": "ți-e"}, salt)
    assert opens(made, {"reason": "ți-e"}, salt)
    assert not opens(made, {"reason": "other"}, salt)
    assert not opens(made, {"reason": "ți-e"}, bytes(16))
    with pytest.raises(ValueError, match="16 random bytes"):
        commit({}, b"short")


def test_canonical_json_refuses_what_json_cannot_hold() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
    with pytest.raises(TypeError):
        canonical({"at": AT})
