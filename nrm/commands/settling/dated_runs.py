"""Runs that begin when a date becomes known and wait for it: coming of age, a permit's end, a guardian's term."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from nrm import engine
from nrm.queries.startable import current_processes, may_start_now
from nrm.vocabulary.happenings import WaitKind

if TYPE_CHECKING:
    from nrm.commands.settling.live_run import LiveRun
    from nrm.commands.settling.settlement import Settlement


def start_dated(settlement: Settlement, names: AbstractSet[str] | None = None) -> None:
    """Start each process that begins when a date becomes known, once: not while a run of it is open.

    ``names``: the date facts that became known or changed; None: whichever are known.
    """
    if names is not None and not names:
        return
    for published in current_processes(settlement.unit, settlement.system.library):
        wanted = published.starting_dates if names is None else published.starting_dates & names
        if not wanted or settlement.is_running(published.process.id):
            continue
        facts = settlement.facts.for_run("", published)
        if any(facts.get(name) is not None for name in wanted) and may_start_now(published, facts):
            settlement.start_run(published.process.id)


def only_waits(run: LiveRun) -> bool:
    """Whether an open run does nothing but wait for its date: it keeps no case from closing."""
    if run.status != "open" or not run.published.starting_dates:
        return False
    return all(wait.kind is WaitKind.LIMIT for wait in engine.open_waits(run.published.program, run.state))
