"""FEEL text into tokens; knows the names with spaces in scope and which ``[`` and ``]`` belong to a range.

Written by hand because two things need context that a regular lexer lacks: names of several words (longest
match against the names in scope) and brackets, which open or close a list or, reversed, an open range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lark import Token

from nrm.decisions.feel.errors import syntax_error

KEYWORDS = {
    "if": "_IF", "then": "_THEN", "else": "_ELSE", "and": "_AND", "or": "_OR",
    "between": "_BETWEEN", "in": "_IN", "true": "TRUE", "false": "FALSE", "null": "NULL",
}
LATER = frozenset({"for", "some", "every", "function", "return", "satisfies", "external", "instance"})
"""Words of the language that the next release brings; they cannot be names."""

_SKIP = re.compile(r"(?:\s|\ufeff|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_SYMBOLS = (
    ("..", "_DOTS"), ("**", "_POWER"), ("<=", "OP"), (">=", "OP"), ("!=", "OP"), ("<", "OP"), (">", "OP"),
    ("=", "OP"), ("+", "PLUS"), ("-", "MINUS"), ("*", "STAR"), ("/", "SLASH"), ("(", "_LPAR"), (")", "_RPAR"),
    (",", "_COMMA"), ("?", "INPUT"), ("@", "_AT"),
)
# After one of these an operand is complete, so what follows is an operator or a closing bracket.
_OPERAND_ENDS = frozenset(
    {"NUMBER", "STRING", "NAME", "TRUE", "FALSE", "NULL", "INPUT", "_RPAR", "_RSQB", "OPEN_END"}
)
_MOST_BRACKETS = 2_000


def tokens(text: str, names: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of ``text``. ``names``: names in scope that hold spaces or signs. Raises ``FeelError``."""
    return _Reader(text, names).all()


@lru_cache(maxsize=256)
def _long_names(names: frozenset[str]) -> re.Pattern[str] | None:
    """One pattern for the names that are not simple words, longest first; inner spaces may be of any
    width.
    """
    several = sorted((n for n in names if not _NAME.fullmatch(n)), key=len, reverse=True)
    if not several:
        return None
    return re.compile("|".join(r"\s+".join(map(re.escape, n.split())) + r"(?!\w)" for n in several))


class _Reader:
    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.text = text
        self.at = 0
        self.found: list[Token] = []
        self.brackets: list[list[str]] = []  # [opening sign, "" or ".." once seen]
        self.names = _long_names(names)

    def all(self) -> list[Token]:
        while True:
            skipped = _SKIP.match(self.text, self.at)
            if skipped:
                self.at = skipped.end()
            if self.at >= len(self.text):
                return self.found
            self._next()

    def _next(self) -> None:
        sign = self.text[self.at]
        if sign == '"':
            self._take(_STRING, "STRING", "A text in quotes is not closed.")
        elif sign in "[]":
            self._square(sign)
        elif (long := self.names and self.names.match(self.text, self.at)) or sign == "_" or sign.isalpha():
            self._word(long)
        elif _NUMBER.match(self.text, self.at) and not self.text.startswith("..", self.at):
            self._take(_NUMBER, "NUMBER", "")
        else:
            self._symbol()

    def _take(self, pattern: re.Pattern[str], kind: str, fault: str) -> None:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise syntax_error(fault, self.text, self.at)
        self._add(kind, found[0])

    def _add(self, kind: str, value: str, length: int | None = None) -> None:
        self.found.append(Token(kind, value, start_pos=self.at))
        self.at += len(value) if length is None else length

    def _word(self, long: re.Match[str] | None) -> None:
        if long:
            self._add("NAME", " ".join(long[0].split()), len(long[0]))
            return
        several = _FUNCTIONS_OF_SEVERAL_WORDS.match(self.text, self.at)
        if several:
            self._add("NAME", " ".join(several[0].split()), len(several[0]))
            return
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise syntax_error("This sign is not part of the language.", self.text, self.at)
        word = found[0]
        if word in LATER:
            sentence = f'"{word}" is part of FEEL but comes with the next release.'
            raise syntax_error(sentence, self.text, self.at)
        self._add(KEYWORDS.get(word, "NAME"), word)

    def _symbol(self) -> None:
        for sign, kind in _SYMBOLS:
            if self.text.startswith(sign, self.at):
                self._bracket(sign)
                self._add(kind, sign)
                return
        raise syntax_error("This sign is not part of the language.", self.text, self.at)

    def _bracket(self, sign: str) -> None:
        if sign == "(":
            self._open(sign)
        elif sign == ")":
            self._close()
        elif sign == ".." and self.brackets:
            self.brackets[-1][1] = ".."

    def _open(self, sign: str) -> None:
        if len(self.brackets) >= _MOST_BRACKETS:
            raise syntax_error("The expression is nested too deeply.", self.text, self.at)
        self.brackets.append([sign, ""])

    def _close(self) -> None:
        if self.brackets:
            self.brackets.pop()

    def _square(self, sign: str) -> None:
        operand_before = bool(self.found) and self.found[-1].type in _OPERAND_ENDS
        in_range = bool(self.brackets) and self.brackets[-1][1] == ".."
        empty_list = bool(self.found) and self.found[-1].type == "_LSQB"
        if sign == "[" and in_range and operand_before:
            self._close()
            self._add("OPEN_END", sign)
        elif sign == "[":
            self._open(sign)
            self._add("_LSQB", sign)
        elif operand_before or empty_list:
            self._close()
            self._add("_RSQB", sign)
        else:
            self._open(sign)
            self._add("OPEN_START", sign)


def _several(names: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted((n for n in names if " " in n), key=len, reverse=True)
    return re.compile("(?:" + "|".join(r"\s+".join(n.split()) for n in ordered) + r")(?=\s*\()")


_FUNCTIONS_OF_SEVERAL_WORDS = _several(
    ("list contains", "starts with", "ends with", "is defined", "string length", "upper case", "lower case")
)
