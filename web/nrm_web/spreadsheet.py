"""A table as a file that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response


def spreadsheet(rows: Iterable[Sequence[str]], name: str) -> Response:
    """Return rows of cells that are safe already as a file; its name says nothing of what is in it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
