"""Checks of comparisons, ``in`` and unary tests: what can never hold, and values that do not exist."""

from __future__ import annotations

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checker import Checker, infers
from nrm.decisions.feel.errors import suggestion
from nrm.decisions.feel.knowledge import Known
from nrm.decisions.feel.operators import ordered

_BOOLEAN = Known("boolean")
_UNORDERED = ("boolean", "list", "range", "context", "function")


def pair(checker: Checker, operator: str, left: Known, right: Known, node: s.Node, place: s.Node) -> None:
    """Report if ``left operator right`` can never hold; a wrong value is reported at ``place``."""
    if "null" in (left.kind, right.kind):
        _with_null(checker, operator, left, right, node)
    elif left.kind and right.kind and left.kind != right.kind:
        hint = _hint(left, right) or _hint(right, left)
        title = left.title if left.is_fact or not right.is_fact else "the value"
        sentence = f"{title} is {left.words}, compared with {right.words}."
        checker.add("never_holds", f"This can never hold: {sentence}{hint}", node)
    elif operator not in ("=", "!="):
        _order(checker, operator, left, right, node)
    elif left.values and right.values and not set(left.values) & set(right.values):
        _values(checker, left, right, place)


def _with_null(checker: Checker, operator: str, left: Known, right: Known, node: s.Node) -> None:
    other = right if left.kind == "null" else left
    if operator not in ("=", "!="):
        checker.add("never_holds", "Nothing is larger or smaller than null.", node)
    elif other.always and other.kind != "null":
        word = "never" if operator == "=" else "always"
        checker.add("never_holds", f"{other.title} has a value from the start, so this {word} holds.", node)


def _order(checker: Checker, operator: str, left: Known, right: Known, node: s.Node) -> None:
    if left.kind in _UNORDERED or right.kind in _UNORDERED:
        unordered = left if left.kind in _UNORDERED else right
        checker.add("never_holds", f"{operator} has no meaning for {unordered.words}.", node)
    elif (left.is_fact and left.values) or (right.is_fact and right.values):
        name = left.title if left.is_fact else right.title
        sentence = f"{operator} would compare the values of {name} by alphabet; list the values meant."
        checker.add("alphabetical_order", sentence, node)


def _values(checker: Checker, left: Known, right: Known, place: s.Node) -> None:
    fact, given = (left, right) if left.is_fact else (right, left)
    if len(given.values) > 1:
        checker.add("never_holds", f"{left.title} and {right.title} have no value in common.", place)
        return
    hint = suggestion(given.values[0], fact.values)
    allowed = ", ".join(f'"{value}"' for value in fact.values)
    sentence = f'"{given.values[0]}" is not a value of {fact.title} ({allowed}).{hint}'
    checker.add("wrong_value", sentence, place)


def _hint(fact: Known, given: Known) -> str:
    if "yes" in fact.values and fact.is_fact and given.kind == "boolean":
        return f' Write {fact.title} = "yes".'
    if fact.kind == "boolean" and given.values and set(given.values) <= {"yes", "no", "true", "false"}:
        return f" Write {fact.title} = true or {fact.title} = false."
    return ""


@infers(s.Compare)
def _compare(checker: Checker, node: s.Compare) -> Known:
    pair(checker, node.operator, checker.infer(node.left), checker.infer(node.right), node, node.right)
    return _BOOLEAN


@infers(s.Between)
def _between(checker: Checker, node: s.Between) -> Known:
    value = checker.infer(node.value)
    for end in (node.low, node.high):
        pair(checker, "<=", value, checker.infer(end), node, end)
    return _BOOLEAN


@infers(s.In)
def _in(checker: Checker, node: s.In) -> Known:
    value = checker.infer(node.value)
    for each in node.tests:
        test(checker, each, value)
    return _BOOLEAN


def test(checker: Checker, node: s.Node, about: Known) -> None:
    """Check a unary test on a value of which ``about`` is known."""
    if isinstance(node, s.CompareTest):
        pair(checker, node.operator, about, checker.infer(node.operand), node, node.operand)
    elif isinstance(node, s.ValueTest) and node.uses_input:
        outer, checker.about = checker.about, about
        checker.infer(node.operand)
        checker.about = outer
    elif isinstance(node, s.ValueTest):
        target(checker, node.operand, about)


def target(checker: Checker, node: s.Node, about: Known) -> None:
    """Check what a value is looked for in: a list, a range, or a value itself."""
    if isinstance(node, s.ListOf):
        for item in node.items:
            target(checker, item, about)
    elif isinstance(node, s.RangeOf):
        checker.infer(node)
        for end in (node.low, node.high):
            pair(checker, "<=", about, checker.infer(end), node, end)
    elif isinstance(node, s.Literal) and node.value is None:
        return  # asking for null is always sensible in a cell
    else:
        known = checker.infer(node)
        if known.kind not in ("list", "range"):
            pair(checker, "=", about, known, node, node)


@infers(s.RangeOf)
def _range(checker: Checker, node: s.RangeOf) -> Known:
    low, high = checker.infer(node.low), checker.infer(node.high)
    literal = isinstance(node.low, s.Literal) and isinstance(node.high, s.Literal)
    if literal and ordered(">", node.low.value, node.high.value):  # type: ignore[attr-defined]
        checker.add("never_holds", "The range is empty: its first end is larger than its last.", node)
    if low.kind and high.kind and low.kind != high.kind:
        checker.add("wrong_kind", "The two ends of the range are of different kinds.", node)
    return Known("range", always=True, element=Known(low.kind))


@infers(s.OneSided)
def _one_sided(checker: Checker, node: s.OneSided) -> Known:
    return Known("range", always=True, element=Known(checker.infer(node.operand).kind))
