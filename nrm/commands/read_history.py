"""Read a case's history, and check that nobody altered it: the answer is a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nrm.commands.reading import reading
from nrm.commands.settling.ledger import Ledger
from nrm.queries.case_history import (
    EntryChoices,
    EntryFilter,
    HistoryPage,
    case_history,
    entry_choices,
    with_reasons,
)
from nrm.queries.case_reader import CaseReader
from nrm.queries.case_then import CaseThen, case_then
from nrm.records.verify import ChainResult, verify
from nrm.rules.visibility import Extent, readable_history
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a history found. ``erased``: entries whose words were erased lawfully."""

    ok: bool
    entries: int
    first_bad: int | None
    sentence: str
    head: str | None
    """Digest of the last good entry: noted down elsewhere, it shows later that nothing was cut."""
    erased: int = 0


def read_history(
    system: System, actor: Actor, *, case_id: str, before_seq: int | None = None, limit: int | None = None,
    permission: Permission = Permission.CASE_HISTORY, wanted: EntryFilter | None = None,
) -> HistoryPage:
    """Read a case's history, the newest entry first; leaves the read entry.

    Who sees only their own agency's acts reads those. ``permission``: ``AUDIT_READ`` for an auditor's page,
    which tells why a table decided, but for what only a few may read.
    Raises NotFound, NotAllowed.
    """
    with reading(system, actor, permission, case_id, "history") as read:
        decision = readable_history(actor, read.standing.resource, system.configuration.policy)
        if not decision.allowed:
            raise NotAllowed(decision.sentence, rule=decision.rule)
        read.unit.flush()
        page = case_history(
            system, read.unit, case_id=case_id, case_code=read.case.code, extent=decision.extent,
            agency_id=actor.agency_id, before_seq=before_seq, limit=limit, wanted=wanted,
        )
        reader = CaseReader(system, read.unit, read.standing)
        return with_reasons(page, reader, checks=permission is Permission.AUDIT_READ)


def history_choices(system: System, actor: Actor, *, case_id: str) -> EntryChoices:
    """Say who and what occurs in a case's history, for who reads it whole. Raises NotFound, NotAllowed."""
    with reading(system, actor, Permission.AUDIT_READ, case_id, "history") as read:
        return entry_choices(system, read.unit, case_id)


def read_then(system: System, actor: Actor, *, case_id: str, at: datetime) -> CaseThen:
    """Read how a case stood at an instant, for who checks histories; leaves the read entry.

    Raises NotFound, also before the case's first entry, NotAllowed.
    """
    with reading(system, actor, Permission.AUDIT_READ, case_id, "history") as read:
        return case_then(system, read.unit, read.case, at)


def verify_case(
    system: System, actor: Actor, *, case_id: str, permission: Permission = Permission.CASE_HISTORY
) -> Verdict:
    """Check a case's history entry by entry, the words included. Raises NotFound, NotAllowed.

    Leaves an entry of its own, written after the check. What it cannot show: a history rewritten as a
    whole together with its registered end, which only a digest kept elsewhere reveals.
    """
    with reading(system, actor, permission, case_id, "history") as read:
        decision = readable_history(actor, read.standing.resource, system.configuration.policy)
        if decision.extent is not Extent.ALL:
            raise NotAllowed("You see only your own agency's part of this history.", rule=decision.rule)
    with system.database.reader(actor) as unit:
        found = verify(unit.conn, system.keys, case_id)
    verdict = verdict_of(found)
    with system.database.unit(actor) as unit:
        unit.lock_case(case_id)
        Ledger(unit, case_id).enter(
            "history.checked", f"case:{case_id}", outcome="ok" if verdict.ok else f"broken:{verdict.first_bad}",
            rule=decision.rule,
        )
    return verdict


def verdict_of(found: list[ChainResult]) -> Verdict:
    """Return what was found in one chain in plain words."""
    one = next((result for result in found if not result.ok), found[0])
    head = None if one.head is None else one.head.digest
    if not one.ok:
        return Verdict(False, one.entries, one.first_bad_seq, one.sentence, head, one.erased)
    words = f"All {one.entries} entries are as they were written, and none is missing."
    if one.erased:
        words += f" The words of {one.erased} of them were erased; what remains of them was not altered."
    return Verdict(True, one.entries, None, words, head, one.erased)
