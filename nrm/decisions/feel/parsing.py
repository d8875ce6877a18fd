"""FEEL text parsed once, within limits, into an ``Expression`` or ``UnaryTests``; faults in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lark import Token
from lark.exceptions import LarkError, UnexpectedToken

from nrm.decisions.feel import compiler as _compiler  # noqa: F401 - it registers what trees are compiled with
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.builder import LiteralRefusedError
from nrm.decisions.feel.errors import FeelError, suggestion, syntax_error
from nrm.decisions.feel.expressions import Expression, UnaryTests
from nrm.decisions.feel.functions import FUNCTIONS
from nrm.decisions.feel.grammar import parse_tokens
from nrm.decisions.feel.limits import DEFAULT, Limits
from nrm.decisions.feel.names import canonical
from nrm.decisions.feel.scoping import scoped_children
from nrm.decisions.feel.tokens import tokens
from nrm.decisions.feel.types import Type


def parse_expression(
    text: str, *, names: Iterable[str] = (), types: Mapping[str, Type] | None = None, limits: Limits = DEFAULT
) -> Expression:
    """``text`` as an expression. Raises ``FeelError``.

    ``names``: the names in scope, as far as they hold spaces or signs or are called as functions. ``types``:
    those that ``instance of`` and parameters may name besides FEEL's own.
    """
    known = frozenset(canonical(name) for name in names)
    found = _tokens(text, known, types, limits)
    if not found:
        raise syntax_error("The expression is empty.", text, 0)
    tree = _tree(text, found, "expression", limits)
    _check(text, tree, known)
    return Expression(text, tree, types)


def parse_condition(text: str, *, names: Iterable[str] = (), limits: Limits = DEFAULT) -> Expression:
    """As ``parse_expression``, without the leading ``=`` that form-js writes before an expression."""
    bare = text.lstrip()
    return parse_expression(bare[1:] if bare.startswith("=") else text, names=names, limits=limits)


def parse_unary_tests(
    text: str, *, names: Iterable[str] = (), types: Mapping[str, Type] | None = None, limits: Limits = DEFAULT
) -> UnaryTests:
    """``text`` as the tests of a table cell; empty counts as ``-``. Raises ``FeelError``."""
    known = frozenset(canonical(name) for name in names)
    found = _tokens(text, known, types, limits)
    if not found or [token.type for token in found] == ["MINUS"]:
        return UnaryTests(text, s.Tests(0, 1, False, ()))
    negated = _is_negated(found)
    tree = _tree(text, found[2:-1] if negated else found, "unary_tests", limits)
    assert isinstance(tree, s.Tests)
    _check(text, tree, known)
    return UnaryTests(text, s.Tests(tree.at, tree.depth, negated, tree.tests), types)


def _tokens(text: str, names: frozenset[str], types: Mapping[str, Type] | None, limits: Limits) -> list[Token]:
    if len(text) > limits.text:
        raise syntax_error(f"The expression is longer than {limits.text} characters.", text, 0)
    return tokens(text, names | frozenset(types or ()))


def _tree(text: str, found: list[Token], start: str, limits: Limits) -> s.Node:
    try:
        tree = parse_tokens(found, start)
    except LiteralRefusedError as bad:
        raise syntax_error(bad.sentence, text, bad.at) from None
    except UnexpectedToken as bad:
        raise _unexpected(text, bad) from None
    except LarkError:
        raise syntax_error("The expression cannot be read.", text, 0) from None
    if tree.depth > limits.depth:
        raise syntax_error("The expression is nested too deeply.", text, 0)
    return tree


_EXPECTED = (
    ("_THEN", '"then"'), ("_ELSE", '"else"'), ("_RETURN", '"return"'), ("_SATISFIES", '"satisfies"'), ("_IN", '"in"'),
    ("_RPAR", 'a closing ")"'), ("_RSQB", 'a closing "]"'), ("_RBRACE", 'a closing "}"'), ("_COLON", 'a ":"'),
    ("KEY", "a name or a text in quotes"), ("NUMBER", "a value"), ("_AND", '"and"'),
)
"""What to ask for, the most telling first."""


def _unexpected(text: str, bad: UnexpectedToken) -> FeelError:
    token = bad.token
    expected = set(bad.accepts or bad.expected)
    wanted = next((words for kind, words in _EXPECTED if kind in expected), "")
    if token.type == "$END":
        ending = f"; {wanted} is missing." if wanted else "; something is missing."
        return syntax_error(f"The expression ends too early{ending}", text, len(text))
    at = token.start_pos or 0
    if token.type == "OP" and text[:at].rstrip().endswith("="):
        return syntax_error('Write a single "=" to compare.', text, at)
    instead = f"; {wanted} was." if wanted and "_OR" not in expected else "."
    return syntax_error(f'"{str(token)[:40]}" was not expected here{instead}', text, at)


def _check(text: str, tree: s.Node, names: frozenset[str]) -> None:
    """Refuse calls of functions that nobody knows, and ``?`` where there is no value to test."""
    in_cell = isinstance(tree, s.Tests)
    waiting: list[tuple[s.Node, frozenset[str], bool]] = [(tree, names, in_cell)]
    while waiting:
        node, bound, testing = waiting.pop()
        if isinstance(node, s.Input) and not testing:
            sentence = '"?" stands for the tested value and has a meaning only in a table cell or after "in".'
            raise syntax_error(sentence, text, node.at)
        if isinstance(node, s.Call) and node.function not in FUNCTIONS and node.function not in bound:
            hint = suggestion(node.function, (*FUNCTIONS, *bound))
            raise syntax_error(f'There is no function "{node.function[:40]}".{hint}', text, node.at)
        for child, inside in scoped_children(node, bound):
            tested = testing or (isinstance(node, s.In) and child is not node.value)
            waiting.append((child, _with_entries(node, child, inside), tested))


def _with_entries(node: s.Node, child: s.Node, bound: frozenset[str]) -> frozenset[str]:
    """In a filter's condition, keys written out in the list are names too."""
    if not isinstance(node, s.Filter) or child is not node.condition:
        return bound
    return bound | {each.key for each in s.walk(node.value) if isinstance(each, s.Entry)}


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
