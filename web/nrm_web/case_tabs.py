"""The tabs of a case: those its reader may open and that can hold something for them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for

from nrm.queries.case_view import CasePage

REGISTERS = {
    "timeline": "", "team": "case.team", "plan": "", "records": "", "notes": "case.note", "files": "case.file",
    "consents": "consent.record",
}
"""The registers that have a tab, each with the permission to write in it from there."""
AFTER = (("process", "case.process"), ("clocks", "case.process"), ("history", "case.history"))
"""The tabs that follow the registers, each with the permission to read it."""
TITLES = {
    "summary": "Summary", "timeline": "Timeline", "team": "Team", "plan": "Plan", "records": "Records",
    "notes": "Notes", "files": "Files", "consents": "Consent", "process": "Process", "clocks": "Clocks",
    "history": "History", "access": "Access", "more": "Start and change",
}


def tabs(page: CasePage, here: str) -> list[Mapping[str, object]]:
    """Return the tabs of a case that its reader may open and that can hold something for them."""
    wanted = ["summary", *(name for name in REGISTERS if name == here or _can_hold(page, name))]
    wanted += [name for name, permission in AFTER if permission in page.may]
    wanted.append("access")
    if page.startable or page.may & {"case.close", "case.reopen", "case.link"}:
        wanted.append("more")
    counted = {"records": len(page.records), "notes": len(page.notes), "files": len(page.files)}
    return [
        {"href": url_for("web.case" if name == "summary" else f"web.case_{name}", code=page.code),
         "label": TITLES[name], "here": name == here, "count": counted.get(name) or None}
        for name in wanted
    ]


def _can_hold(page: CasePage, register: str) -> bool:
    """Whether a register holds something for its reader, or can: who sees only their own part sees no empty ones."""
    held = {"timeline": page.timeline, "team": page.team, "plan": page.plan or page.referrals,
            "records": page.records, "notes": page.notes, "files": page.files, "consents": page.consents}
    may_write = REGISTERS[register] in page.may and page.closed_at is None
    return "case.process" in page.may or bool(held[register]) or may_write
