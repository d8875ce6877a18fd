"""FEEL text parsed once into an ``Expression`` or ``UnaryTests`` that can be evaluated any number of
times.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime

from lark import Token
from lark.exceptions import LarkError, UnexpectedToken

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.builder import LiteralRefusedError
from nrm.decisions.feel.compiler import Closure, Test, compiled, compiled_test, passes
from nrm.decisions.feel.errors import syntax_error
from nrm.decisions.feel.evaluation import INPUT, Evaluation, LimitReachedError, Running
from nrm.decisions.feel.functions import FUNCTIONS
from nrm.decisions.feel.grammar import parse_tokens
from nrm.decisions.feel.limits import DEFAULT, Limits
from nrm.decisions.feel.tokens import tokens
from nrm.decisions.feel.values import Value, accepted, released


class Expression:
    """A parsed expression; immutable. ``names``: the names it may read. ``tree``: for checks."""

    __slots__ = ("_closure", "names", "text", "tree")

    def __init__(self, text: str, tree: s.Node) -> None:
        self.text = text
        self.tree = tree
        self.names = names_in(tree)
        self._closure: Closure = compiled(tree)

    def evaluate(
        self, context: Mapping[str, object], limits: Limits = DEFAULT, moment: datetime | None = None
    ) -> Evaluation:
        """The value in ``context`` (name -> bool, int, Decimal, str, date, list, dict ... or None); never raises.

        ``moment``: what ``now()`` and ``today()`` are, aware.
        """
        running = Running(context, limits, moment=moment)
        return running.result(released(running.bounded(self.within)))

    def within(self, running: Running) -> Value:
        """The value inside an evaluation under way; a limit that is reached is raised to its owner."""
        return running.nested(self.tree.depth, self._closure)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The parsed tests of one decision-table cell. ``any_value`` for ``-`` and the empty cell."""

    __slots__ = ("_tests", "any_value", "asks_null", "names", "negated", "text", "tree")

    def __init__(self, text: str, tree: s.Tests) -> None:
        self.text = text
        self.tree = tree
        self.any_value = not tree.tests
        self.negated = tree.negated
        self.names = names_in(tree)
        self.asks_null = any(_is_null_test(test) for test in tree.tests)
        self._tests: tuple[Test, ...] = tuple(compiled_test(test) for test in tree.tests)

    def matches(self, value: object, context: Mapping[str, object], limits: Limits = DEFAULT) -> Evaluation:
        """Whether ``value`` passes: ``value`` of the result is true or false; never raises.

        A null value passes only ``-`` and tests that ask for null by name (``null``, ``not(null)`` refuses
        it, ``? = null``): what is not known is never taken for "not that".
        """
        given, _ = accepted(value, limits.items)
        running = Running(context, limits, given)
        if self.any_value:
            return running.result(True)
        try:
            answer = passes(running, given, self._tests)
        except LimitReachedError as much:
            running.note(str(much))
            return running.result(False)
        if given is None:
            by_name = INPUT not in running.unknown and any(_uses_input(test) for test in self.tree.tests)
            asked = self.asks_null or by_name
            return running.result(asked and answer is not None and answer is not self.negated)
        if answer is None:
            return running.result(False)
        return running.result(answer is not self.negated)

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


def parse_expression(text: str, *, names: Iterable[str] = (), limits: Limits = DEFAULT) -> Expression:
    """``text`` as an expression. ``names``: names in scope that hold spaces or signs. Raises
    ``FeelError``.
    """
    found = _tokens(text, names, limits)
    if not found:
        raise syntax_error("The expression is empty.", text, 0)
    tree = _tree(text, found, "expression", limits)
    if any(isinstance(node, s.Input) and not _in_test(tree) for node in s.walk(tree)):
        raise syntax_error('"?" stands for the tested value and has a meaning only in a table cell.', text, 0)
    return Expression(text, tree)


def parse_condition(text: str, *, names: Iterable[str] = (), limits: Limits = DEFAULT) -> Expression:
    """As ``parse_expression``, without the leading ``=`` that form-js writes before an expression."""
    bare = text.lstrip()
    return parse_expression(bare[1:] if bare.startswith("=") else text, names=names, limits=limits)


def parse_unary_tests(text: str, *, names: Iterable[str] = (), limits: Limits = DEFAULT) -> UnaryTests:
    """``text`` as the tests of a table cell; empty counts as ``-``. Raises ``FeelError``."""
    found = _tokens(text, names, limits)
    if not found or [token.type for token in found] == ["MINUS"]:
        return UnaryTests(text, s.Tests(0, 1, False, ()))
    negated = _is_negated(found)
    tree = _tree(text, found[2:-1] if negated else found, "unary_tests", limits)
    assert isinstance(tree, s.Tests)
    return UnaryTests(text, s.Tests(tree.at, tree.depth, negated, tree.tests))


def names_in(tree: s.Node) -> frozenset[str]:
    """The names that a tree may read."""
    return frozenset(node.name for node in s.walk(tree) if isinstance(node, s.Name))


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?`` for the known word most like ``word``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""


def _tokens(text: str, names: Iterable[str], limits: Limits) -> list[Token]:
    if len(text) > limits.text:
        raise syntax_error(f"The expression is longer than {limits.text} characters.", text, 0)
    return tokens(text, frozenset(names))


def _tree(text: str, found: list[Token], start: str, limits: Limits) -> s.Node:
    try:
        tree = parse_tokens(found, start)
    except LiteralRefusedError as bad:
        raise syntax_error(bad.sentence, text, bad.at) from None
    except UnexpectedToken as bad:
        raise _unexpected(text, bad.token) from None
    except LarkError:
        raise syntax_error("The expression cannot be read.", text, 0) from None
    if tree.depth > limits.depth:
        raise syntax_error("The expression is nested too deeply.", text, 0)
    _check_calls(text, tree)
    return tree


def _unexpected(text: str, token: Token) -> Exception:
    if token.type == "$END":
        return syntax_error("The expression ends too early; something is missing.", text, len(text))
    at = token.start_pos or 0
    if token.type == "OP" and text[:at].rstrip().endswith("="):
        return syntax_error('Write a single "=" to compare.', text, at)
    return syntax_error(f'"{str(token)[:40]}" was not expected here.', text, at)


def _check_calls(text: str, tree: s.Node) -> None:
    for node in s.walk(tree):
        if not isinstance(node, s.Call):
            continue
        function = FUNCTIONS.get(node.function)
        if function is None:
            hint = suggestion(node.function, FUNCTIONS)
            raise syntax_error(f'There is no function "{node.function[:40]}".{hint}', text, node.at)
        if not function.least <= len(node.arguments) <= function.most:
            raise syntax_error(f"{function.name}() was given {len(node.arguments)} values.", text, node.at)


def _is_negated(found: list[Token]) -> bool:
    """Whether the cell is ``not( … )`` as a whole, rather than a test that starts with a call of not()."""
    if len(found) < 4 or found[0] != "not" or found[1].type != "_LPAR" or found[-1].type != "_RPAR":
        return False
    open_now = 0
    for place, token in enumerate(found[1:], start=1):
        open_now += {"_LPAR": 1, "_RPAR": -1}.get(token.type, 0)
        if open_now == 0:
            return place == len(found) - 1
    return False


def _is_null_test(test: s.Node) -> bool:
    operand = test.operand if isinstance(test, s.ValueTest) else None
    return isinstance(operand, s.Literal) and operand.value is None


def _uses_input(test: s.Node) -> bool:
    return isinstance(test, s.ValueTest) and test.uses_input


def _in_test(tree: s.Node) -> bool:
    return isinstance(tree, s.Tests)
