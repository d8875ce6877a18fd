"""Checks an expression against the dictionary of facts: unknown names, wrong values, what can never hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.errors import Problem, suggestion
from nrm.decisions.feel.expressions import Expression, UnaryTests
from nrm.decisions.feel.functions import FUNCTIONS
from nrm.decisions.feel.values import kind, ordered
from nrm.vocabulary.facts import Dictionary, FactType

_KINDS = {"boolean": "boolean", "answer": "string", "enum": "string", "integer": "number", "date": "date"}
_WORDS = {"boolean": "yes or no (true, false)", "number": "a number", "string": "a text", "date": "a date",
          "list": "a list", "range": "a range", "date and time": "a date and time"}
_N = TypeVar("_N", bound=s.Node)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a value before any evaluation. ``kind``: "" if it varies. ``values``: all it may
    be.
    """

    kind: str = ""
    values: tuple[str, ...] = ()
    title: str = "This"
    always: bool = False
    """It is never null."""
    whole: bool = False
    """A number that is always an integer."""


ANYTHING = Known()


def check_types(expression: Expression, dictionary: Dictionary, *, expects: str = "") -> list[Problem]:
    """Problems of the expression, in the order of its text. ``expects``: the kind it must give ("boolean" for
    conditions).
    """
    checker = _Checker(dictionary)
    came = checker.infer(expression.tree)
    if expects and came.kind and came.kind != expects:
        sentence = f"This gives {_words(came)} where {_WORDS[expects]} is needed."
        checker.add("wrong_kind", sentence, expression.tree)
    return checker.sorted()


def check_tests(tests: UnaryTests, about: Known, dictionary: Dictionary) -> list[Problem]:
    """Problems of a table cell whose input is ``about``."""
    checker = _Checker(dictionary, about)
    for test in tests.tree.tests:
        checker.test(test, about)
    return checker.sorted()


def known_of(expression: Expression, dictionary: Dictionary) -> Known:
    """What can be said of the value of an expression."""
    return _Checker(dictionary).infer(expression.tree)


def known_fact(fact: FactType) -> Known:
    """What the dictionary says of a fact."""
    return Known(_KINDS[fact.type], fact.values, fact.name, fact.initial is not None, fact.type == "integer")


