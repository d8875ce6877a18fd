"""Runs a scenario through the real commands on a real database, everything in memory thrown away between two rows.

A case is opened as first responders do; the scenario's process is started in it (the backbone *is* the case's).
Tasks are completed by people of the role the row names, actions are really carried out, limits fire by the sweep.
Only two things stand in for more: a called process is ended by decree, and a message is handed over by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import insert, select

from nrm import engine
from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.form_acts.consents import enter_consent
from nrm.commands.settling.live_run import LiveRun, read_run
from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Incident, Run
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.happenings import WaitKind, WaitOpened
from nrm.vocabulary.permissions import Permission
from tests.fault.agreement import disagreements
from tests.scenarios.reading import Row, Scenario
from tests.support.driving import Drive

BACKBONE = "case"
LINE = "line-1"


class CommandRun:
    """One scenario on its way through the commands."""

    def __init__(self, scenario: Scenario, drive: Drive) -> None:
        self.scenario = scenario
        self.drive = drive
        self.case_id = ""
        self.run_id = ""
        self.seen = 0

    def play(self) -> None:
        """Play every row; AssertionError names the row."""
        for row in self.scenario.rows:
            where = f"row {row.number} ({row.do} {row.element or ''})"
            try:
                ACTS[row.do](self, row)
            except Exception as wrong:
                wrong.add_note(f"{self.scenario.name}: {where}; {getattr(wrong, 'fields', '')}")
                raise
            self._expect(row, where)
            self.drive.clock.advance(timedelta(minutes=10))
            self.drive.reload()
        assert disagreements(self.drive, self.case_id) == []

    # acts

    def start(self, row: Row) -> None:
        facts = {k: v for k, v in row.facts.items() if k == "is_child"}
        self.case_id = self.drive.open_case(facts)
        if self.scenario.process == BACKBONE:
            self.run_id = self.drive.run_of(self.case_id, BACKBONE).id
            return
        self.seen = len(self.drive.history(self.case_id))
        with self._decree() as act:
            item = self._prepare(act, row)
            run = act.settlement.start_run(self.scenario.process, facts=row.facts, item=item)
            self.run_id = run.id

    def _prepare(self, act: CaseAct, row: Row) -> str | None:
        preparing = PREPARING.get(self.scenario.process)
        return None if preparing is None else preparing(act, row)

    def complete(self, row: Row) -> None:
        assert row.element is not None
        task = self.drive.task(self.case_id, row.element, run_id=self.run_id)
        assert row.by in (None, task.role), f"the task is with {task.role}"
        self.drive.complete(self.case_id, row.element, row.facts, row.answers, run_id=self.run_id)

    def outcome(self, row: Row) -> None:
        """The called process ends by decree, with what it left behind."""
        wait = self._wait(row)
        with self._decree() as act:
            run = act.settlement.run(self.run_id)
            children = act.unit.conn.execute(
                select(Run.id).where(Run.parent_wait_id == wait.wait_id, Run.status == "open")
            ).scalars().all()
            for child_id in children:
                act.settlement.cancel(act.settlement.run(child_id), "by_decree")
            facts = {**row.facts, f"{row.element}_outcome": row.outcome}
            act.settlement.facts.set(run.id, run.published, facts, source="scenario")
            act.settlement.complete(run, wait.wait_id)

    def fire(self, row: Row) -> None:
        """Time passes until the limit has run out, and the worker sweeps."""
        wait = self._wait(row)
        due = self.drive.one(select(Deadline).where(Deadline.wait_id == wait.wait_id)).due_at
        self.drive.clock.move_to(due)
        sweep(self.drive.system)

    def deliver(self, row: Row) -> None:
        wait = self._wait(row)
        with self._decree() as act:
            run = act.settlement.run(self.run_id)
            act.settlement.facts.set(run.id, run.published, row.facts, source="scenario")
            assert act.settlement.messages.tell_waiting(wait.name)

    # looking

    def _expect(self, row: Row, where: str) -> None:
        run, expects = self._run(), row.expects
        waits = engine.open_waits(run.published.program, run.state) if run.is_open else ()
        opened = sorted(wait.element for wait in waits)
        stopped = self.drive.rows(select(Incident.sentence).where(Incident.case_id == self.case_id))
        assert not stopped, where
        if "open" in expects and "ended" not in expects:
            assert opened == sorted(expects["open"]), where
        if "ended" in expects:
            assert (run.status, run.outcome, opened) == ("ended", expects["ended"], []), where
        acted = [
            entry.object.removeprefix("action:") for entry in self.drive.history(self.case_id, self.seen)
            if entry.act == "action.carried_out" and entry.bundle == run.published.digest
        ]
        if "acted" in expects:
            more = Counter(acted) - Counter(expects["acted"])
            # An action may start a second run of the same process, whose own actions stand beside.
            assert Counter(expects["acted"]) <= Counter(acted), where
            assert not more or self._has_twin(), where
        self._expect_facts(row, where)
        self.seen = len(self.drive.history(self.case_id))

    def _expect_facts(self, row: Row, where: str) -> None:
        """What the row says the form, its act or a table has set is really there."""
        facts = self.drive.facts(self.case_id, self.run_id)
        told = {**row.facts, **row.expects.get("decided", {})}
        assert {name: facts.get(name) for name in told} == told, where

    def _run(self) -> LiveRun:
        with self.drive.system.database.reader(SYSTEM) as unit:
            return read_run(unit, self.drive.system.library, self.run_id)

    def _has_twin(self) -> bool:
        return len(self.drive.rows(
            select(Run.id).where(Run.case_id == self.case_id, Run.process == self.scenario.process)
        )) > 1

    def _wait(self, row: Row) -> WaitOpened:
        run = self._run()
        waits = engine.open_waits(run.published.program, run.state)
        found = [w for w in waits if w.element == row.element and w.kind is not WaitKind.TASK]
        assert found, f"not open; open: {sorted(w.element for w in waits)}"
        return found[0]

    @contextmanager
    def _decree(self) -> Iterator[CaseAct]:
        """An act on the case by its coordinator, for what no person does in this scenario."""
        coordinator = self.drive.person("COORD")
        with case_act(self.drive.system, coordinator, Permission.CASE_START_RUN, self.case_id) as act:
            yield act


ACTS: Mapping[str, Callable[[CommandRun, Row], None]] = {
    "start": CommandRun.start, "complete": CommandRun.complete, "outcome": CommandRun.outcome,
    "fire": CommandRun.fire, "deliver": CommandRun.deliver,
}


def _plan_line(act: CaseAct, row: Row) -> str:
    """A referral is about an agreed line; what the person said about telling the provider is in the register."""
    provider, answer = "harbour_house", row.facts.get("consent_covers")
    act.unit.conn.execute(insert(PlanLine), [{
        "id": f"{act.case.id[:20]}-{LINE}", "case_id": act.case.id, "run_id": None, "no": 1, "need": "",
        "service": "accommodation", "agency_id": provider, "urgent": bool(row.facts.get("line_urgent")),
        "status": "agreed", "version": 1,
    }])
    if answer is not None:
        enter_consent(
            act, purpose="referral", status="given" if answer == "yes" else "refused", given_by="person",
            record_id=None, recipients=[provider], categories=(), until=None,
        )
    return f"{act.case.id[:20]}-{LINE}"


PREPARING: Mapping[str, Callable[[CaseAct, Row], str | None]] = {"service_referral": _plan_line}


