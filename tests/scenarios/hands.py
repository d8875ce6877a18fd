"""How a journey's people act: through the commands, or (``http_hands``) through the API with the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nrm.commands.case_life import reopen_case
from nrm.commands.complete_task import complete_task
from nrm.commands.open_case import open_case
from nrm.commands.open_task import open_task
from nrm.commands.read_case import read_case
from nrm.commands.start_run import start_run
from nrm.commands.withdraw_consent import withdraw_consent
from nrm.vocabulary.actor import Actor
from tests.support.driving import Drive


@dataclass(frozen=True, slots=True)
class Page:
    """What a person learns by opening a task: its version, and why somebody else has to do it."""

    version: int
    separated: str | None


class Hands(Protocol):
    """What people can do. Refusals are raised as the project's own errors."""

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        """Open a case; returns its id."""
        ...

    def open_task(self, actor: Actor, task_id: str) -> Page:
        """Open a task."""
        ...

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        """Complete a task."""
        ...

    def start_run(self, actor: Actor, case_id: str, process: str) -> None:
        """Start a process from the case's menu."""
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


class CommandHands:
    """People who act through the commands."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive

    def open_case(self, actor: Actor, district: str, answers: Mapping[str, object]) -> str:
        return open_case(self.drive.system, actor, district=district, answers=answers).case_id

    def open_task(self, actor: Actor, task_id: str) -> Page:
        page = open_task(self.drive.system, actor, task_id=task_id)
        return Page(page.version, page.separated)

    def complete(self, actor: Actor, task_id: str, answers: Mapping[str, object], version: int) -> None:
        complete_task(self.drive.system, actor, task_id=task_id, answers=answers, seen_version=version)

    def start_run(self, actor: Actor, case_id: str, process: str) -> None:
        start_run(self.drive.system, actor, case_id=case_id, process=process)

    def withdraw(self, actor: Actor, case_id: str, consent_id: str) -> None:
        withdraw_consent(self.drive.system, actor, consent_id=consent_id)

    def read(self, actor: Actor, case_id: str) -> None:
        read_case(self.drive.system, actor, case_id=case_id)

    def reopen(self, actor: Actor, case_id: str, reason: str) -> None:
        reopen_case(self.drive.system, actor, case_id=case_id, reason=reason)


