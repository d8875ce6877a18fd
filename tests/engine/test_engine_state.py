"""Stored state: stamped, refused when it does not fit, small, and free of everything but control flow."""

from __future__ import annotations

import zlib

import orjson
import pytest

from nrm import engine
from nrm.engine import state as states
from nrm.vocabulary.errors import StateRefused
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven


def waiting(process_id: str = "sample") -> Driven:
    d = Diagram(process_id)
    inner = Diagram("inside")
    inner.path(inner.start("in_start"), inner.task("deep"), inner.end("in_end"))
    d.path(d.start(), d.parallel("split"), d.task("work"), d.parallel("join"), d.end())
    d.path("split", d.sub(inner), "join")
    return Driven(d, {"risk_level": "SECRETFACT", "typename": "x"})


def content(state: bytes) -> dict:
    return orjson.loads(zlib.decompress(state[len(states._MAGIC):]))


def packed(**changed: object) -> bytes:
    return states._MAGIC + zlib.compress(orjson.dumps({**content(waiting().state), **changed}))


@pytest.mark.parametrize("state", [
    b"", b"{}", b"NRMRUN2\n" + b"x" * 40, states._MAGIC, states._MAGIC + b"junk",
    states._MAGIC + zlib.compress(b"[]"), states._MAGIC + zlib.compress(b"{"),
    packed(format=2), packed(format=None), packed(spiff="3.3.0"),
    packed(program="0" * 64), packed(act="1"), packed(run=None), packed(tasks=[]), packed(tasks=None),
    packed(tasks=[["id"]]), packed(tasks=[["id", "nobody", 64, -1, None, {}]]),
    packed(tasks=[["id", "start", 7, -1, None, {}]]), packed(tasks=[["id", "start", 64, 5, None, {}]]),
    packed(inner=[["nobody", []]]), packed(over="perhaps"), packed(outcome=1),
], ids=lambda state: str(state[:12]) + str(len(state)))
def test_state_that_does_not_fit_is_refused(state: bytes) -> None:
    """defect:D10 stock accepts an unknown version in silence, and its own migration raises NameError."""
    run = waiting()
    with pytest.raises(StateRefused):
        engine.open_waits(run.program, state)


def test_one_altered_byte_is_refused() -> None:
    run = waiting()
    for at in range(0, len(run.state), 7):
        altered = bytearray(run.state)
        altered[at] ^= 0x5A
        with pytest.raises(StateRefused):
            engine.open_waits(run.program, bytes(altered))


def test_state_of_another_bundle_or_another_run_is_refused() -> None:
    """defect:D2 stock loads a task whose step is gone, and the case cannot be read again."""
    run, other = waiting(), waiting("other")
    with pytest.raises(StateRefused, match="another bundle"):
        engine.open_waits(other.program, run.state)
    with pytest.raises(StateRefused, match="another run"):
        engine.cancel(run.program, run.state, run_id="run-2", now=NOW, act_no=1)


def test_no_fact_no_diagram_and_no_time_is_in_it() -> None:
    """defect:D11, defect:D12 a field called typename or a date cannot break what never goes in."""
    plain = zlib.decompress(waiting().state[len(states._MAGIC):])
    for absent in (b"SECRETFACT", b"typename", b"form_work", b"2026", b"bpmn", b"T01"):
        assert absent not in plain


def test_only_what_is_open_is_in_it() -> None:
    run = waiting()
    names = [row[1] for row in content(run.state)["tasks"]]
    assert names == ["start", "work", "inside"]
    run.complete("work")
    assert [row[1] for row in content(run.state)["tasks"]] == ["start", "inside", "join"]
    run.complete("deep")
    assert [row[1] for row in content(run.state)["tasks"]] == ["start"]


def test_reading_the_waits_changes_nothing() -> None:
    run = waiting()
    before = run.state
    assert run.waits == run.waits
    assert run.state == before


def test_a_huge_state_is_not_unpacked() -> None:
    bomb = states._MAGIC + zlib.compress(b" " * 40_000_000)
    with pytest.raises(StateRefused):
        engine.open_waits(waiting().program, bomb)
