"""A table as a file that a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from nrm.documents.sheets import as_csv


def spreadsheet(rows: Iterable[Sequence[str]], name: str) -> Response:
    """Return rows as a file; its name says nothing of what is in it."""
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    response = Response("\ufeff" + as_csv(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
