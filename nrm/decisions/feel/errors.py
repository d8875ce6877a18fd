"""What can be wrong with FEEL text: a syntax error that stops, and a problem that a check reports."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from nrm.vocabulary.errors import NrmError
from nrm.vocabulary.findings import Severity


class FeelError(NrmError):
    """The text is not FEEL, or not yet; ``position`` is the offset of the fault (0-based), ``line``
    1-based.
    """

    code = "feel_syntax"
    title = "The expression cannot be read"

    def __init__(self, sentence: str, *, position: int = 0, line: int = 1, column: int = 1) -> None:
        super().__init__(sentence)
        self.position = position
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem that a check found. ``position`` is the offset in the text (0 where there is none).

    ``rule`` is the id of the decision-table rule it is about, ``column`` the label of its column.
    """

    code: str
    sentence: str
    position: int = 0
    rule: str | None = None
    column: str | None = None
    severity: Severity = Severity.STOP


def syntax_error(sentence: str, text: str, position: int) -> FeelError:
    """A ``FeelError`` that knows line and column of ``position`` in ``text``."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    place = f"at character {column}" if line == 1 else f"in line {line}, at character {column}"
    return FeelError(f"{sentence} ({place})", position=position, line=line, column=column)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` Did you mean "x"?`` for the known word most like ``word``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""
