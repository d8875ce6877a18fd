"""Diagrams the engine cannot run exactly are refused when loaded, with the element."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nrm import engine
from nrm.vocabulary.errors import BundleRejected
from tests.support.diagrams import Diagram


def no_start(d: Diagram) -> None:
    d.path(d.task("odd"), d.end())


def two_starts(d: Diagram) -> None:
    d.path(d.start("s1"), d.task("a"), d.end())
    d.path(d.start("s2"), "a")


def fork_without_gateway(d: Diagram) -> None:
    d.path(d.start(), d.task("odd"), d.end("e1"))
    d.path("odd", d.end("e2"))


def flow_to_nowhere(d: Diagram) -> None:
    d.path(d.start(), d.task("a"))
    d.flow("a", "nobody", flow_id="odd")


def flow_into_a_boundary_event(d: Diagram) -> None:
    d.path(d.start(), d.task("a"), d.end())
    d.on_limit("late", "a", "T01", interrupting=True)
    d.flow("a2", "late", flow_id="unused")
    d.flow(d.task("b"), "late", flow_id="odd")


def flow_without_condition(d: Diagram) -> None:
    d.path(d.start(), d.exclusive("odd"))
    d.flow("odd", d.end("e1"), "is_child")
    d.flow("odd", d.end("e2"))


def condition_that_is_not_feel(d: Diagram) -> None:
    d.path(d.start(), d.exclusive("which", default="f_which_e2"))
    d.flow("which", d.end("e1"), "is_child ===", flow_id="odd")
    d.flow("which", d.end("e2"))


def boundary_on_a_gateway(d: Diagram) -> None:
    d.path(d.start(), d.exclusive("odd"), d.end())
    d.path(d.on_limit("late", "odd", "T01", interrupting=True), d.end("e2"))


def boundary_on_nothing(d: Diagram) -> None:
    d.path(d.start(), d.end())
    d.on_limit("odd", "nobody", "T01", interrupting=True)


def nested_subprocess(d: Diagram) -> None:
    deep = Diagram("odd")
    deep.path(deep.start("s2"), deep.end("e2"))
    inner = Diagram("inner")
    inner.path(inner.start("s1"), inner.sub(deep), inner.end("e1"))
    d.path(d.start(), d.sub(inner), d.end())


def repeated_subprocess(d: Diagram) -> None:
    inner = Diagram("odd")
    inner.path(inner.start("s1"), inner.end("e1"))
    inner._flows.append("<bpmn:multiInstanceLoopCharacteristics/>")
    d.path(d.start(), d.sub(inner), d.end())


def repeated_for_nothing(d: Diagram) -> None:
    d.path(d.start(), d.task("odd", each=""), d.end())


def catch_of_nothing(d: Diagram) -> None:
    d.path(d.start(), d.add("intermediateCatchEvent", "odd"), d.end())


@pytest.mark.parametrize("draw", [
    fork_without_gateway, flow_to_nowhere, flow_into_a_boundary_event, flow_without_condition,
    condition_that_is_not_feel, boundary_on_a_gateway, boundary_on_nothing, nested_subprocess,
    repeated_subprocess, repeated_for_nothing, catch_of_nothing,
], ids=lambda draw: draw.__name__)
def test_it_is_refused_and_named(draw: Callable[[Diagram], None]) -> None:
    """defect:D18 stock lets conditions that do not parse, dead ends and orphans through."""
    d = Diagram()
    draw(d)
    with pytest.raises(BundleRejected, match="odd"):
        engine.load(d.bundle())


@pytest.mark.parametrize("draw", [no_start, two_starts])
def test_there_is_exactly_one_start(draw: Callable[[Diagram], None]) -> None:
    d = Diagram()
    draw(d)
    with pytest.raises(BundleRejected, match="one start event"):
        engine.load(d.bundle())


def test_a_program_is_compiled_once_per_digest() -> None:
    def drawn(name: str) -> Diagram:
        d = Diagram()
        d.path(d.start(), d.task(name), d.end())
        return d

    assert engine.load(drawn("a").bundle()) is engine.load(drawn("a").bundle())
    assert engine.load(drawn("a").bundle()) is not engine.load(drawn("b").bundle())
    assert engine.load(drawn("a").bundle()).process.element("a") is not None
