"""Addresses with a changed query, for filters and paging: they carry ids and codes only."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from flask import request

from nrm.vocabulary.errors import NotFound


def address_with(**changed: str | None) -> str:
    """Return this page's address with some parts of its query changed; None takes a part away."""
    kept = {name: value for name, value in request.args.items() if value and name not in ("done", "after")}
    merged = {**kept, **changed}
    query = urlencode({name: value for name, value in merged.items() if value})
    return f"{request.path}?{query}" if query else request.path


def asked(name: str) -> str | None:
    """Return a filter of the address, or None where it is empty."""
    return request.args.get(name, "").strip()[:200] or None


def asked_instant(name: str = "at") -> datetime | None:
    """Return an instant of the address, or None where it is empty. Raises NotFound for what is none."""
    text = asked(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if found.tzinfo is None:
        raise NotFound
    return found


def as_number(text: str, digits: int = 11) -> int | None:
    """Return a whole number written in at most so many digits, None for anything else, a superscript two among it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
