"""A syntax tree as FEEL text again: parsing the text gives the same tree (places aside)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.names import WORD
from nrm.decisions.feel.texts import literal_text
from nrm.decisions.feel.tokens import KEYWORDS

# From the loosest to the tightest, as the rules of the grammar stand.
_OPEN, _OR, _AND, _COMPARED, _SUM, _PRODUCT, _POWER, _MINUS, _TYPED, _POSTFIX, _ATOM = range(11)
_OPERATORS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
_Printer = Callable[[Any], str]


def printed(node: s.Node) -> str:
    """The node as FEEL text."""
    return _PRINTERS[type(node)][1](node)


def _at(node: s.Node, level: int) -> str:
    """The node where something at least so tight is wanted; in brackets if it is looser."""
    text = printed(node)
    return text if _level(node) >= level else f"({text})"


def _level(node: s.Node) -> int:
    if isinstance(node, s.Logic):
        return _AND if node.all_of else _OR
    if isinstance(node, s.Arithmetic):
        return _OPERATORS[node.operator]
    return _PRINTERS[type(node)][0]


def _all(nodes: Sequence[s.Node]) -> str:
    return ", ".join(printed(node) for node in nodes)


def _logic(node: s.Logic) -> str:
    # An operand of the same kind was in brackets, else it would be part of this node.
    word, level = (" and ", _AND + 1) if node.all_of else (" or ", _OR + 1)
    return word.join(_at(operand, level) for operand in node.operands)


def _arithmetic(node: s.Arithmetic) -> str:
    level = _OPERATORS[node.operator]
    return f"{_at(node.left, level)} {node.operator} {_at(node.right, level + 1)}"


def _compare(node: s.Compare) -> str:
    return f"{_at(node.left, _COMPARED)} {node.operator} {_at(node.right, _SUM)}"


def _between(node: s.Between) -> str:
    return f"{_at(node.value, _COMPARED)} between {_at(node.low, _SUM)} and {_at(node.high, _SUM)}"


def _in(node: s.In) -> str:
    value = _at(node.value, _COMPARED)
    if len(node.tests) > 1:
        return f"{value} in ({_all(node.tests)})"
    test = node.tests[0]
    return f"{value} in {_at(test.operand, _SUM) if isinstance(test, s.ValueTest) else printed(test)}"


def _one_sided(node: s.OneSided | s.CompareTest) -> str:
    return f"{node.operator} {_at(node.operand, _SUM)}"


def _value_test(node: s.ValueTest) -> str:
    # As a test, ``(< 5)`` in brackets and ``< 5`` are one and the same.
    return printed(node.operand)


def _tests(node: s.Tests) -> str:
    text = _all(node.tests) or "-"
    return f"not({text})" if node.negated else text


def _range(node: s.RangeOf) -> str:
    low, high = printed(node.low), printed(node.high)
    return f"{'[' if node.low_included else '('}{low} .. {high}{']' if node.high_included else ')'}"


def _key(key: str) -> str:
    return key if WORD.fullmatch(key) and key not in KEYWORDS else literal_text(key)


def _entry(node: s.Entry) -> str:
    return f"{_key(node.key)}: {printed(node.value)}"


def _if(node: s.If) -> str:
    return f"if {printed(node.condition)} then {printed(node.then)} else {printed(node.otherwise)}"


def _iterator(node: s.Iterator) -> str:
    end = "" if node.end is None else f" .. {printed(node.end)}"
    return f"{node.name} in {printed(node.source)}{end}"


def _quantified(node: s.Quantified) -> str:
    return f"{'every' if node.all_of else 'some'} {_all(node.iterators)} satisfies {printed(node.condition)}"


def _parameter(node: s.FormalParameter) -> str:
    return f"{node.name}: {node.type}" if node.type else node.name


def _function(node: s.FunctionOf) -> str:
    return f"function({_all(node.parameters)}) {'external ' if node.external else ''}{printed(node.body)}"


def _arguments(node: s.Call | s.Invocation) -> str:
    if not node.names:
        return _all(node.arguments)
    pairs = zip(node.names, node.arguments, strict=True)
    return ", ".join(f"{name}: {printed(argument)}" for name, argument in pairs)


# How tightly each kind of node holds together; what ends in an open expression is always in brackets inside another.
_PRINTERS: dict[type[s.Node], tuple[int, _Printer]] = {
    s.Literal: (_ATOM, lambda node: literal_text(node.value)),
    s.Name: (_ATOM, lambda node: node.name),
    s.Input: (_ATOM, lambda _: "?"),
    s.Negation: (_MINUS, lambda node: f"-{_at(node.operand, _MINUS)}"),
    s.Arithmetic: (_SUM, _arithmetic),
    s.Logic: (_OR, _logic),
    s.Compare: (_COMPARED, _compare),
    s.Between: (_COMPARED, _between),
    s.In: (_COMPARED, _in),
    s.OneSided: (_OPEN, _one_sided),
    s.CompareTest: (_OPEN, _one_sided),
    s.ValueTest: (_OPEN, _value_test),
    s.Tests: (_OPEN, _tests),
    s.RangeOf: (_ATOM, _range),
    s.ListOf: (_ATOM, lambda node: f"[{_all(node.items)}]"),
    s.Entry: (_OPEN, _entry),
    s.ContextOf: (_ATOM, lambda node: f"{{{_all(node.entries)}}}"),
    s.Path: (_POSTFIX, lambda node: f"{_at(node.value, _POSTFIX)}.{node.name}"),
    s.Filter: (_POSTFIX, lambda node: f"{_at(node.value, _POSTFIX)}[{printed(node.condition)}]"),
    s.If: (_OPEN, _if),
    s.Iterator: (_OPEN, _iterator),
    s.For: (_OPEN, lambda node: f"for {_all(node.iterators)} return {printed(node.result)}"),
    s.Quantified: (_OPEN, _quantified),
    s.InstanceOf: (_TYPED, lambda node: f"{_at(node.value, _TYPED)} instance of {node.type}"),
    s.FormalParameter: (_OPEN, _parameter),
    s.FunctionOf: (_OPEN, _function),
    s.Call: (_POSTFIX, lambda node: f"{node.function}({_arguments(node)})"),
    s.Invocation: (_POSTFIX, lambda node: f"{_at(node.function, _POSTFIX)}({_arguments(node)})"),
}
