"""The auditor's acts: search by process facts, and export a history. Each leaves an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from nrm.commands.export_requests import count_one_taken
from nrm.commands.read_history import Verdict, verdict_of
from nrm.commands.reading import reading
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import Use, count_use
from nrm.queries.audit_search import AuditFilter, AuditLine, audit_lines
from nrm.queries.case_history import Entry, HistoryPage, case_history, whole_history
from nrm.queries.paging import Page
from nrm.queries.scope import require_role
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.verify import verify
from nrm.rules.visibility import Extent
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

READ = "read"
ONE_ENTRY_PER = timedelta(minutes=15)
COLUMNS = (
    "seq", "at", "actor", "agency", "act", "object", "outcome", "rule", "bundle", "link", "digest",
)
"""Process facts only: no answer, name, note or file is in a history export."""


def audit_search(
    system: System, actor: Actor, *, wanted: AuditFilter, after: str | None = None, limit: int | None = None
) -> Page[AuditLine]:
    """Find cases by process facts; what was asked is entered on the installation's history.

    Raises NotAllowed without the permission, InvalidInput for an unknown filter or cursor.
    """
    policy = system.configuration.policy
    rule = require_role(actor, Permission.AUDIT_SEARCH, policy)
    with system.database.unit(actor) as unit:
        page = audit_lines(system, unit, actor, wanted=wanted, after=after, limit=limit)
        Ledger(unit, INSTALLATION).enter(
            "audit.searched", "cases", rule=rule, payload={"asked": wanted.plain(), "found": len(page.items)},
        )
        return page


def export_history(system: System, actor: Actor, *, case_id: str) -> tuple[tuple[str, ...], ...]:
    """Return the history of a case as rows of text, headings first; the export itself is the last entry.

    Every cell is safe to open in a spreadsheet. Beyond fifty cases in a day a second person allows it.

    Raises NotFound, NotAllowed, TooManyTries.
    """
    count_use(system, actor, Use.EXPORT)
    count_one_taken(system, actor, case_id)
    with reading(
        system, actor, Permission.AUDIT_EXPORT, case_id, "history", act="history.exported", always=True
    ) as read:
        read.unit.flush()
        entries = whole_history(system, read.unit, case_id)
        return (COLUMNS, *_rows(entries))


def verify_installation(system: System, actor: Actor) -> Verdict:
    """Check the installation's own history: sign-ins, configuration, publication. Raises NotAllowed."""
    require_role(actor, Permission.AUDIT_VERIFY, system.configuration.policy)
    with system.database.reader(actor) as unit:
        found = verify(unit.conn, system.keys, INSTALLATION)
    verdict = verdict_of(found)
    with system.database.unit(actor) as unit:
        Ledger(unit, INSTALLATION).enter("history.checked", INSTALLATION, outcome="ok" if verdict.ok else "broken")
    return verdict


def read_installation_history(system: System, actor: Actor, *, limit: int = 100) -> tuple[Entry, ...]:
    """Return the newest entries of the installation's own history. Raises NotAllowed."""
    return read_installation(system, actor, limit=limit).entries


def read_installation(
    system: System, actor: Actor, *, before_seq: int | None = None, limit: int | None = None
) -> HistoryPage:
    """Read the installation's own history: sign-ins, accounts, publications; the newest entry first.

    The reading leaves an entry, one per person and quarter of an hour. Raises NotAllowed.
    """
    policy = system.configuration.policy
    require_role(actor, Permission.AUDIT_SEARCH, policy)
    with system.database.unit(actor) as unit:
        lately = unit.conn.execute(
            select(History.seq).where(
                History.chain == INSTALLATION, History.actor == actor.user_id, History.act == READ,
                History.at > unit.now - ONE_ENTRY_PER,
            ).limit(1)
        ).first()
        if lately is None:
            rule = require_role(actor, Permission.AUDIT_SEARCH, policy)
            Ledger(unit, INSTALLATION).enter(READ, INSTALLATION, rule=rule)
            unit.flush()
        return case_history(
            system, unit, case_id=INSTALLATION, case_code="", extent=Extent.ALL, agency_id=actor.agency_id,
            before_seq=before_seq, limit=limit,
        )


def _rows(entries: tuple[Entry, ...]) -> Iterator[tuple[str, ...]]:
    for entry in entries:
        yield tuple(str(value) for value in (
            entry.seq, entry.at.isoformat(), entry.actor_id, entry.agency_id, entry.act, entry.object,
            entry.outcome, entry.rule or "", entry.bundle or "", entry.link, entry.digest,
        ))
