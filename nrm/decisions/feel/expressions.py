"""Parsed FEEL: an ``Expression`` or ``UnaryTests`` that can be evaluated any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.closures import Closure, Compiler, Test, is_null
from nrm.decisions.feel.evaluation import INPUT, Evaluation, Running
from nrm.decisions.feel.limits import DEFAULT, Limits
from nrm.decisions.feel.scoping import free_names
from nrm.decisions.feel.testing import compiled_test, passes
from nrm.decisions.feel.types import Type
from nrm.decisions.feel.values import Value, accepted, released


class Expression:
    """A parsed expression; immutable. ``names``: the names it may read. ``tree``: for checks."""

    __slots__ = ("_closure", "_depth", "names", "text", "tree")

    def __init__(self, text: str, tree: s.Node, types: Mapping[str, Type] | None = None) -> None:
        self.text = text
        self.tree = tree
        self.names = free_names(tree)
        self._closure: Closure = Compiler(types).closure(tree)
        self._depth = tree.depth

    def evaluate(
        self, context: Mapping[str, object], limits: Limits = DEFAULT, moment: datetime | None = None
    ) -> Evaluation:
        """The value in ``context``: name to bool, int, Decimal, str, date, time, list, dict or None; never
        raises.

        ``moment``: what ``now()`` and ``today()`` are, aware.
        """
        running = Running(context, limits, moment=moment)
        return running.result(running.bounded(self._released))

    def within(self, running: Running) -> Value:
        """The value inside an evaluation under way; a limit that is reached is raised to its owner."""
        return running.nested(self._depth, self._closure)

    def _released(self, running: Running) -> object:
        return released(running.nested(self._depth, self._closure))

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The parsed tests of one decision-table cell. ``any_value`` for ``-`` and the empty cell; ``uses_input``: it
    names its value (``?``).
    """

    __slots__ = ("_depth", "_passes", "any_value", "asks_null", "names", "negated", "text", "tree", "uses_input")

    def __init__(self, text: str, tree: s.Tests, types: Mapping[str, Type] | None = None) -> None:
        self.text = text
        self.tree = tree
        self.any_value = not tree.tests
        self.negated = tree.negated
        self.names = free_names(tree)
        self.asks_null = any(isinstance(test, s.ValueTest) and is_null(test.operand) for test in tree.tests)
        self.uses_input = any(isinstance(test, s.ValueTest) and test.uses_input for test in tree.tests)
        compiler = Compiler(types)
        tests: tuple[Test, ...] = tuple(compiled_test(compiler, test) for test in tree.tests)
        self._depth = tree.depth
        self._passes: Closure = lambda running: passes(running, running.input, tests)

    def matches(
        self, value: object, context: Mapping[str, object], limits: Limits = DEFAULT, moment: datetime | None = None
    ) -> Evaluation:
        """Whether ``value`` passes: ``value`` of the result is true or false; never raises.

        A null value passes only ``-`` and tests that ask for null by name (``null``, ``not(null)`` refuses
        it, ``? = null``): what is not known is never taken for "not that".
        """
        given, _ = accepted(value, limits.items)
        running = Running(context, limits, given, moment)
        answer = running.bounded(lambda inside: self.within(inside, given))
        if given is None and not self.any_value:
            by_name = self.uses_input and INPUT not in running.unknown
            answer = answer is True and (self.asks_null or by_name)
        return running.result(answer is True)

    def within(self, running: Running, value: Value) -> bool | None:
        """Whether a value passes, inside an evaluation under way; null where it cannot be told."""
        if self.any_value:
            return True
        scope = running if running.input is value else running.about(value)
        answer = scope.nested(self._depth, self._passes)
        return None if not isinstance(answer, bool) else answer is not self.negated

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"
