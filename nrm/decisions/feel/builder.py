"""Builds the syntax tree while the parser runs, bottom up, so that no depth of nesting needs recursion."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from lark import Token, Transformer, v_args

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.values import number_from_text

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class LiteralRefusedError(Exception):
    """A literal has a value that cannot be; carries the sentence and the place."""

    def __init__(self, sentence: str, at: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.at = at


def _deep(*nodes: s.Node) -> int:
    return 1 + max((node.depth for node in nodes), default=0)


def _place(token: Token) -> int:
    return token.start_pos or 0


def unquoted(token: Token) -> str:
    """The text of a string literal, escapes resolved; an unknown escape stands for itself."""

    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code is None:
            return _SHORT.get(found[3], "\\" + found[3])
        number = int(code, 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise LiteralRefusedError("There is no such character.", _place(token))
        return chr(number)

    return _ESCAPE.sub(one, token[1:-1])


@v_args(inline=True)
class Builder(Transformer[Token, s.Node]):
    """One method per alternative of the grammar."""

    def expression(self, node: s.Node) -> s.Node:
        """A whole expression."""
        return node

    def unary_tests(self, *tests: s.Node) -> s.Node:
        """The tests of a cell."""
        return s.Tests(tests[0].at, _deep(*tests), False, tests)

    def compare_test(self, operator: Token, operand: s.Node) -> s.Node:
        """``< 5``."""
        return s.CompareTest(_place(operator), _deep(operand), str(operator), operand)

    def value_test(self, operand: s.Node) -> s.Node:
        """A test that is an expression."""
        uses = any(isinstance(node, s.Input) for node in s.walk(operand))
        return s.ValueTest(operand.at, _deep(operand), operand, uses)

    def conditional(self, condition: s.Node, then: s.Node, otherwise: s.Node) -> s.Node:
        """``if then else``."""
        return s.If(condition.at, _deep(condition, then, otherwise), condition, then, otherwise)

    def either(self, *operands: s.Node) -> s.Node:
        """``or``."""
        return s.Logic(operands[0].at, _deep(*operands), False, operands)

    def both(self, *operands: s.Node) -> s.Node:
        """``and``."""
        return s.Logic(operands[0].at, _deep(*operands), True, operands)

    def compare(self, left: s.Node, operator: Token, right: s.Node) -> s.Node:
        """``=`` and its kin."""
        return s.Compare(_place(operator), _deep(left, right), str(operator), left, right)

    def between(self, value: s.Node, low: s.Node, high: s.Node) -> s.Node:
        """``between low and high``."""
        return s.Between(value.at, _deep(value, low, high), value, low, high)

    def in_value(self, value: s.Node, target: s.Node) -> s.Node:
        """``in`` a value, list or range."""
        return self._in(value, (self.value_test(target),))

    def in_compared(self, value: s.Node, operator: Token, operand: s.Node) -> s.Node:
        """``in < 5``."""
        return self._in(value, (self.compare_test(operator, operand),))

    def in_list(self, value: s.Node, tests: s.Node) -> s.Node:
        """``in (test, test)``."""
        return self._in(value, tuple(tests.children()))

    def in_tests(self, *tests: s.Node) -> s.Node:
        """The tests after ``in``."""
        return s.Tests(tests[0].at, _deep(*tests), False, tests)

    def in_one(self, operator: Token, operand: s.Node) -> s.Node:
        """``in (< 5)``."""
        return self.in_tests(self.compare_test(operator, operand))

    def _in(self, value: s.Node, tests: tuple[s.Node, ...]) -> s.Node:
        return s.In(value.at, _deep(value, *tests), value, tests)

    def arithmetic(self, left: s.Node, operator: Token, right: s.Node) -> s.Node:
        """``+ - * /``."""
        return s.Arithmetic(_place(operator), _deep(left, right), str(operator), left, right)

    def raised(self, left: s.Node, right: s.Node) -> s.Node:
        """``**``."""
        return s.Arithmetic(left.at, _deep(left, right), "**", left, right)

    def negated(self, sign: Token, operand: s.Node) -> s.Node:
        """A minus sign; folded into a literal."""
        if isinstance(operand, s.Literal) and isinstance(operand.value, (int, Decimal)) \
                and not isinstance(operand.value, bool):
            return s.Literal(_place(sign), 1, -operand.value)
        return s.Negation(_place(sign), _deep(operand), operand)

    def number(self, token: Token) -> s.Node:
        """A number."""
        value = number_from_text(str(token))
        if value is None:
            raise LiteralRefusedError("The number is too large.", _place(token))
        return s.Literal(_place(token), 1, value)

    def string(self, token: Token) -> s.Node:
        """A text."""
        return s.Literal(_place(token), 1, unquoted(token))

    def at_literal(self, token: Token) -> s.Node:
        """``@"2026-03-31"``."""
        try:
            return s.Literal(_place(token), 1, date.fromisoformat(unquoted(token)))
        except ValueError:
            sentence = 'Only dates such as @"2026-03-31" are read so far.'
            raise LiteralRefusedError(sentence, _place(token)) from None

    def true(self, token: Token) -> s.Node:
        """``true``."""
        return s.Literal(_place(token), 1, True)

    def false(self, token: Token) -> s.Node:
        """``false``."""
        return s.Literal(_place(token), 1, False)

    def null(self, token: Token) -> s.Node:
        """``null``."""
        return s.Literal(_place(token), 1, None)

    def name(self, token: Token) -> s.Node:
        """A name."""
        return s.Name(_place(token), 1, str(token))

    def input(self, token: Token) -> s.Node:
        """``?``."""
        return s.Input(_place(token), 1)

    def call(self, function: Token, *arguments: s.Node) -> s.Node:
        """A call by position."""
        return s.Call(_place(function), _deep(*arguments), str(function), arguments)

    def group(self, node: s.Node) -> s.Node:
        """Round brackets."""
        return node

    def list(self, *items: s.Node) -> s.Node:
        """``[1, 2]``."""
        return s.ListOf(items[0].at if items else 0, _deep(*items), items)

    def range_cc(self, low: s.Node, high: s.Node) -> s.Node:
        """``[1..2]``."""
        return s.RangeOf(low.at, _deep(low, high), low, high, True, True)

    def range_co(self, *parts: s.Node | Token) -> s.Node:
        """``[1..2[``."""
        low, high = (part for part in parts if isinstance(part, s.Node))
        return s.RangeOf(low.at, _deep(low, high), low, high, True, False)

    def range_oc(self, *parts: s.Node | Token) -> s.Node:
        """``]1..2]``."""
        low, high = (part for part in parts if isinstance(part, s.Node))
        return s.RangeOf(low.at, _deep(low, high), low, high, False, True)

    def range_oo(self, *parts: s.Node | Token) -> s.Node:
        """``]1..2[``."""
        low, high = (part for part in parts if isinstance(part, s.Node))
        return s.RangeOf(low.at, _deep(low, high), low, high, False, False)
