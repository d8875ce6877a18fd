"""Addresses with a changed query, for filters and paging: they carry ids and codes only."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request


def address_with(**changed: str | None) -> str:
    """Return this page's address with some parts of its query changed; None takes a part away."""
    kept = {name: value for name, value in request.args.items() if value and name not in ("done", "after")}
    merged = {**kept, **changed}
    query = urlencode({name: value for name, value in merged.items() if value})
    return f"{request.path}?{query}" if query else request.path


def asked(name: str) -> str | None:
    """Return a filter of the address, or None where it is empty."""
    return request.args.get(name, "").strip()[:200] or None
