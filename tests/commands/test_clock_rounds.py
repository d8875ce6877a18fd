"""What was told of a clock is told anew only where it lies ahead again: pauses and further changes repeat nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.clock_acts import Asked, ask_change, decide_change, pause_clock, resume_clock
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.vocabulary.clock_words import Change
from tests.support.driving import Drive

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
EXPLAIN = "identification.explain_rights"
"""One working day from Monday 2 March, 11:00: half of the office time is used on Tuesday at 09:30."""


class Case:
    """A case whose rights are to be explained by Tuesday evening."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        case_id = drive.open_case()
        drive.complete(case_id, "record_safety", SAFE)
        drive.complete(case_id, "case.assemble_team")
        self.clock_id = drive.one(
            select(Deadline.id).where(Deadline.task_id == drive.task(case_id, EXPLAIN).id)
        ).id

    def extend(self, days: int) -> None:
        asked = Asked(Change.EXTEND, "law", days)
        request = ask_change(self.drive.system, self.drive.person("CM"), deadline_id=self.clock_id, asked=asked)
        decide_change(self.drive.system, self.drive.person("SUP"), request_id=request, grant=True)

    def pause(self, **lasts: int) -> None:
        coordinator = self.drive.person("COORD")
        pause_clock(self.drive.system, coordinator, deadline_id=self.clock_id, ground="missing")
        self.wait(**lasts)
        resume_clock(self.drive.system, coordinator, deadline_id=self.clock_id)

    def wait(self, **lasts: int) -> None:
        self.drive.wait(timedelta(**lasts))

    @property
    def told(self) -> list[tuple[int, int]]:
        """Round and rung of what was told."""
        rows = self.drive.rows(
            select(RungFired.round, RungFired.rung).where(RungFired.deadline_id == self.clock_id)
            .order_by(RungFired.round, RungFired.rung)
        )
        return [(row.round, row.rung) for row in rows]


def missed_and_extended(case: Case) -> None:
    """By Friday evening four rungs were told; four days more make it Tuesday 10 March, more than half of them over."""
    case.wait(days=4, hours=8)
    case.extend(4)


AFTERWARDS: dict[str, Callable[[Case], None]] = {
    "nothing more": lambda case: None,
    "extended again": lambda case: case.extend(1),
    "paused and resumed": lambda case: case.pause(hours=1),
    "paused over days": lambda case: case.pause(days=3),
}


@pytest.mark.parametrize("afterwards", AFTERWARDS)
def test_a_second_round_repeats_only_what_lies_ahead_of_it(drive: Drive, afterwards: str) -> None:
    case = Case(drive)
    missed_and_extended(case)
    before = case.told
    assert before == [(1, 1), (1, 2), (1, 3), (1, 4)]
    AFTERWARDS[afterwards](case)
    case.wait(minutes=1)
    assert case.told == before, "the reminder at half time is long past"
    case.wait(days=14)
    assert case.told == [*before, *((2, rung) for rung in range(2, 6))]


def test_a_pause_after_the_reminder_does_not_remind_again(drive: Drive) -> None:
    case = Case(drive)
    case.wait(hours=23)
    case.pause(days=3)
    case.wait(days=30)
    assert case.told == [(1, rung) for rung in range(1, 6)]


def test_while_it_stands_still_it_is_known_which_rung_comes_next(drive: Drive) -> None:
    case = Case(drive)
    case.wait(hours=23)
    pause_clock(drive.system, drive.person("COORD"), deadline_id=case.clock_id, ground="missing")
    row = drive.one(select(Deadline.next_rung, Deadline.next_rung_at).where(Deadline.id == case.clock_id))
    assert (row.next_rung, row.next_rung_at) == (2, None)
