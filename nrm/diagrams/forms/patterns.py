"""Patterns of form fields: only those that cannot take a server hostage (no nesting of repetitions)."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_PATTERN = 200
MAX_INPUT = 320
"""Longest answer, in characters, that a pattern is tried on."""
_LONG = 10
_MAX_LONG_REPEATS = 3
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|\(|\)|\||[*+]|\{(\d*)(,?)(\d*)\}|\?|.", re.DOTALL)


def pattern_problem(text: str) -> str | None:
    """Why the pattern is refused, as a sentence, or None if it may be used."""
    if len(text) > MAX_PATTERN:
        return f"The pattern is longer than {MAX_PATTERN} characters."
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return "The pattern is not a correct regular expression."
    return _Scan(text).problem()


@lru_cache(maxsize=1024)
def compiled(text: str) -> re.Pattern[str]:
    """The compiled pattern; it must match the whole answer."""
    return re.compile(text)


class _Scan:
    """One pass over the tokens: counts long repetitions, refuses one around another or around a choice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.long_repeats = 0
        # per open group: whether it contains a repetition or a choice
        self.groups: list[bool] = [False]
        self.closed = False

    def problem(self) -> str | None:
        for token in _TOKEN.finditer(self.text):
            found = self._step(token)
            if found:
                return found
        if self.long_repeats > _MAX_LONG_REPEATS:
            return f"The pattern has more than {_MAX_LONG_REPEATS} open repetitions."
        return None

    def _step(self, token: re.Match[str]) -> str | None:
        word = token[0]
        if word == "(?":
            return "The pattern looks ahead, behind or sets options, which may not be used."
        if len(word) == 2 and word[0] == "\\" and word[1].isdigit():
            return "The pattern refers back to a group, which may not be used."
        if word in ("(", "(?:"):
            self.groups.append(False)
        elif word == ")":
            inner = self.groups.pop() if len(self.groups) > 1 else False
            self.groups[-1] = self.groups[-1] or inner
            self.closed = inner
            return None
        elif word == "|":
            self.groups[-1] = True
        elif word in "*+?" or (word[0] == "{" and token[2] is not None):
            return self._repeat(token, word)
        self.closed = False
        return None

    def _repeat(self, token: re.Match[str], word: str) -> str | None:
        most = {"?": 1, "*": _LONG + 1, "+": _LONG + 1}.get(word)
        if most is None:
            upper = token[3] if token[2] else token[1]
            most = int(upper) if upper else _LONG + 1
        if most <= 1:
            return None
        if self.closed:
            return "The pattern repeats a group that repeats or chooses, which can take endlessly long."
        if most > 1000:
            return "The pattern repeats more than 1000 times."
        self.groups[-1] = True
        self.long_repeats += most > _LONG
        return None
