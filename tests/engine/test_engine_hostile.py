"""Nothing written into a diagram, a fact or an id ever reaches Python, the disk or the network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nrm import engine
from nrm.engine.scripting import RefusingScriptEngine, ScriptRefused
from nrm.vocabulary.errors import BundleRejected, NrmError
from tests.support.diagrams import Diagram
from tests.support.runs import NOW, Driven

WATCHED = ("exec", "compile", "import", "open", "os.", "subprocess.", "socket.", "code.__new__", "marshal.")
_seen: list[str] | None = None


def _audit(event: str, args: tuple) -> None:
    if _seen is not None and event.startswith(WATCHED):
        _seen.append(f"{event} {args!r:.80}")


sys.addaudithook(_audit)


@contextmanager
def nothing_runs() -> Iterator[None]:
    """Python is asked to execute, import or open nothing meanwhile."""
    global _seen  # noqa: PLW0603
    Driven(_conditional("true"))  # whatever is imported late is imported now
    _seen = seen = []
    try:
        yield
    finally:
        _seen = None
    assert seen == []


def _conditional(text: str) -> Diagram:
    d = Diagram()
    d.path(d.start(), d.exclusive("which", default="f_which_no"))
    d.flow("which", d.end("yes", "yes"), text)
    d.flow("which", d.end("no", "no"))
    return d


HOSTILE = [
    "__import__('os').system('true')", '__import__("os").system("true")', "open('/etc/passwd').read() = ''",
    "().__class__.__bases__[0].__subclasses__()", "[x for x in (1).__class__.__mro__]", "exec('1')",
    'eval("1")', "lambda: 1", "risk_level.__class__", "{}.__class__", "globals()", "print(1)", "import os",
    "1; import os",
    "function(x) external {java: {class: \"java.lang.Runtime\"}}", "for i in 1..999999999 return i",
    "risk_level", "\x00", "=" * 50, "(" * 500 + ")" * 500, "9" * 5000 + " > 1", "true and " * 2000 + "true",
    '"' + "a" * 100_000 + '" = "b"', "not(" * 300 + "true" + ")" * 300, "#{risk_level}",
    "${risk_level}", "<%= 1 %>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:24].replace("\x00", "NUL"))
def test_a_hostile_condition_is_refused_or_stops_the_run(text: str) -> None:
    """defect:D18, engine-notes 1.3: stock evaluates conditions as Python."""
    with nothing_runs():
        try:
            run = Driven(_conditional(text), {"risk_level": "high"})
        except NrmError:
            return
    assert run.outcome in (None, "yes", "no")
    assert (run.outcome is None) is bool(run.incidents)


@pytest.mark.parametrize("value", [
    "__import__('os').system('true')", {"typename": "Task"}, ["x"], object(), "x" * 100_000, float("nan"),
    b"x",
])
def test_a_hostile_fact_cannot_choose_a_path(value: object) -> None:
    with nothing_runs():
        run = Driven(_conditional('risk_level = "high"'), {"risk_level": value})
    assert run.outcome in (None, "no")


def test_hostile_ids_and_items_are_only_names() -> None:
    d = Diagram()
    d.path(d.start(), d.task("ask", each="members"), d.end())
    items = {"members": ["__import__('os')", "'; drop table run; --", "\u202e", ""]}
    with nothing_runs():
        run = Driven(d, run_id="../../etc", items=items)
        for wait in run.waits:
            run.complete("ask", wait.item)
    assert run.outcome == ""


def test_spiffworkflows_script_engine_refuses_everything() -> None:
    refusing = RefusingScriptEngine()
    for ask in (
        lambda: refusing.evaluate(None, "1"), lambda: refusing.execute(None, "1"),
        lambda: refusing.call_service(None, operation_name="x"), lambda: refusing.validate("1"),
        lambda: refusing.environment.evaluate("1", {}), lambda: refusing.environment.execute("1", {}),
        lambda: refusing.environment.call_service({}),
    ):
        with nothing_runs(), pytest.raises(ScriptRefused):
            ask()


def event(name: str, inner: str = "") -> str:
    return f"<bpmn:{name}EventDefinition>{inner}</bpmn:{name}EventDefinition>"


def repeated(name: str, inner: str) -> str:
    return f"<bpmn:{name}LoopCharacteristics>{inner}</bpmn:{name}LoopCharacteristics>"


PRE_SCRIPT = (
    '<bpmn:extensionElements xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">'
    "<s:preScript>import os</s:preScript></bpmn:extensionElements>"
)


@pytest.mark.parametrize(("tag", "inner"), [
    ("scriptTask", "<bpmn:script>import os</bpmn:script>"),
    ("userTask", repeated("standard", "<bpmn:loopCondition>1</bpmn:loopCondition>")),
    ("userTask", repeated("multiInstance", "<bpmn:loopCardinality>3</bpmn:loopCardinality>")),
    ("userTask", PRE_SCRIPT),
    ("intermediateCatchEvent", event("timer", "<bpmn:timeDuration>P1D</bpmn:timeDuration>")),
    ("intermediateCatchEvent", event("timer", "<bpmn:timeCycle>R3/P1D</bpmn:timeCycle>")),
    ("intermediateCatchEvent", event("conditional", "<bpmn:condition>1</bpmn:condition>")),
    ("intermediateCatchEvent", event("signal")), ("intermediateThrowEvent", event("link")),
    ("intermediateThrowEvent", event("compensate")), ("endEvent", event("error")),
    ("adHocSubProcess", ""), ("transaction", ""), ("complexGateway", ""), ("manualTask", ""), ("task", ""),
], ids=lambda text: text[:40])
def test_what_the_design_does_not_allow_is_refused_at_load(tag: str, inner: str) -> None:
    """defect:D7, defect:D8, defect:D9, defect:D13, defect:D14: conditional events, ad-hoc, timers, loops."""
    d = Diagram()
    d.path(d.start(), d.add(tag, "odd", inner), d.end())
    with nothing_runs(), pytest.raises(BundleRejected, match="odd"):
        engine.load(d.bundle())


CORRELATION = (
    '<bpmn:correlationProperty id="odd"><bpmn:correlationPropertyRetrievalExpression messageRef="m">'
    "<bpmn:messagePath>__import__('os')</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
    "</bpmn:correlationProperty>"
)


@pytest.mark.parametrize("defined", [
    CORRELATION, '<bpmn:signal id="odd"/>', '<bpmn:error id="odd"/>', '<bpmn:escalation id="odd"/>',
    '<bpmn:dataStore id="odd" name="x"/>',
], ids=lambda text: text[6:24])
def test_definitions_beside_the_process_are_refused_too(defined: str) -> None:
    d = _conditional("true")
    xml = d.xml().replace(b"<bpmn:process ", defined.encode() + b"<bpmn:process ", 1)
    with nothing_runs(), pytest.raises(BundleRejected, match="odd"):
        engine.load(d.bundle().with_files({"sample.bpmn": xml}))


def test_now_must_be_aware() -> None:
    program = engine.load(_conditional("true").bundle())
    with pytest.raises(ValueError, match="aware"):
        engine.start(program, run_id="r", facts={}, now=NOW.replace(tzinfo=None))