class _Checker:
    def __init__(self, dictionary: Dictionary, about: Known = ANYTHING) -> None:
        self.dictionary = dictionary
        self.about = about
        self.problems: list[Problem] = []

    def sorted(self) -> list[Problem]:
        return sorted(self.problems, key=lambda problem: problem.position)

    def add(self, code: str, sentence: str, node: s.Node) -> None:
        self.problems.append(Problem(code, sentence, node.at))

    def infer(self, node: s.Node) -> Known:
        infer = _INFER.get(type(node))
        if infer is not None:
            return infer(self, node)
        for child in node.children():
            self.infer(child)
        return ANYTHING

    def literal(self, node: s.Literal) -> Known:
        of = kind(node.value)
        return Known(of, (node.value,) if isinstance(node.value, str) else (), always=node.value is not None)

    def name(self, node: s.Name) -> Known:
        fact = self.dictionary.get(node.name)
        if fact is None:
            hint = suggestion(node.name, self.dictionary)
            self.add("unknown_name", f'There is no fact "{node.name}" in the dictionary.{hint}', node)
            return Known(title=node.name)
        return known_fact(fact)

    def input(self, node: s.Input) -> Known:
        del node
        return self.about

    def number(self, node: s.Negation | s.Arithmetic) -> Known:
        found = [self.infer(child) for child in node.children()]
        texts = isinstance(node, s.Arithmetic) and node.operator == "+" and found[0].kind == "string"
        wanted = "string" if texts else "number"
        for one in found:
            if one.kind not in ("", wanted):
                self.add("wrong_kind", f"{one.title} is {_words(one)}; it cannot be calculated with.", node)
        return Known(wanted)

    def logic(self, node: s.Logic) -> Known:
        for operand in node.operands:
            self._truth(operand, "and" if node.all_of else "or")
        if node.all_of:
            self._contradiction(node)
        return Known("boolean")

    def _truth(self, node: s.Node, where: str) -> None:
        known = self.infer(node)
        if known.kind not in ("", "boolean"):
            hint = f' Did you mean {known.title} = "yes"?' if "yes" in known.values else ""
            sentence = f'{known.title} is {_words(known)}, not true or false, beside "{where}".'
            self.add("wrong_kind", sentence + hint, node)

    def _contradiction(self, node: s.Logic) -> None:
        wanted: dict[str, object] = {}
        for one in node.operands:
            if isinstance(one, s.Compare) and one.operator == "=" and isinstance(one.left, s.Name) \
                    and isinstance(one.right, s.Literal):
                if one.left.name in wanted and wanted[one.left.name] != one.right.value:
                    self.add("never_holds", f"{one.left.name} cannot have two values at once.", one)
                wanted[one.left.name] = one.right.value

    def compare(self, node: s.Compare) -> Known:
        self.pair(node.operator, self.infer(node.left), self.infer(node.right), node, node.right)
        return Known("boolean")

    def pair(self, operator: str, left: Known, right: Known, node: s.Node, place: s.Node) -> None:
        """Can ``left operator right`` ever hold?"""
        if "null" in (left.kind, right.kind):
            self._null(operator, left, right, node)
        elif left.kind and right.kind and left.kind != right.kind:
            hint = _hint(left, right) or _hint(right, left)
            sentence = f"{_title(left, right)} is {_words(left)}, compared with {_words(right)}."
            self.add("never_holds", f"This can never hold: {sentence}{hint}", node)
        elif operator not in ("=", "!="):
            self._order(operator, left, right, node)
        elif left.values and right.values and not set(left.values) & set(right.values):
            self._values(left, right, place)

    def _null(self, operator: str, left: Known, right: Known, node: s.Node) -> None:
        other = right if left.kind == "null" else left
        if operator not in ("=", "!="):
            self.add("never_holds", "Nothing is larger or smaller than null.", node)
        elif other.always and other.kind != "null":
            word = "never" if operator == "=" else "always"
            self.add("never_holds", f"{other.title} has a value from the start, so this {word} holds.", node)

    def _order(self, operator: str, left: Known, right: Known, node: s.Node) -> None:
        if left.kind in ("boolean", "list", "range") or right.kind in ("boolean", "list", "range"):
            self.add("never_holds", f"{operator} has no meaning for {_words(left)}.", node)
        elif (left.title != "This" and left.values) or (right.title != "This" and right.values):
            name = left.title if left.title != "This" else right.title
            self.add("alphabetical_order", f"{operator} would compare the values of {name} by alphabet; "
                                           "list the values meant.", node)

    def _values(self, left: Known, right: Known, place: s.Node) -> None:
        fact, given = (left, right) if left.title != "This" else (right, left)
        if len(given.values) == 1:
            hint = suggestion(given.values[0], fact.values)
            allowed = ", ".join(f'"{value}"' for value in fact.values)
            sentence = f'"{given.values[0]}" is not a value of {fact.title} ({allowed}).{hint}'
            self.add("wrong_value", sentence, place)
        else:
            self.add("never_holds", f"{left.title} and {right.title} have no value in common.", place)

    def between(self, node: s.Between) -> Known:
        value = self.infer(node.value)
        for end in (node.low, node.high):
            self.pair("<=", value, self.infer(end), node, end)
        return Known("boolean")

    def membership(self, node: s.In) -> Known:
        value = self.infer(node.value)
        for test in node.tests:
            self.test(test, value)
        return Known("boolean")

    def test(self, node: s.Node, about: Known) -> None:
        """A unary test on a value of which ``about`` is known."""
        if isinstance(node, s.CompareTest):
            self.pair(node.operator, about, self.infer(node.operand), node, node.operand)
        elif isinstance(node, s.ValueTest) and node.uses_input:
            self.infer(node.operand)
        elif isinstance(node, s.ValueTest):
            self.target(node.operand, about)

    def target(self, node: s.Node, about: Known) -> None:
        if isinstance(node, s.ListOf):
            for item in node.items:
                self.target(item, about)
        elif isinstance(node, s.RangeOf):
            self.infer(node)
            for end in (node.low, node.high):
                self.pair("<=", about, self.infer(end), node, end)
        elif isinstance(node, s.Literal) and node.value is None:
            return  # asking for null is always sensible in a cell
        else:
            known = self.infer(node)
            if known.kind not in ("list", "range"):
                self.pair("=", about, known, node, node)

    def range(self, node: s.RangeOf) -> Known:
        low, high = self.infer(node.low), self.infer(node.high)
        if isinstance(node.low, s.Literal) and isinstance(node.high, s.Literal) \
                and ordered(">", node.low.value, node.high.value):
            self.add("never_holds", "The range is empty: its first end is larger than its last.", node)
        if low.kind and high.kind and low.kind != high.kind:
            self.add("wrong_kind", "The two ends of the range are of different kinds.", node)
        return Known("range")

    def list(self, node: s.ListOf) -> Known:
        for item in node.items:
            self.infer(item)
        return Known("list", always=True)

    def conditional(self, node: s.If) -> Known:
        self._truth(node.condition, "if")
        then, otherwise = self.infer(node.then), self.infer(node.otherwise)
        if then.kind == otherwise.kind:
            both: tuple[str, ...] = ()
            if then.values and otherwise.values:
                both = tuple(dict.fromkeys((*then.values, *otherwise.values)))
            return Known(then.kind, both, always=then.always and otherwise.always)
        return ANYTHING

    def call(self, node: s.Call) -> Known:
        if node.function == "not":
            self._truth(node.arguments[0], "not")
        elif node.function == "list contains":
            self.infer(node.arguments[0])
            self.infer(node.arguments[1])
        else:
            for argument in node.arguments:
                self.infer(argument)
        return Known(FUNCTIONS[node.function].gives, whole=node.function in ("count", "string length"))


