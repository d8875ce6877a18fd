"""Plays a journey: one case across all its processes and agencies, row by row; README.md says how to read one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from nrm.records.tables.consent import Consent
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NrmError
from tests.scenarios.acting import PAUSE, CaseInHand
from tests.scenarios.hands import Hands
from tests.scenarios.journey_expectations import EXPECTATIONS
from tests.scenarios.playing import play
from tests.support.driving import DISTRICT, Drive

FOLDER = Path(__file__).parent / "journeys"
ACT_KEYS = frozenset({
    "do", "by", "person", "task", "tasks", "facts", "answers", "district", "until", "for", "limit", "process",
    "purpose", "reason", "note",
})
UNITS = {"minutes": "minutes", "hours": "hours", "days": "days", "weeks": "weeks"}


@dataclass(frozen=True, slots=True)
class Journey:
    """A readable story of one case, with the clauses it shows."""

    title: str
    shows: str
    rows: tuple[Mapping[str, Any], ...]
    main: bool = False


def journeys() -> list[Journey]:
    """Every journey, in the order of its file."""
    found = []
    for file in sorted(FOLDER.glob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            assert set(document) <= {"journey", "shows", "rows", "main"}, f"{file.name}: {sorted(document)}"
            for row in document["rows"]:
                unknown = set(row) - ACT_KEYS - set(EXPECTATIONS) - {"refused"}
                assert not unknown, f"{file.name}: {document['journey']}: {sorted(unknown)}"
            found.append(Journey(
                document["journey"], document["shows"], tuple(document["rows"]), document.get("main", False),
            ))
    return found


class Played(CaseInHand):
    """One journey on its way."""

    def __init__(self, journey: Journey, drive: Drive, hands: Hands) -> None:
        super().__init__(drive, hands)
        self.journey = journey

    def play(self) -> None:
        """Play every row; a wrong expectation names its row."""
        play(self.journey.title, self.journey.rows, self._row)
        self.finish()

    def _row(self, row: Mapping[str, Any]) -> None:
        self._act(row)
        for name, check in EXPECTATIONS.items():
            if name in row:
                check(self, row[name])
        self.go_on()

    def actor(self, named: str, number: int = 1) -> Actor:
        """The person a row names: ``ROLE`` or ``ROLE@agency``."""
        role, _, agency = named.partition("@")
        return self.drive.person(role, agency or None, number)

    def _act(self, row: Mapping[str, Any]) -> None:
        wanted = row.get("refused")
        if wanted is None:
            ACTS[row["do"]](self, row)
            return
        with pytest.raises(NrmError) as refused:
            ACTS[row["do"]](self, row)
        assert refused.value.code == wanted, refused.value.sentence

    # acts

    def open(self, row: Mapping[str, Any]) -> None:
        actor = self.actor(row.get("by", "FR@lantern"))
        self.open_case(actor, row.get("facts", {}), row.get("answers"), row.get("district", DISTRICT))

    def complete(self, row: Mapping[str, Any]) -> None:
        task = self.drive.task(self.case_id, row["task"])
        self.do_task(task, row.get("facts", {}), row.get("answers", {}), by=row.get("by"), person=row.get("person"))

    def through(self, row: Mapping[str, Any]) -> None:
        """Several tasks, one after the other, by whoever they are with."""
        for name, facts in _named(row["tasks"]):
            answers = facts.pop("answers", {})
            self.do_task(self.drive.task(self.case_id, name), facts, answers)
            self.drive.clock.advance(PAUSE)

    def wait(self, row: Mapping[str, Any]) -> None:
        if "until" in row:
            self.sweep_at(instant(row["until"]))
        else:
            count, unit = str(row["for"]).split()
            self.sweep_at(self.drive.clock.now() + timedelta(**{UNITS[unit]: float(count)}))

    def fire(self, row: Mapping[str, Any]) -> None:
        """Time passes until the one running limit event of this name has run out."""
        due = self.drive.rows(
            select(Deadline.due_at).where(
                Deadline.case_id == self.case_id, Deadline.kind == "event", Deadline.limit_key == row["limit"],
                Deadline.status == "running",
            ).order_by(Deadline.due_at)
        )
        assert due, f"no running {row['limit']}"
        self.sweep_at(due[0].due_at)

    def start_run(self, row: Mapping[str, Any]) -> None:
        self.hands.start_run(self.actor(row["by"]), self.case_id, row["process"])

    def withdraw(self, row: Mapping[str, Any]) -> None:
        consents = self.drive.rows(
            select(Consent).where(
                Consent.case_id == self.case_id, Consent.purpose == row["purpose"], Consent.status == "given"
            ).order_by(Consent.from_at.desc())
        )
        assert consents, f"no consent for {row['purpose']}"
        self.hands.withdraw(self.actor(row["by"]), self.case_id, consents[0].id)

    def read(self, row: Mapping[str, Any]) -> None:
        self.hands.read(self.actor(row["by"]), self.case_id)

    def reopen(self, row: Mapping[str, Any]) -> None:
        self.hands.reopen(self.actor(row["by"]), self.case_id, row["reason"])

    def tasks_ever(self) -> set[str]:
        """Every task the case ever had, as ``process.element``."""
        rows = self.drive.rows(select(Task.process, Task.element).where(Task.case_id == self.case_id))
        return {f"{row.process}.{row.element}" for row in rows}


ACTS: Mapping[str, Callable[[Played, Mapping[str, Any]], None]] = {
    "open": Played.open, "complete": Played.complete, "through": Played.through, "wait": Played.wait,
    "fire": Played.fire, "start": Played.start_run, "withdraw": Played.withdraw, "read": Played.read,
    "reopen": Played.reopen,
}


def instant(text: str) -> datetime:
    """A time of a table, in UTC."""
    return datetime.strptime(str(text), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def _named(tasks: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for task in tasks:
        if isinstance(task, str):
            yield task, {}
        else:
            for name, facts in task.items():
                yield name, dict(facts)
