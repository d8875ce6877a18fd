"""The settle loop: happenings in, rows out, first in first out, in the transaction of the act."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm import engine
from nrm.commands.settling.asked_for import expire_unanswered
from nrm.commands.settling.clocks import Clocks
from nrm.commands.settling.closing import Closing
from nrm.commands.settling.dated_runs import only_waits, start_dated
from nrm.commands.settling.escalations import Escalations
from nrm.commands.settling.fact_book import FactBook
from nrm.commands.settling.ledger import Ledger
from nrm.commands.settling.live_run import LiveRun, read_run, write_run
from nrm.commands.settling.people import People
from nrm.commands.settling.placing import Placing
from nrm.commands.settling.registers import Incidents, Messages, Notices, Steps
from nrm.commands.settling.task_rows import TaskRows
from nrm.queries.staffing import kept_from
from nrm.records.grants import give_case
from nrm.records.tables.case import Case
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.vocabulary.errors import ActionRefused
from nrm.vocabulary.happenings import (
    Advance,
    FactsDecided,
    Happening,
    IncidentRaised,
    MessageThrown,
    RouteChosen,
    RunEnded,
    StepPassed,
    WaitGone,
    WaitKind,
    WaitOpened,
)
from nrm.wiring.library import Published
from nrm.wiring.system import System

MAX_ENGINE_CALLS = 200
"""More than this in one act is a diagram that feeds itself: an incident, not a hang."""

ActionFunction = Callable[["Settlement", LiveRun, Mapping[str, str]], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One happening of one run that has not been handled yet."""

    run: LiveRun
    happening: Happening