def _of(kind_of: type[_N], method: Callable[[_Checker, _N], Known]) -> Callable[[_Checker, s.Node], Known]:
    def infer(checker: _Checker, node: s.Node) -> Known:
        assert isinstance(node, kind_of)
        return method(checker, node)

    return infer


_INFER: dict[type[s.Node], Callable[[_Checker, s.Node], Known]] = {
    s.Literal: _of(s.Literal, _Checker.literal), s.Name: _of(s.Name, _Checker.name),
    s.Input: _of(s.Input, _Checker.input), s.Negation: _of(s.Negation, _Checker.number),
    s.Arithmetic: _of(s.Arithmetic, _Checker.number), s.Logic: _of(s.Logic, _Checker.logic),
    s.Compare: _of(s.Compare, _Checker.compare), s.Between: _of(s.Between, _Checker.between),
    s.In: _of(s.In, _Checker.membership), s.RangeOf: _of(s.RangeOf, _Checker.range),
    s.ListOf: _of(s.ListOf, _Checker.list), s.If: _of(s.If, _Checker.conditional),
    s.Call: _of(s.Call, _Checker.call),
}


def _words(known: Known) -> str:
    if known.values and known.title != "This":
        return "one of " + ", ".join(f'"{value}"' for value in known.values)
    return _WORDS.get(known.kind, "something else")


def _title(left: Known, right: Known) -> str:
    return left.title if left.title != "This" or right.title == "This" else "the value"


def _hint(fact: Known, given: Known) -> str:
    if "yes" in fact.values and fact.title != "This" and given.kind == "boolean":
        return f' Write {fact.title} = "yes".'
    if fact.kind == "boolean" and given.values and set(given.values) <= {"yes", "no", "true", "false"}:
        return f" Write {fact.title} = true or {fact.title} = false."
    return ""
