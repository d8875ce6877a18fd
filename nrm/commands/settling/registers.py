"""The smaller registers of the settle loop: steps passed, incidents, messages, notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from nrm import engine
from nrm.commands.mail_times import letter_of_the_day_at
from nrm.records.outgoing import add_notices, add_outgoing
from nrm.records.prepared import Write
from nrm.records.tables.run import Incident, Message, Run, Step
from nrm.records.unit import Unit
from nrm.vocabulary.happenings import (
    IncidentRaised,
    MessageThrown,
    RouteChosen,
    StepPassed,
    WaitKind,
    WaitOpened,
)
from nrm.vocabulary.mail import Weight

if TYPE_CHECKING:
    from nrm.commands.settling.live_run import LiveRun
    from nrm.commands.settling.settlement import Settlement

# Built once: building a statement costs more than running it.
_STEPS = Write(insert(Step))
_AWAITED = select(Message.id).where(
    Message.case_id == bindparam("case"), Message.name == bindparam("name"), Message.consumed_by.is_(None),
    Message.expires_at > bindparam("now"),
).order_by(Message.at, Message.id)

MESSAGE_LIFE = timedelta(days=30)
"""A message nobody has waited for by then becomes an incident."""


class Steps:
    """One row per element passed: the diagrams of the past live on them."""

    def __init__(self, unit: Unit, case_id: str) -> None:
        self._unit = unit
        self._case_id = case_id
        self._new: list[dict[str, object]] = []
        self._routes: dict[tuple[str, str], dict[str, int]] = {}

    def passed(self, run: LiveRun, step: StepPassed) -> None:
        """Note an element that was passed."""
        element = run.published.elements.get(step.element)
        now = self._unit.now
        self._new.append({
            "id": step.step_id, "run_id": run.id, "case_id": self._case_id, "engine_id": step.step_id,
            "element": step.element, "kind": element.kind if element else "", "item": step.item,
            "parent_id": step.parent_id, "entered_at": now, "left_at": now, "outcome": step.outcome,
            "flow": step.flow, "bundle": run.published.digest, "facts_read": {}, "history_seq": 0,
        })

    def routed(self, run: LiveRun, route: RouteChosen, versions: dict[str, int]) -> None:
        """Note which fact versions a gateway read."""
        self._routes[run.id, route.element] = versions

    def flush(self, history_seq: int) -> None:
        """Write the steps, each with the history entry of the act that passed it."""
        if not self._new:
            return
        for row in self._new:
            row["history_seq"] = history_seq
            row["facts_read"] = self._routes.get((str(row["run_id"]), str(row["element"])), {})
        _STEPS.run_all(self._unit.conn, self._new)
        self._new, self._routes = [], {}


TOLD_OF_LOST_ACCESS = frozenset({"referral_revoked", "give_back"})
"""Kinds of notices whose letter goes although its reader has no access any more: that is what it is about."""


class Notices:
    """What people are told in the application, and that a mail without content goes out."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._told: list[dict[str, object]] = []
        self._letters: list[tuple[str, Weight, str | None, str | None]] = []

    def tell(
        self, user_id: str, kind: str, task_id: str | None, at: datetime, *, mail: bool = False,
        weight: Weight = Weight.ORDINARY, said: str = "", params: Mapping[str, object] | None = None,
        sees: bool = True,
    ) -> None:
        """Tell one person once; the mail says only that there is something to look at.

        ``said``: the wording, where it is not the kind's own; ``params`` fills its places. ``sees``: whether they may
        see the task; else they hear of the case by its code alone.
        """
        settlement = self._settlement
        if (user_id == settlement.unit.actor.user_id and not mail) or user_id in settlement.kept_away:
            return
        self._told.append({
            "id": settlement.system.new_id(), "user_id": user_id, "kind": kind,
            "task_id": task_id if sees else None, "case_code": settlement.case.code, "text_key": said or kind,
            "at": at, "read_at": None, "params": params,
        })
        if mail:
            about = settlement.case_id if sees and kind not in TOLD_OF_LOST_ACCESS else None
            self._letters.append((user_id, weight, about, task_id if sees else None))

    def write_to(self, user_id: str) -> None:
        """Send somebody a letter that no notice in the application goes with."""
        self._letters.append((user_id, Weight.ORDINARY, self._settlement.case_id, None))

    def flush(self) -> None:
        """Write the notices and queue the letters."""
        unit = self._settlement.unit
        add_notices(unit, self._told)
        for user_id, weight, case_id, task_id in self._letters:
            add_outgoing(
                unit, user_id=user_id, weight=weight, case_id=case_id, task_id=task_id,
                next_at=unit.now if weight is Weight.SAFETY else self._letter_of_the_day_at(user_id),
            )
        self._told, self._letters = [], []

    def _letter_of_the_day_at(self, user_id: str) -> datetime:
        unit, people = self._settlement.unit, self._settlement.people
        row = people.person(unit, user_id)
        return letter_of_the_day_at(self._settlement.system, unit, row.agency_id if row else "")


