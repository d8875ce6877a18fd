"""goal:S13: whatever a cell says, and whichever way a spreadsheet cuts the table, no formula begins anywhere."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nrm.documents.sheets import as_csv, plain_cell
from tests.support.goals import Reached
from tests.support.long import LONG

ROOT = Path(__file__).parents[2]
BEGINS = "=+-@|\t\r\0＝＋－＠｜"
SKIPPED = ' \t\r\n"`\ufeff\u200b\u200e\u2060\xa0'
FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "|cmd", "\t=1", "\r=1", "\n=1", "\0=1", " =1", '"=1', "\ufeff=1", "\u200b=1",
    "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0", '=HYPERLINK("http://127.0.0.1:9/?"&A1)', "a;=1", "a\t=1",
    'a";"=1', "a\n=1", "a\r\n@x", "a,=1", "'=1", "a; \"=1",
)
hostile = st.one_of(
    st.text(st.sampled_from(BEGINS + SKIPPED + ";,aż1"), max_size=12),
    st.sampled_from(FORMULAS),
    st.text(st.characters(codec="utf-8"), max_size=20),
)


def begins_a_formula(cell: str) -> bool:
    """What a spreadsheet would calculate: a sign behind nothing that is seen."""
    return cell.lstrip(SKIPPED)[:1] in tuple("=+-@|＝＋－＠｜")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_known_trick_is_only_text(text: str) -> None:
    assert not begins_a_formula(plain_cell(text))
    assert plain_cell(text)[0] not in "\t\r\0"


def test_no_cut_of_a_table_begins_a_formula(reached: Reached) -> None:
    cells = 0

    @settings(max_examples=10_000 if LONG else 600)
    @given(st.lists(st.lists(hostile, min_size=1, max_size=4), min_size=1, max_size=4))
    @example([["a;=1"], ['a";"=1']])
    def holds(rows: list[list[str]]) -> None:
        nonlocal cells
        cells += sum(map(len, rows))
        no_formula_in(as_csv(rows))

    holds()
    reached("S13", f"{cells:,} cells, however a table is cut: 0 formulas")


def no_formula_in(text: str) -> None:
    """By each border that a spreadsheet may take, with quotes understood or not."""
    for border in ",;\t":
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=border):
            assert not [cell for cell in cells if begins_a_formula(cell)]
    for line in text.replace("\r", "\n").split("\n"):
        for border in ",;\t":
            assert not [cell for cell in line.split(border) if begins_a_formula(cell)], "quotes not understood"


@given(st.text(st.characters(categories=("L", "N", "Zs")), max_size=30))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


def test_every_table_that_leaves_goes_through_it() -> None:
    """Only one module writes CSV; the verifier that auditors run alone has its own, of process facts only."""
    found = []
    for top in ("nrm", "api/nrm_api", "web/nrm_web"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter"):
                    found.append(path.relative_to(ROOT).as_posix())
    assert set(found) == {"nrm/documents/sheets.py", "nrm/verify.py"}
