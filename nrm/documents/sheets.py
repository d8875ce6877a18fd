"""Tables that leave the house: every cell opens in a spreadsheet as the text it is (goal S13)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_UNSEEN = re.compile("[\0\ufeff\u200b-\u200f\u2060]")
_SIGNS = "=+\\-@|＝＋－＠｜"
_OPENS = re.compile(rf"(?:\A(?=[\t\r\n])|(?:\A|(?<=[;,\t\r\n]))(?=[\s\"'`]*[{_SIGNS}]))")
"""Where a spreadsheet, whichever sign it takes for the border of cells, would begin to read a formula."""


def plain_cell(value: object) -> str:
    """Return a value as the text of a cell that no spreadsheet takes for a formula: an apostrophe stands before one."""
    return _OPENS.sub("'", _UNSEEN.sub("", str(value)))


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180) with every cell plain. All tables that people take out go through here."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([plain_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
