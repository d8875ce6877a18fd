"""How the people of a table act and look: through the commands, or (``http_hands``) through the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from nrm import engine
from nrm.commands.case_life import reopen_case
from nrm.commands.complete_task import complete_task
from nrm.commands.open_case import open_case
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.read_case import read_case
from nrm.commands.settling.live_run import LiveRun, read_run
from nrm.commands.start_run import start_run
from nrm.commands.withdraw_consent import withdraw_consent
from nrm.records.tables.run import Incident, Run
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.happenings import WaitOpened
from tests.scenarios.playing import Seen
from tests.support.driving import Drive


@dataclass(frozen=True, slots=True)
class Page:
    """What a person learns by opening a task: its version, whose it is, why somebody else has to do it; its form."""

    version: int
    role: str
    separated: str | None
    answers: Mapping[str, object]
    """What the form began with."""


class Hands(Protocol):
    """What people can do. Refusals are raised as the project's own errors."""

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        """Open a case; returns its id."""
        ...

    def find_task(self, case_id: str, run_id: str, element: str) -> str:
        """Find the oldest open task of an element of a run; returns its id."""
        ...

    def open_task(self, actor: Actor, task_id: str) -> Page:
        """Open a task."""
        ...

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        """Complete a task."""
        ...

    def start_run(self, actor: Actor, case_id: str, process: str) -> str:
        """Start a process from the case's menu; returns the run's id."""
        ...

    def withdraw(self, actor: Actor, case_id: str, consent_id: str) -> None:
        """Withdraw a consent."""
        ...

    def read(self, actor: Actor, case_id: str) -> None:
        """Open the case."""
        ...

    def reopen(self, actor: Actor, case_id: str, reason: str) -> None:
        """Open a closed case again."""
        ...

    def look(self, case_id: str, run_id: str, after: int) -> Seen:
        """See how a run stands, and which actions the history tells of after an entry."""
        ...

    def rest(self) -> None:
        """What happens to the machine between two rows."""
        ...


class CommandHands:
    """People who act through the commands; what has become of it is read in the tables."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        return open_case(self.drive.system, actor, district=district, answers=answers).case_id

    def find_task(self, case_id: str, run_id: str, element: str) -> str:
        return str(self.drive.task(case_id, element, run_id=run_id).id)

    def open_task(self, actor: Actor, task_id: str) -> Page:
        page = open_task(self.drive.system, actor, task_id=task_id)
        return Page(page.version, page.role, page.separated, page.answers)

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        looked = look_at_answers(self.drive.system, actor, task_id=task_id, answers=answers)
        complete_task(self.drive.system, actor, task_id=task_id, answers=looked.answers, seen_version=version,
                      late_reason=LateReason.WORKLOAD)

    def start_run(self, actor: Actor, case_id: str, process: str) -> str:
        return start_run(self.drive.system, actor, case_id=case_id, process=process)

    def withdraw(self, actor: Actor, case_id: str, consent_id: str) -> None:
        withdraw_consent(self.drive.system, actor, consent_id=consent_id)

    def read(self, actor: Actor, case_id: str) -> None:
        read_case(self.drive.system, actor, case_id=case_id)

    def reopen(self, actor: Actor, case_id: str, reason: str) -> None:
        reopen_case(self.drive.system, actor, case_id=case_id, reason=reason)

    def look(self, case_id: str, run_id: str, after: int) -> Seen:
        run = live_run(self.drive, run_id)
        incidents = self.drive.rows(select(Incident.id).where(Incident.case_id == case_id))
        alike = self.drive.rows(select(Run.id).where(Run.case_id == case_id, Run.process == run.process))
        return Seen(
            open=[wait.element for wait in waits_of(run)], ended=run.outcome if run.status == "ended" else None,
            acted=[
                entry.object.removeprefix("action:") for entry in self.drive.history(case_id, after)
                if entry.act == "action.carried_out" and entry.bundle == run.published.digest
            ],
            facts=self.drive.facts(case_id, run_id), incidents=len(incidents), has_twin=len(alike) > 1,
        )

    def rest(self) -> None:
        """Everything in memory is thrown away: from here on only the database speaks."""
        self.drive.reload()


def live_run(drive: Drive, run_id: str) -> LiveRun:
    """A run as it was saved."""
    with drive.system.database.reader(SYSTEM) as unit:
        return read_run(unit, drive.system.library, run_id)


def waits_of(run: LiveRun) -> tuple[WaitOpened, ...]:
    """What a run waits for; nothing once it is over."""
    return engine.open_waits(run.published.program, run.state) if run.is_open else ()
