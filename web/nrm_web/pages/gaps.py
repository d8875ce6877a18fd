"""Services that were missing: counted by district, listed, reviewed every quarter (the team's fourth function)."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.review_gap import review_gap
from nrm.queries.gaps_board import (
    STATUSES,
    GapLine,
    gap_counts,
    gap_quarters,
    gap_table,
    gaps_board,
    sees_each_gap,
)
from nrm.vocabulary.errors import InvalidInput
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/service-gaps")
def gaps() -> ResponseReturnValue:
    """What was missing where; filters stand in the address. Whoever reaches no case sees numbers only."""
    visit = the_visit()
    return _board(200) if sees_each_gap(visit.system, visit.actor) else _counted()


@pages.post("/service-gaps/<gap_id>/review")
def gap_review(gap_id: str) -> ResponseReturnValue:
    """Record what follows from one gap."""
    visit = the_visit()
    note = request.form.get("note", "")
    try:
        review_gap(visit.system, visit.actor, gap_id=gap_id, note=note)
    except InvalidInput as wrong:
        return _board(422, {f"note-{gap_id}": wrong.fields.get("note", [wrong.sentence])}, {gap_id: note})
    return redirect(f"{url_for('web.gaps')}?{urlencode({'said': 'gap_reviewed', **_filters()})}", 303)


def quarter_of(on: date) -> str:
    """Return ``2026-Q1`` for a day."""
    return f"{on.year}-Q{(on.month - 1) // 3 + 1}"


def _filters() -> dict[str, str]:
    names = ("quarter", "district", "service", "status")
    return {name: value for name in names if (value := request.values.get(name, ""))}


def _board(
    status: int, errors: dict[str, list[str]] | None = None, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    visit = the_visit()
    chosen = _filters()
    district, service, wanted = (chosen.get(name) for name in ("district", "service", "status"))
    quarters = gap_quarters(visit.system, visit.actor)
    quarter = chosen.get("quarter") if chosen.get("quarter") in quarters else None
    page = gaps_board(
        visit.system, visit.actor, district=district, service=service, quarter=quarter,
        status=wanted if wanted in STATUSES else None, after=request.args.get("after") or None, limit=50,
    )
    counts = gap_counts(visit.system, visit.actor, quarter=quarter)
    services = sorted({one.service for one in (counts if quarter is None else gap_counts(visit.system, visit.actor))})
    html = render_template(
        "coordinator/gaps.html", page=page, lines=_by_quarter(page.items), quarters=quarters, chosen=chosen,
        counts=[one for one in counts if district in (None, one.district)], services=services,
        days={one.id: _day(one) for one in page.items},
        errors=errors or {}, typed=typed or {},
    )
    return html, status


def _counted() -> ResponseReturnValue:
    visit = the_visit()
    quarters = gap_quarters(visit.system, visit.actor)
    asked = request.args.get("quarter", "")
    quarter = asked if asked in quarters else next(iter(quarters), "")
    return render_template(
        "coordinator/gaps_counted.html", quarters=quarters, quarter=quarter,
        told=gap_table(visit.system, visit.actor, quarter=quarter) if quarter else None,
        districts=visit.system.configuration.districts,
        smallest=visit.system.configuration.retention.smallest_cell,
    )


def _day(line: GapLine) -> date:
    return date.fromisoformat(line.on)


def _by_quarter(lines: tuple[GapLine, ...]) -> list[tuple[str, list[GapLine]]]:
    found: dict[str, list[GapLine]] = {}
    for line in lines:
        found.setdefault(quarter_of(_day(line)), []).append(line)
    return list(found.items())
