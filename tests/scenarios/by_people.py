"""Runs a scenario on a real database with real people: their ``Hands`` are the commands or the API.

A case is opened as first responders do; the scenario's process is started in it (the backbone *is* the case's), by
the person who may start it wherever a person may. Tasks are completed by people of the role the row names, actions
are really carried out, limits fire by the sweep. What no person does is done by decree: what is known when the run
begins, a start that only a diagram or an act makes, the end of a called process, a message handed over by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import insert, select

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.form_acts.consents import enter_consent
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Run
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.happenings import WaitKind, WaitOpened
from nrm.vocabulary.permissions import Permission
from tests.scenarios.acting import CaseInHand
from tests.scenarios.hands import Hands, live_run, waits_of
from tests.scenarios.playing import check, play
from tests.scenarios.reading import Row, Scenario
from tests.support.driving import Drive

BACKBONE = "case"
STARTERS = ("COORD", "CM")
LINE = "line-1"


class PeopleRun(CaseInHand):
    """One scenario on its way through people's hands."""

    def __init__(self, scenario: Scenario, drive: Drive, hands: Hands) -> None:
        super().__init__(drive, hands)
        self.scenario = scenario
        self.run_id = ""

    def play(self) -> None:
        """Play every row; AssertionError names the row."""
        play(self.scenario.name, self.scenario.rows, self._row)
        self.finish()

    def _row(self, row: Row) -> None:
        ACTS[row.do](self, row)
        check(row, self.hands.look(self.case_id, self.run_id, self.seen))
        self.go_on()

    # acts

    def start(self, row: Row) -> None:
        self.open_case(self.drive.person("FR", "lantern"), {k: v for k, v in row.facts.items() if k == "is_child"})
        if self.scenario.process == BACKBONE:
            self.run_id = self.drive.run_of(self.case_id, BACKBONE).id
            return
        self.seen = len(self.drive.history(self.case_id))
        starter = self._before_the_start(row)
        if starter is not None:
            self.run_id = self.hands.start_run(starter, self.case_id, self.scenario.process)
            return
        with self._decree() as act:
            item = _plan_line(act, row) if self.scenario.process == "service_referral" else None
            self.run_id = act.settlement.start_run(self.scenario.process, facts=row.facts, item=item).id

    def _before_the_start(self, row: Row) -> Actor | None:
        """Make the case know what the row says is known; returns who starts the process, if a person does.

        Nobody does where the row says what only this run knows: whoever starts a run that way hands it over.
        """
        with self._decree() as act:
            published = act.system.library.current(act.unit.conn, self.scenario.process)
            process, kinds = published.process, [published.fact(name) for name in row.facts]
            if "person" not in process.starts or any(kind is None or kind.scope == "run" for kind in kinds):
                return None
            act.settlement.facts.set("", published, row.facts, source="scenario")
        return self.drive.person(next(role for role in STARTERS if role in process.start_roles))

    def complete(self, row: Row) -> None:
        assert row.element is not None
        task = self.drive.any_task(self.hands.find_task(self.case_id, self.run_id, row.element))
        assert task.element == row.element
        self.do_task(task, row.facts, row.answers, by=row.by)

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
        """Time passes until the limit has run out."""
        self.sweep_at(self.drive.one(select(Deadline).where(Deadline.wait_id == self._wait(row).wait_id)).due_at)

    def deliver(self, row: Row) -> None:
        wait = self._wait(row)
        with self._decree() as act:
            run = act.settlement.run(self.run_id)
            act.settlement.facts.set(run.id, run.published, row.facts, source="scenario")
            assert act.settlement.messages.tell_waiting(wait.name)

    def _wait(self, row: Row) -> WaitOpened:
        waits = waits_of(live_run(self.drive, self.run_id))
        found = [w for w in waits if w.element == row.element and w.kind is not WaitKind.TASK]
        assert found, f"not open; open: {sorted(w.element for w in waits)}"
        return found[0]

    @contextmanager
    def _decree(self) -> Iterator[CaseAct]:
        """An act on the case by its coordinator, for what no person does in this scenario."""
        coordinator = self.drive.person("COORD")
        with case_act(self.drive.system, coordinator, Permission.CASE_START_RUN, self.case_id) as act:
            yield act


ACTS: Mapping[str, Callable[[PeopleRun, Row], None]] = {
    "start": PeopleRun.start, "complete": PeopleRun.complete, "outcome": PeopleRun.outcome,
    "fire": PeopleRun.fire, "deliver": PeopleRun.deliver,
}


def _plan_line(act: CaseAct, row: Row) -> str:
    """A referral is about an agreed line; what the person said about telling the provider is in the register."""
    provider, answer = "harbour_house", row.facts.get("consent_covers")
    line_id = f"{act.case.id[:20]}-{LINE}"
    act.unit.conn.execute(insert(PlanLine), [{
        "id": line_id, "case_id": act.case.id, "run_id": None, "no": 1, "need": "",
        "service": "accommodation", "agency_id": provider, "urgent": bool(row.facts.get("line_urgent")),
        "status": "agreed", "version": 1,
    }])
    if answer is not None:
        enter_consent(
            act, purpose="referral", status="given" if answer == "yes" else "refused", given_by="person",
            record_id=None, recipients=[provider], categories=(), until=None,
        )
    return line_id