class Settlement:
    """The consequences of one act on one case.

    A command calls :meth:`start_run`, :meth:`complete`, :meth:`fire` ... and then :meth:`settle` once.
    """

    def __init__(
        self, system: System, unit: Unit, case: Row[Any], *, actions: Mapping[str, ActionFunction],
        people: People | None = None,
    ) -> None:
        self.system = system
        self.unit = unit
        self.case = case
        self.case_id: str = case.id
        self.case_values: dict[str, object] = {}
        """Columns of the case row that this act changes."""
        self.closing = Closing(self)
        self.facts = FactBook(unit, case.id)
        self.clocks = Clocks(self)
        self.ledger = Ledger(unit, case.id)
        self.agencies = system.agencies(unit)
        self.people = people or People()
        self.calendars = system.calendars(unit)
        self.placing = Placing(unit, self.agencies, system.configuration.routing, case)
        self.tasks = TaskRows(self)
        self.steps = Steps(unit, case.id)
        self.incidents = Incidents(self)
        self.messages = Messages(self)
        self.notices = Notices(self)
        self.escalations = Escalations(self)
        self.ended_backbone: LiveRun | None = None
        self._actions = actions
        self._queue: deque[Waiting] = deque()
        self._runs: dict[str, LiveRun] = {}
        self._calls = 0

    @cached_property
    def kept_away(self) -> frozenset[str]:
        """Return whom a conflict of interest keeps from the case: they hear nothing of it, and get nothing of it."""
        return kept_from(self.unit.conn, (self.case_id,)).get(self.case_id, frozenset())

    # -- runs ---------------------------------------------------------------------------------

    def run(self, run_id: str) -> LiveRun:
        """Return the working copy of a run of this case."""
        if run_id not in self._runs:
            self._runs[run_id] = read_run(self.unit, self.system.library, run_id)
        return self._runs[run_id]

    def start_run(
        self, process: str, *, parent: LiveRun | None = None, wait: WaitOpened | None = None, item: str | None = None,
        facts: Mapping[str, object] | None = None, prepare: Callable[[LiveRun], None] | None = None,
        because: tuple[str, ...] = (),
    ) -> LiveRun:
        """Start a process in the version that is current now. ``prepare`` runs before the first step.

        ``because`` begins the reasons why its first tasks are with whoever gets them.
        """
        published = self.system.library.current(self.unit.conn, process)
        run = LiveRun(
            self._child_id(parent, wait, item), self.case_id, process, published,
            parent.id if parent else None, wait.wait_id if wait else None, item, self.unit.now, is_new=True,
            because=because,
        )
        self._runs[run.id] = run
        if parent is not None and parent.process == self.case.process and published.process.is_stage:
            self.case_values["stage"] = process
        if facts:
            self.facts.set(run.id, published, facts, source=f"run:{run.id}")
        if prepare is not None:
            prepare(run)
        self.ledger.enter("run.started", f"process:{process}", bundle=published.digest, payload={"run": run.id})
        self._take(run, engine.start(
            published.program, run_id=run.id, facts=self._facts_of(run), now=self.unit.now, items=self._items(run),
        ))
        return run

    def give_case(self, agency_id: str, **values: object) -> None:
        """Give the case another managing agency; read it again, and who fills its roles."""
        give_case(self.unit, self.case_id, agency_id, **values)
        self.case = self.unit.conn.execute(select(Case).where(Case.id == self.case_id)).one()
        self.placing = Placing(self.unit, self.agencies, self.system.configuration.routing, self.case)

    def is_running(self, process: str) -> bool:
        """Whether a run of the process is open in the case."""
        if any(run.process == process and run.is_open for run in self._runs.values()):
            return True
        return self.unit.conn.execute(
            select(Run.id).where(
                Run.case_id == self.case_id, Run.process == process, Run.status.in_(("open", "incident")),
                Run.id.not_in(list(self._runs)),
            )
        ).first() is not None

    def complete(self, run: LiveRun, wait_id: str) -> None:
        """Complete a wait: the facts that the completion sets must be in the fact book already."""
        self._take(run, engine.complete(
            run.published.program, run.state, run_id=run.id, wait_id=wait_id, facts=self._facts_of(run),
            now=self.unit.now, act_no=run.act_no + 1, items=self._items(run),
        ))

    def fire(self, run: LiveRun, wait_id: str) -> None:
        """Fire a time limit that has run out."""
        self._take(run, engine.fire(
            run.published.program, run.state, run_id=run.id, wait_id=wait_id, facts=self._facts_of(run),
            now=self.unit.now, act_no=run.act_no + 1, items=self._items(run),
        ))

    def deliver(self, run: LiveRun, wait_id: str) -> None:
        """Deliver a message to the one wait that is to have it."""
        self._take(run, engine.deliver(
            run.published.program, run.state, run_id=run.id, wait_id=wait_id, facts=self._facts_of(run),
            now=self.unit.now, act_no=run.act_no + 1, items=self._items(run),
        ))

    def retry(self, run: LiveRun, element: str, *, choose: str | None = None) -> None:
        """Try again where a run stands still, with the facts of now or with a chosen path."""
        run.status = "open"
        self._take(run, engine.retry(
            run.published.program, run.state, run_id=run.id, element=element, facts=self._facts_of(run),
            now=self.unit.now, act_no=run.act_no + 1, choose=choose,
        ))

    def cancel(self, run: LiveRun, reason: str) -> None:
        """Cancel a run with everything below it; its tasks are withdrawn, drafts are kept."""
        if not run.is_open:
            return
        for child_id in self._open_children(run.id):
            self.cancel(self.run(child_id), reason)
        self._take(run, engine.cancel(
            run.published.program, run.state, run_id=run.id, now=self.unit.now, act_no=run.act_no + 1,
        ))
        expire_unanswered(self, run.id)
        run.end("cancelled", reason, self.unit.now)
        self.ledger.enter("run.cancelled", f"process:{run.process}", outcome=reason, bundle=run.published.digest)

    # -- the loop -----------------------------------------------------------------------------

    def settle(self) -> None:
        """Handle every happening, then write everything that was gathered."""
        self._handle_all()
        start_dated(self, self.facts.dates_set)
        self._handle_all()
        self._close_if_over()
        self._handle_all()
        self.closing.follow()
        self.tasks.flush()
        self.clocks.flush()
        for run in self._runs.values():
            self.incidents.close_passed(run)
            write_run(self.unit, run)
        self.incidents.flush()
        self.messages.flush()
        self.notices.flush()
        self.steps.flush(self.ledger.last_seq)

    def _handle_all(self) -> None:
        while self._queue:
            waiting = self._queue.popleft()
            self._handle(waiting.run, waiting.happening)

    def _handle(self, run: LiveRun, happening: Happening) -> None:
        match happening:
            case StepPassed():
                self.steps.passed(run, happening)
            case RouteChosen():
                self.steps.routed(run, happening, self.facts.versions(run.id, happening.facts_read))
            case FactsDecided():
                self._decided(run, happening)
            case WaitOpened():
                self._opened(run, happening)
            case WaitGone():
                self._gone(run, happening)
            case MessageThrown():
                self.messages.thrown(happening)
            case RunEnded():
                self._ended(run, happening)
            case IncidentRaised():
                self.incidents.raised(run, happening)

    def _opened(self, run: LiveRun, wait: WaitOpened) -> None:
        match wait.kind:
            case WaitKind.TASK:
                self.tasks.open(run, wait)
            case WaitKind.RUN:
                self.start_run(wait.name, parent=run, wait=wait, item=wait.item)
            case WaitKind.ACTION:
                self.carry_out(run, wait)
            case WaitKind.MESSAGE:
                self.messages.awaited(run, wait)
            case WaitKind.LIMIT:
                self._arm(run, wait)

    def carry_out(self, run: LiveRun, wait: WaitOpened) -> None:
        """Carry out a named action; one that is refused stops the run as an incident and can be tried again."""
        setting = run.published.elements[wait.element].action
        function = self._actions.get(wait.name)
        if function is None or setting is None:
            sentence = f"The process asks for the action {wait.name}, which does not exist."
            self.incidents.raised(run, IncidentRaised(wait.element, "unknown_action", sentence))
            return
        try:
            facts = function(self, run, dict(setting.params))
        except ActionRefused as refused:
            self.incidents.raised(run, IncidentRaised(wait.element, "action_refused", refused.sentence))
            return
        self.ledger.enter("action.carried_out", f"action:{wait.name}", bundle=run.published.digest)
        if facts:
            self.facts.set(run.id, run.published, facts, source=f"action:{wait.name}")
        self.complete(run, wait.wait_id)

    def _arm(self, run: LiveRun, wait: WaitOpened) -> None:
        self.clocks.arm(run, wait.wait_id, limits=(wait.name,), ladder="", agency_id=str(self.case.agency_id),
                        is_task=False)
        self.ledger.enter("limit.armed", f"limit:{wait.name}", bundle=run.published.digest)

    def _gone(self, run: LiveRun, wait: WaitGone) -> None:
        if wait.kind is WaitKind.TASK:
            self.tasks.withdraw(wait.wait_id)
        elif wait.kind is WaitKind.LIMIT:
            self.clocks.end(wait.wait_id, "disarmed")
        elif wait.kind is WaitKind.RUN:
            for child_id in self._open_children(run.id, wait.wait_id):
                self.cancel(self.run(child_id), "interrupted")

    def _decided(self, run: LiveRun, decided: FactsDecided) -> None:
        self.facts.set(run.id, run.published, decided.facts, source=f"table:{decided.table}")
        self.ledger.enter(
            "decision.made", f"table:{decided.table}", bundle=run.published.digest,
            payload={"element": decided.element, **decided.explanation},
        )

    def _ended(self, run: LiveRun, ended: RunEnded) -> None:
        if run.status == "cancelled":
            return
        run.end("ended", ended.outcome, self.unit.now)
        self.ledger.enter(
            "run.ended", f"process:{run.process}", outcome=ended.outcome or "ended", bundle=run.published.digest,
        )
        if run.parent_run_id is None or run.parent_wait_id is None:
            if run.process == self.case.process:
                self.ended_backbone = run
            return
        parent = self.run(run.parent_run_id)
        if not parent.is_open:
            return
        call = self._element_of(parent, run.parent_wait_id)
        if call is not None:
            self.facts.set(
                parent.id, parent.published, {f"{call}_outcome": ended.outcome}, source=f"run:{run.id}",
            )
            self.complete(parent, run.parent_wait_id)

    def _close_if_over(self) -> None:
        """The case closes when its backbone has ended and nothing else runs; until then it is followed up."""
        if self.ended_backbone is None and self.case.status != "follow_up":
            return
        if self.case_values.get("status") in ("closed", "closed_referred"):
            return
        if any(not only_waits(run) for run in self._open_runs()):
            self.case_values.setdefault("status", "follow_up")
            return
        for run in tuple(self._open_runs()):
            self.cancel(run, "case_closed")
        # Not by the backbone's outcome: its last end may be that of the assistance which ran beside.
        referred = self._backbone_facts().get("onward_accepted") is True
        self.case_values.update(status="closed_referred" if referred else "closed", closed_at=self.unit.now)
        outcome = self.ended_backbone.outcome if self.ended_backbone else "closed"
        self.ledger.enter("case.closed", f"case:{self.case_id}", outcome=outcome or "closed")

    def _backbone_facts(self) -> Mapping[str, object]:
        return self.facts.for_run("", self.system.library.current(self.unit.conn, str(self.case.process)))

    def _open_runs(self) -> Iterator[LiveRun]:
        """The open runs of the case, those first that this act has at hand."""
        yield from [run for run in self._runs.values() if run.is_open]
        rows = self.unit.conn.execute(
            select(Run.id).where(Run.case_id == self.case_id, Run.status.in_(("open", "incident")))
        )
        yield from (self.run(row.id) for row in rows.all() if row.id not in self._runs)

    # -- small things -------------------------------------------------------------------------

    def calendar_of(self, agency_id: str) -> str:
        """Return the calendar by which an agency's working days are counted."""
        return self.agencies.agency(agency_id).calendar

    def _take(self, run: LiveRun, advance: Advance) -> None:
        self._calls += 1
        run.advanced(advance.state)
        if self._calls > MAX_ENGINE_CALLS:
            self._queue.append(Waiting(run, IncidentRaised(
                "", "too_many_steps", "The process went on by itself more than 200 times in one act.",
            )))
            return
        self._queue.extend(Waiting(run, happening) for happening in advance.happenings)

    def _facts_of(self, run: LiveRun) -> dict[str, object]:
        return self.facts.for_run(run.id, run.published)

    def _items(self, run: LiveRun) -> Mapping[str, Sequence[str]]:
        """Collections that multi-instance elements may name: opaque ids only."""
        if not run.published.collections:
            return {}
        return {"team_members": [f"{seat.role}:{seat.agency_id}" for seat in self.placing.team()]}

    def _open_children(self, run_id: str, wait_id: str | None = None) -> list[str]:
        query = select(Run.id).where(Run.parent_run_id == run_id, Run.status.in_(("open", "incident")))
        if wait_id is not None:
            query = query.where(Run.parent_wait_id == wait_id)
        stored = [row.id for row in self.unit.conn.execute(query)]
        fresh = [
            run.id for run in self._runs.values()
            if run.is_new and run.is_open and run.parent_run_id == run_id
            and (wait_id is None or run.parent_wait_id == wait_id)
        ]
        return [*stored, *fresh]

    def _element_of(self, parent: LiveRun, wait_id: str) -> str | None:
        for wait in engine.open_waits(parent.published.program, parent.state):
            if wait.wait_id == wait_id:
                return wait.element
        return None

    def _child_id(self, parent: LiveRun | None, wait: WaitOpened | None, item: str | None) -> str:
        if parent is None or wait is None:
            return self.system.new_id()
        return str(uuid.uuid5(uuid.UUID(wait.wait_id), f"child:{item or ''}"))


__all__ = ["ActionFunction", "Published", "Settlement"]
