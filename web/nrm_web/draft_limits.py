"""The time limits on the page of a draft: as the form shows them and as it posts them."""

from __future__ import annotations

from flask import request

from nrm.diagrams.bundle import Bundle
from nrm.queries.process_drafts import DraftView

UNITS = (("working_days", "working days"), ("calendar_days", "calendar days"), ("hours", "hours"))


def limits_posted(bundle: Bundle) -> dict[str, tuple[str, str, str]]:
    """Return the limits of the form as length, unit and source; those the page did not show stay as they are."""
    found = {}
    for key in bundle.limits:
        if f"limit.{key}.length" in request.form:
            values = (request.form.get(f"limit.{key}.{name}", "") for name in ("length", "unit", "source"))
            found[key] = tuple(values)
    return found  # type: ignore[return-value]


def limit_rows(view: DraftView, is_typed: bool) -> list[dict[str, object]]:
    """Return the limits as the form shows them: what was typed, where something was wrong with it."""
    rows = []
    for key, limit in view.bundle.limits.items():
        row: dict[str, object] = {"key": key, **limit}
        if is_typed:
            names = ("length", "unit", "source")
            row |= {name: request.form.get(f"limit.{key}.{name}", str(limit.get(name, ""))) for name in names}
        row["was"] = view.base.limits.get(key)
        rows.append(row)
    return rows


def limit_labels(bundle: Bundle) -> dict[str, str]:
    """Return field name -> key of the limit, for the error summary."""
    return {f"limit.{key}.{name}": key for key in bundle.limits for name in ("length", "unit", "source")}
