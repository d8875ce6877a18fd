"""Builds the syntax tree while the parser runs, bottom up, so that no depth of nesting needs recursion."""

from __future__ import annotations

import re

from lark import Token, Transformer, v_args

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.values import literal_from, number_from_text

_PAIR = r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_ESCAPE = re.compile(rf"{_PAIR}|\\(?:u([0-9a-fA-F]{{4}})|U([0-9a-fA-F]{{6}})|(.))", re.DOTALL)
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
        if found[1]:  # two halves, as UTF-16 writes a character beyond the first plane
            return chr(0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00)
        code = found[3] or found[4]
        if code is None:
            return _SHORT.get(found[5], "\\" + found[5])
        number = int(code, 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise LiteralRefusedError("There is no such character.", _place(token))
        return chr(number)

    return _ESCAPE.sub(one, token[1:-1])


def as_test(node: s.Node) -> s.Node:
    """The unary test that an expression is, where one is wanted."""
    if isinstance(node, s.OneSided):
        return s.CompareTest(node.at, node.depth, node.operator, node.operand)
    uses = any(isinstance(one, s.Input) for one in s.walk(node))
    return s.ValueTest(node.at, _deep(node), node, uses)


@v_args(inline=True)
class Builder(Transformer[Token, s.Node]):
    """One method per alternative of the grammar."""

    def expression(self, node: s.Node) -> s.Node:
        """A whole expression."""
        return node

    def unary_tests(self, *tests: s.Node) -> s.Node:
        """The tests of a cell."""
        found = tuple(as_test(test) for test in tests)
        return s.Tests(found[0].at, _deep(*found), False, found)

    def one_sided(self, operator: Token, operand: s.Node) -> s.Node:
        """``< 5``."""
        return s.OneSided(_place(operator), _deep(operand), str(operator), operand)

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
        return self._in(value, (as_test(target),))

    def in_compared(self, value: s.Node, operator: Token, operand: s.Node) -> s.Node:
        """``in < 5``."""
        return self._in(value, (as_test(self.one_sided(operator, operand)),))

    def in_list(self, value: s.Node, tests: s.Node) -> s.Node:
        """``in (test, test)``."""
        return self._in(value, tuple(tests.children()))

    def in_tests(self, *tests: s.Node) -> s.Node:
        """The tests after ``in``."""
        return self.unary_tests(*tests)

    def _in(self, value: s.Node, tests: tuple[s.Node, ...]) -> s.Node:
        return s.In(value.at, _deep(value, *tests), value, tests)

    def arithmetic(self, left: s.Node, operator: Token, right: s.Node) -> s.Node:
        """``+ - * /``."""
        return s.Arithmetic(_place(operator), _deep(left, right), str(operator), left, right)

    def raised(self, left: s.Node, right: s.Node) -> s.Node:
        """``**``."""
        return s.Arithmetic(left.at, _deep(left, right), "**", left, right)

    def negated(self, sign: Token, operand: s.Node) -> s.Node:
        """A minus sign."""
        return s.Negation(_place(sign), _deep(operand), operand)

    def instance_of(self, value: s.Node, of: Token) -> s.Node:
        """``instance of``."""
        return s.InstanceOf(_place(of), _deep(value), value, str(of))

    def path(self, value: s.Node, name: Token) -> s.Node:
        """``value.name``."""
        return s.Path(_place(name), _deep(value), value, str(name))

    def filter(self, value: s.Node, condition: s.Node) -> s.Node:
        """``value[condition]``."""
        return s.Filter(condition.at, _deep(value, condition), value, condition)

    def call(self, function: s.Node, *arguments: s.Node) -> s.Node:
        """A call; its arguments are all named or none is."""
        names = tuple(one.key for one in arguments if isinstance(one, s.Entry))
        values = tuple(one.value if isinstance(one, s.Entry) else one for one in arguments)
        if isinstance(function, s.Name):
            return s.Call(function.at, _deep(*values), function.name, values, names)
        return s.Invocation(function.at, _deep(function, *values), function, values, names)

    def named(self, key: Token, value: s.Node) -> s.Node:
        """``name: value``."""
        return self.entry(key, value)

    def entry(self, key: Token, value: s.Node) -> s.Node:
        """``key: value``."""
        name = unquoted(key) if key.type == "STRING" else str(key)
        return s.Entry(_place(key), _deep(value), name, value)

    def context(self, brace: Token, *entries: s.Entry) -> s.Node:
        """``{key: value}``."""
        return s.ContextOf(_place(brace), _deep(*entries), entries)

    def iterator(self, name: Token, source: s.Node, end: s.Node | None = None) -> s.Node:
        """``name in source``."""
        deepest = _deep(source) if end is None else _deep(source, end)
        return s.Iterator(_place(name), deepest, str(name), source, end)

    def iteration(self, word: Token, *parts: s.Node) -> s.Node:
        """``for iterators return result``."""
        iterators = tuple(one for one in parts[:-1] if isinstance(one, s.Iterator))
        return s.For(_place(word), _deep(*parts) + len(iterators), iterators, parts[-1])

    def quantified(self, word: Token, *parts: s.Node) -> s.Node:
        """``some`` and ``every``."""
        iterators = tuple(one for one in parts[:-1] if isinstance(one, s.Iterator))
        return s.Quantified(_place(word), _deep(*parts) + len(iterators), word == "every", iterators, parts[-1])

    def parameter(self, name: Token, of: Token | None = None) -> s.Node:
        """A parameter of a function definition."""
        return s.FormalParameter(_place(name), 1, str(name), str(of or ""))

    def function(self, word: Token, *parts: s.Node | Token) -> s.Node:
        """``function(parameters) body``."""
        parameters = tuple(one for one in parts[:-1] if isinstance(one, s.FormalParameter))
        body = parts[-1]
        assert isinstance(body, s.Node)
        external = any(isinstance(one, Token) for one in parts)
        return s.FunctionOf(_place(word), _deep(*parameters, body), parameters, body, external)

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
        value = literal_from(unquoted(token))
        if value is None:
            sentence = 'After @ comes a date, a time or a duration, such as @"2026-03-31", @"10:00:00" or @"P30D".'
            raise LiteralRefusedError(sentence, _place(token))
        return s.Literal(_place(token), 1, value)

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
