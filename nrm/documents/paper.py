"""Words on paper: PDF in any direction of writing, the same bytes for the same words (ADR 14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF

FONT = Path(__file__).parent / "fonts" / "DejaVuSansCondensed.ttf"
"""Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian; it travels with the program."""
INK, QUIET, RULE = (20, 26, 34), (88, 98, 110), (190, 197, 205)
MARGIN_MM = 14
LINE = 1.42
"""Height of a line, in heights of its letters."""
MM_PER_PT = 25.4 / 72
GAP_MM = 2.5
"""Between columns."""
JOINED = "\u0590"
"""From here on lie the scripts whose letters are joined, stacked or written from the right."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading and its share of the width."""

    heading: str
    share: float


class Paper:
    """A4 on its side. ``foot`` stands on each page, beside the page's number.

    ``made_at`` (aware) stands in the file instead of the clock, so that it can be made again.
    """

    def __init__(self, *, title: str, language: str, is_rtl: bool, made_at: datetime, foot: str) -> None:
        self._pdf = _Sheets(foot, is_rtl=is_rtl)
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(made_at)
        self._pdf.add_page()
        self._is_rtl = is_rtl
        self._write(title, 20, after=3)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._pdf.ln(3)
        self._write(text, 13, after=1)

    def paragraph(self, text: str) -> None:
        """Write some sentences."""
        self._write(text, 9.5, after=1.2)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Write what belongs to what, one under the other."""
        width = self._pdf.epw
        for name, value in pairs:
            self._row(((name, QUIET), (value, INK)), (width * 0.24, width * 0.76), 9.5)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Begin a page and write a table; its headings stand again on each further page."""
        whole = sum(column.share for column in columns)
        widths = [self._pdf.epw * column.share / whole for column in columns]
        heads = [(column.heading, QUIET) for column in columns]
        self._pdf.add_page()
        self._row(heads, widths, 8, ruled=True)
        for row in rows:
            cells = [(text, INK) for text in row]
            if max(map(len, self._wrapped(cells, widths, 7))) * _height(7) + 1 > self._pdf.room:
                self._pdf.add_page()
                self._row(heads, widths, 8, ruled=True)
            self._row(cells, widths, 7, ruled=True)

    def as_bytes(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())

    def _row(
        self, cells: Sequence[tuple[str, tuple[int, int, int]]], widths: Sequence[float], size: float, *,
        ruled: bool = False,
    ) -> None:
        pdf, height = self._pdf, _height(size)
        wrapped = self._wrapped(cells, widths, size)
        tall = max(map(len, wrapped)) * height
        if tall > pdf.room:
            pdf.add_page()
        top, x = pdf.get_y(), pdf.l_margin + (pdf.epw if self._is_rtl else 0)
        for lines, (_, colour), width in zip(wrapped, cells, widths, strict=True):
            x -= width if self._is_rtl else 0
            pdf.set_text_color(*colour)
            for no, line in enumerate(lines):
                pdf.set_xy(x + (GAP_MM if self._is_rtl else 0), top + no * height)
                pdf.put(line, width - GAP_MM, height)
            x += 0 if self._is_rtl else width
        pdf.set_y(top + tall + 0.8)
        if ruled:
            pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + pdf.epw, pdf.get_y())
            pdf.set_y(pdf.get_y() + 0.6)

    def _wrapped(self, cells: Sequence[tuple[str, object]], widths: Sequence[float], size: float) -> list[list[str]]:
        """Return the lines of each cell of a row."""
        self._pdf.set_font_size(size)
        return [self._pdf.wrap(text, width - GAP_MM) for (text, _), width in zip(cells, widths, strict=True)]

    def _write(self, text: str, size: float, *, after: float) -> None:
        self._row([(text, INK)], [self._pdf.epw], size)
        self._pdf.ln(after)


class _Sheets(FPDF):
    """Pages with a foot."""

    def __init__(self, foot: str, *, is_rtl: bool) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self._foot, self._is_rtl = foot, is_rtl
        self._widths: dict[tuple[str, float], float] = {}
        self.set_margin(MARGIN_MM)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + 6)
        self.add_font("paper", fname=FONT)
        self.set_font("paper", size=9)
        self.set_draw_color(*RULE)
        self.set_line_width(0.15)

    @property
    def room(self) -> float:
        """Millimetres left on the page."""
        return float(self.page_break_trigger - self.get_y())

    def footer(self) -> None:
        """Write what stands on each page."""
        self.set_y(-MARGIN_MM - 2)
        self.set_font_size(7)
        self.set_text_color(*QUIET)
        self.put(self._foot, self.epw, 4)
        self.set_x(self.l_margin)
        self.put(str(self.page_no()), self.epw, 4, at_end=True)

    def put(self, text: str, width: float, height: float, *, at_end: bool = False) -> None:
        """Write one line here, on the side where lines begin; ``at_end``: on the other."""
        is_right = self._is_rtl is not at_end
        if self._shape(text):
            self.cell(width, height, text, align="R" if is_right else "L")
        elif text:
            self._put_plain(text, width if is_right else None, height)

    def _put_plain(self, text: str, width: float | None, height: float) -> None:
        """Write letters that need no shaping, at the right of a ``width`` or from here on.

        A cell takes twice the time, and a long table has a hundred thousand lines.
        """
        x = self.get_x() + (0 if width is None else width - self._wide(text))
        self.text(x, self.get_y() + height / 2 + 0.3 * self.font_size, text)

    def wrap(self, text: str, width: float) -> list[str]:
        """Return a text as lines of a width (mm); what has no space is broken where it must be."""
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if self._wide(longer) <= width:
                lines[-1] = longer
                continue
            *whole, rest = self._broken(word, width)
            lines = [*filter(None, lines), *whole, rest]
        return lines

    def _broken(self, word: str, width: float) -> list[str]:
        """A word in pieces that fit."""
        pieces = [""]
        for sign in word:
            if pieces[-1] and self._wide(pieces[-1] + sign) > width:
                pieces.append("")
            pieces[-1] += sign
        return pieces

    def _wide(self, text: str) -> float:
        key = (text, self.font_size_pt)
        if key not in self._widths:
            self._shape(text)
            self._widths[key] = self.get_string_width(text)
        return self._widths[key]

    def _shape(self, text: str) -> bool:
        """Letters that join or run from the right are shaped; for all others that would only take time."""
        is_joined = not text.isascii() and max(text) >= JOINED
        self.set_text_shaping(use_shaping_engine=is_joined, direction="rtl" if self._is_rtl else "ltr")
        return is_joined


def _height(size: float) -> float:
    """Millimetres from line to line, for letters of a size in points."""
    return size * MM_PER_PT * LINE