ENGINE_KINDS = ("condition_unknown", "no_route", "decision_failed", "items_missing", "stuck", "endless_loop")
"""Incidents that stand at an element of the diagram, as the engine reports them."""


class Incidents:
    """What stops a run and needs a coordinator."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._new: list[dict[str, object]] = []

    def raised(self, run: LiveRun, incident: IncidentRaised, *, stops_run: bool = True) -> None:
        """Open an incident; the run stands where it stood until somebody resolves it."""
        settlement = self._settlement
        if stops_run:
            run.status = "incident"
            run.is_changed = True
        self._new.append({
            "id": settlement.system.new_id(), "case_id": settlement.case_id, "run_id": run.id,
            "element": incident.element, "kind": incident.kind, "sentence": incident.sentence,
            "facts": list(incident.facts), "flows": list(incident.flows), "opened_at": settlement.unit.now,
            "status": "open", "proposal": None, "proposed_by": None, "resolved_at": None, "resolved_by": None,
            "resolution": None,
        })
        settlement.ledger.enter(
            "incident.raised", f"element:{incident.element}", outcome=incident.kind, bundle=run.published.digest,
            payload={"sentence": incident.sentence},
        )

    def close_passed(self, run: LiveRun) -> None:
        """Close incidents of a run whose elements no longer stand still: the act itself got past them."""
        if run.status != "incident" or run.is_new or not run.is_changed:
            return
        standing = {still.element for still in engine.standing(run.published.program, run.state)}
        if not standing:
            run.status = "open"
        self._settlement.unit.conn.execute(
            update(Incident).where(
                Incident.run_id == run.id, Incident.status != "resolved", Incident.element.not_in(standing),
                Incident.kind.in_(ENGINE_KINDS),
            ).values(status="resolved", resolved_at=self._settlement.unit.now, resolution="passed")
        )

    def flush(self) -> None:
        """Write the incidents."""
        if self._new:
            self._settlement.unit.conn.execute(insert(Incident), self._new)
            self._new = []


class Messages:
    """Messages inside a case: kept until someone waits for them, delivered once, by wait id."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._new: list[dict[str, object]] = []

    def thrown(self, thrown: MessageThrown) -> None:
        """A run's throw event sends a message."""
        self.send(thrown.name)

    def send(self, name: str) -> None:
        """Hand a message to the one who waits for it, else keep it until someone does."""
        if not self.tell_waiting(name):
            self._keep(name)

    def tell_waiting(self, name: str) -> bool:
        """Hand a message to the one who waits for it; nobody waiting is no fault. Returns whether it went."""
        target = self._who_waits(name)
        if target is not None:
            self._settlement.deliver(*target)
        return target is not None

    def _keep(self, name: str) -> None:
        settlement = self._settlement
        self._new.append({
            "id": settlement.system.new_id(), "name": name, "correlation": settlement.case_id,
            "case_id": settlement.case_id, "facts": {}, "at": settlement.unit.now,
            "expires_at": settlement.unit.now + MESSAGE_LIFE, "consumed_by": None, "consumed_at": None,
        })

    def awaited(self, run: LiveRun, wait: WaitOpened) -> None:
        """A new wait consumes its oldest matching message."""
        settlement = self._settlement
        for kept in self._new:
            if kept["name"] == wait.name and kept["consumed_by"] is None:
                kept.update(consumed_by=wait.wait_id, consumed_at=settlement.unit.now)
                settlement.deliver(run, wait.wait_id)
                return
        row = settlement.unit.conn.execute(
            _AWAITED, {"case": settlement.case_id, "name": wait.name, "now": settlement.unit.now}
        ).first()
        if row is not None:
            settlement.unit.conn.execute(
                update(Message).where(Message.id == row.id)
                .values(consumed_by=wait.wait_id, consumed_at=settlement.unit.now)
            )
            settlement.deliver(run, wait.wait_id)

    def flush(self) -> None:
        """Write the messages nobody has waited for yet."""
        if self._new:
            self._settlement.unit.conn.execute(insert(Message), self._new)
            self._new = []

    def _who_waits(self, name: str) -> tuple[LiveRun, str] | None:
        settlement = self._settlement
        for row in settlement.unit.conn.execute(
            select(Run.id).where(Run.case_id == settlement.case_id, Run.status == "open").order_by(Run.started_at)
        ):
            run = settlement.run(row.id)
            for wait in engine.open_waits(run.published.program, run.state):
                if wait.kind is WaitKind.MESSAGE and wait.name == name:
                    return run, wait.wait_id
        return None
