"""Who works out conditions and tables, behind one face; what is not installed is left out with a note."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Protocol

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser import BpmnDmnParser

from nrm.decisions.dmn import read_decisions
from nrm.decisions.feel import parse_expression

Facts = Mapping[str, object]
Work = Callable[[], object]


class NotAbleError(Exception):
    """A contender has no way to do this."""


class Contender(Protocol):
    """One way to work things out; each method prepares once and gives what is measured."""

    name: str

    def condition(self, text: str, facts: Facts) -> Work:
        """An expression on facts."""
        ...

    def table(self, xml: bytes, facts: Facts) -> Work:
        """A decision table on facts; the work gives its outputs by name."""
        ...


class Ours:
    """Read once, then evaluated: with reasons, what was read and what was not known."""

    name = "NRM"

    def condition(self, text: str, facts: Facts) -> Work:
        """An expression, compiled."""
        expression = parse_expression(text)
        return lambda: expression.evaluate(facts).value

    def table(self, xml: bytes, facts: Facts) -> Work:
        """A table, compiled."""
        table = read_decisions(xml)
        return lambda: table.evaluate(facts).outputs


class Spiff:
    """SpiffWorkflow's evaluator: Python's ``eval``, and its DMN engine upon it."""

    name = "SpiffWorkflow (eval)"

    def condition(self, text: str, facts: Facts) -> Work:
        """The same condition as Python writes it."""
        python = text.replace(" = ", " == ").replace("true", "True")
        task = self._task(facts)
        return lambda: task.workflow.script_engine.evaluate(task, python)

    def table(self, xml: bytes, facts: Facts) -> Work:
        """The table through its parser and engine."""
        parser = BpmnDmnParser()
        parser.add_dmn_xml(etree.fromstring(xml))
        (decision,) = parser.dmn_parsers.values()
        decision.parse()
        engine, task = DMNEngine(decision.decision.decisionTables[0]), self._task(facts)
        return lambda: engine.result(task)

    def _task(self, facts: Facts) -> Any:
        return SimpleNamespace(data=dict(facts), workflow=SimpleNamespace(script_engine=PythonScriptEngine()))


class Bkflow:
    """bkflow-feel: reads the text anew each time."""

    name = "bkflow-feel"

    def __init__(self) -> None:
        self.evaluate: Callable[[str, Facts], object] = importlib.import_module("bkflow_feel.api").parse_expression

    def condition(self, text: str, facts: Facts) -> Work:
        """An expression."""
        return lambda: self.evaluate(text, facts)

    def table(self, xml: bytes, facts: Facts) -> Work:
        """It knows no tables."""
        raise NotAbleError(xml, facts)


class SFeel:
    """pySFeel: reads the text anew each time; facts are assigned to it before."""

    name = "pySFeel"

    def __init__(self) -> None:
        self.parser = importlib.import_module("pySFeel").SFeelParser()

    def condition(self, text: str, facts: Facts) -> Work:
        """An expression."""
        for name, value in facts.items():
            self.parser.sFeelParse(f"{name} <- {_literal(value)}")
        return lambda: self.parser.sFeelParse(text)[1]

    def table(self, xml: bytes, facts: Facts) -> Work:
        """It knows no tables."""
        raise NotAbleError(xml, facts)


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def contenders() -> tuple[list[Contender], list[str]]:
    """Those that can run here, and the names of those that are not installed."""
    found: list[Contender] = [Ours(), Spiff()]
    missing: list[str] = []
    for other in (Bkflow, SFeel):
        try:
            found.append(other())
        except ModuleNotFoundError:
            missing.append(other.name)
    return found, missing
