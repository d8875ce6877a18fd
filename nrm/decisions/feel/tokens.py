"""FEEL text into tokens; knows the names with spaces in scope and which ``[`` and ``]`` belong to a range.

Written by hand because three things need context that a regular lexer lacks: names of several words (longest
match against the names in scope and those that the text itself declares), types (where ``<`` is no operator)
and square brackets, which open or close a list or filter or, reversed, an open range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lark import Token

from nrm.decisions.feel.errors import syntax_error
from nrm.decisions.feel.functions import SEVERAL_WORDS
from nrm.decisions.feel.names import DECLARED, PARAMETER, VARIABLE, WORD, Known, canonical

KEYWORDS = {
    "if": "_IF", "then": "_THEN", "else": "_ELSE", "and": "_AND", "or": "_OR", "between": "_BETWEEN", "in": "_IN",
    "true": "TRUE", "false": "FALSE", "null": "NULL", "for": "FOR", "return": "_RETURN", "some": "SOME",
    "every": "EVERY", "satisfies": "_SATISFIES", "function": "FUNCTION",
}
_SPACE = r"[\s\u180e\u200b\ufeff]"
_SKIP = re.compile(rf"(?:{_SPACE}|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SYMBOLS = (
    ("..", "_DOTS"), ("**", "_POWER"), ("<=", "OP"), (">=", "OP"), ("!=", "OP"), ("<", "OP"), (">", "OP"),
    ("=", "OP"), ("+", "PLUS"), ("-", "MINUS"), ("*", "STAR"), ("/", "SLASH"), ("(", "_LPAR"), (")", "_RPAR"),
    ("{", "LBRACE"), ("}", "_RBRACE"), (",", "_COMMA"), (":", "_COLON"), (".", "_DOT"), ("?", "INPUT"), ("@", "_AT"),
)
# After one of these an operand is complete, so what follows is an operator or a closing bracket.
_OPERAND_ENDS = frozenset({
    "NUMBER", "STRING", "NAME", "TRUE", "FALSE", "NULL", "INPUT", "TYPE", "_RPAR", "_RSQB", "_RBRACE", "OPEN_END",
})
_INSTANCE_OF = re.compile(r"instance\s+of(?!\w)")
_EXTERNAL = re.compile(r"external(?!\w)")
_TYPE_NAME = re.compile(
    r"(?:years\s+and\s+months\s+duration|days\s+and\s+time\s+duration|date\s+and\s+time)(?!\w)"
    rf"|{WORD.pattern}(?:\s*\.\s*{WORD.pattern})*"
)
_OPENS_TYPE, _GIVES = re.compile(r"\s*<"), re.compile(r"\s*->\s*")
_CONTINUES = re.compile(rf"{_SPACE}*(?:and|or|then|else|return|satisfies|between|in|instance)(?!\w)")
_OPERAND_STARTS = re.compile(rf'{_SPACE}*(?:[0-9"(\[{{@?-]|{WORD.pattern})')
_ITERATING = {"FOR": 1, "SOME": 1, "EVERY": 1, "_RETURN": -1, "_SATISFIES": -1}
_MOST_BRACKETS = 2_000


def tokens(text: str, names: Iterable[str] = ()) -> list[Token]:
    """The tokens of ``text``. ``names``: names in scope that hold spaces or signs. Raises ``FeelError``."""
    return list(_Reader(text, names))


@dataclass(slots=True)
class _Bracket:
    """An open bracket. ``kind``: what it opened: a group, call, parameters, list, filter, range or context."""

    kind: str
    dots: bool = False
    iterating: int = 0
    """``for``, ``some`` and ``every`` that have not come to ``return`` or ``satisfies``."""


class _Reader:
    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.at = 0
        self.brackets = [_Bracket("text")]
        self.known = Known(names)
        self.last = ""
        self.found: list[Token] = []

    def __iter__(self) -> Iterator[Token]:
        while True:
            skipped = _SKIP.match(self.text, self.at)
            if skipped:
                self.at = skipped.end()
            if self.at >= len(self.text):
                return iter(self.found)
            self._next()

    def _next(self) -> None:
        sign = self.text[self.at]
        if self._declares():
            return
        if sign == '"':
            self._string()
        elif sign in "[]":
            self._square(sign)
        elif self.last == "_DOT" and self._property():
            return
        elif (long := self.known.match(self.text, self.at)) is not None:
            self._add("NAME", long[0], long[1] - self.at)
        elif WORD.match(self.text, self.at):
            self._word()
        elif _NUMBER.match(self.text, self.at) and not self.text.startswith("..", self.at):
            self._take(_NUMBER, "NUMBER", "")
        else:
            self._symbol()

    def _take(self, pattern: re.Pattern[str], kind: str, fault: str) -> None:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise syntax_error(fault, self.text, self.at)
        self._add(kind, found[0])

    def _string(self) -> None:
        is_key = self.brackets[-1].kind == "context" and self.last in ("LBRACE", "_COMMA")
        self._take(_STRING, "STRING", "A text in quotes is not closed.")
        if is_key:
            self.known.add(canonical(self.found[-1][1:-1]))

    def _add(self, kind: str, value: str, length: int | None = None) -> None:
        self.found.append(Token(kind, value, start_pos=self.at))
        self.last = kind
        self.at += len(value) if length is None else length

    # names that the text declares

    def _declares(self) -> bool:
        """Read a name where one is declared: a key, a named argument, a parameter or its type, a variable."""
        inside = self.brackets[-1]
        if inside.kind == "parameters" and self.last == "_COLON":
            return self._type()
        if self.last in ("FOR", "SOME", "EVERY") or (inside.iterating and self.last == "_COMMA"):
            return self._declared(VARIABLE, "NAME")
        if self.last not in ("LBRACE", "_LPAR", "_COMMA"):
            return False
        if inside.kind in ("context", "call"):
            return self._declared(DECLARED, "KEY")
        return inside.kind == "parameters" and self._declared(PARAMETER, "PARAMETER")

    def _declared(self, pattern: re.Pattern[str], kind: str) -> bool:
        found = pattern.match(self.text, self.at)
        if found is None:
            return False
        name = canonical(found[0])
        self.known.add(name)
        self._add(kind, name, len(found[0]))
        return True

    def _property(self) -> bool:
        """The name after a dot; words beside one another are one name there, whether it is known or not."""
        long = self.known.match(self.text, self.at)
        end = long[1] if long else self.at
        at = self.at
        while (word := WORD.match(self.text, at)) is not None:
            if at > self.at and (word[0] in KEYWORDS or _INSTANCE_OF.match(self.text, at)):
                break
            end = max(end, word.end())
            gap = _SKIP.match(self.text, word.end())
            at = gap.end() if gap else word.end()
        if end == self.at:
            return False
        name = long[0] if long and long[1] == end else canonical(self.text[self.at:end])
        self._add("NAME", name, end - self.at)
        return True

    # words

    def _word(self) -> None:
        found = WORD.match(self.text, self.at)
        assert found is not None
        several = _FUNCTIONS_OF_SEVERAL_WORDS.match(self.text, self.at)
        if several:
            self._add("NAME", canonical(several[0]), len(several[0]))
        elif self.last in _OPERAND_ENDS and (instance := _INSTANCE_OF.match(self.text, self.at)):
            self._add("_INSTANCE_OF", instance[0])
            self._type_after_words()
        elif self.last == "_RPAR" and _EXTERNAL.match(self.text, self.at):
            self._add("EXTERNAL", found[0])
        else:
            kind = KEYWORDS.get(found[0], "NAME")
            self.brackets[-1].iterating += _ITERATING.get(kind, 0)
            self._add(kind, found[0])

    def _type_after_words(self) -> None:
        skipped = _SKIP.match(self.text, self.at)
        self.at = skipped.end() if skipped else self.at
        if not self._type():
            raise syntax_error('After "instance of" comes the name of a type.', self.text, self.at)

    def _type(self) -> bool:
        end = self._type_end(self.at)
        if end == self.at:
            return False
        self._add("TYPE", canonical(self.text[self.at:end]), end - self.at)
        return True

    def _type_end(self, at: int) -> int:
        while True:
            long = self.known.match(self.text, at)
            found = _TYPE_NAME.match(self.text, at)
            if found is None and long is None:
                return at
            end = max(found.end() if found else at, long[1] if long else at)
            generic = self.text[at:end] in ("list", "context", "range", "function")
            opens = _OPENS_TYPE.match(self.text, end) if generic else None
            if opens is None:
                return end
            end = self._closing_angle(opens.end())
            gives = _GIVES.match(self.text, end) if self.text.startswith("function", at) else None
            if gives is None:
                return end
            at = gives.end()

    def _closing_angle(self, at: int) -> int:
        depth = 1
        for place in range(at, len(self.text)):
            sign = self.text[place]
            if sign == "<":
                depth += 1
            elif sign == ">" and self.text[place - 1] != "-":
                depth -= 1
                if depth == 0:
                    return place + 1
        raise syntax_error('The "<" of a type is not closed.', self.text, at - 1)

    # signs

    def _symbol(self) -> None:
        for sign, kind in _SYMBOLS:
            if self.text.startswith(sign, self.at):
                self._bracket(sign)
                self._add(kind, sign)
                return
        raise syntax_error("This sign is not part of the language.", self.text, self.at)

    def _bracket(self, sign: str) -> None:
        if sign == "(":
            kind = "parameters" if self.last == "FUNCTION" else "call" if self.last in _OPERAND_ENDS else "group"
            self._open(kind)
        elif sign == "{":
            self._open("context")
        elif sign in (")", "}"):
            self._close()
        elif sign == "..":
            self.brackets[-1].dots = True

    def _open(self, kind: str) -> None:
        if len(self.brackets) > _MOST_BRACKETS:
            raise syntax_error("The expression is nested too deeply.", self.text, self.at)
        self.brackets.append(_Bracket(kind))

    def _close(self) -> None:
        if len(self.brackets) > 1:
            self.brackets.pop()

    def _square(self, sign: str) -> None:
        operand_before = self.last in _OPERAND_ENDS
        if sign == "[" and operand_before and self.brackets[-1].dots and not self._operand_follows():
            self._close()
            self._add("OPEN_END", sign)
        elif sign == "[":
            self._open("list")
            self._add("_LSQB", sign)
        elif operand_before or self.last == "_LSQB":
            self._close()
            self._add("_RSQB", sign)
        else:
            self._open("range")
            self._add("OPEN_START", sign)

    def _operand_follows(self) -> bool:
        """Whether ``[`` after an operand begins a filter rather than ending an open range."""
        after = self.at + 1
        skipped = _SKIP.match(self.text, after)
        after = skipped.end() if skipped else after
        return bool(_OPERAND_STARTS.match(self.text, after)) and not _CONTINUES.match(self.text, after)


def _several(names: Iterable[str]) -> re.Pattern[str]:
    """Functions of several words; where one holds a keyword, only as a call: ``a and b`` is no name."""
    ordered = sorted((name for name in names if " " in name), key=len, reverse=True)
    return re.compile("|".join(
        r"\s+".join(name.split()) + (r"(?=\s*\()" if set(name.split()) & set(KEYWORDS) else r"(?!\w)")
        for name in ordered
    ))


_FUNCTIONS_OF_SEVERAL_WORDS = _several(SEVERAL_WORDS)
