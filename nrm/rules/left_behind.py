"""No task is left behind: every open task is with an active agency, and somebody active can do it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nrm.rules.substitutes import Colleague


class Left(StrEnum):
    """Why nobody would do a task."""

    NO_AGENCY = "no_agency"
    NOBODY_IN_ROLE = "nobody_in_role"
    HOLDER_CLOSED = "holder_closed"
    HOLDER_ELSEWHERE = "holder_elsewhere"
    HOLDER_AWAY = "holder_away"


SENTENCES = {
    Left.NO_AGENCY: "Its agency no longer takes part.",
    Left.NOBODY_IN_ROLE: "Nobody at its agency fills its role.",
    Left.HOLDER_CLOSED: "The account of who has it is closed.",
    Left.HOLDER_ELSEWHERE: "Who has it no longer works there, or no longer fills the role.",
    Left.HOLDER_AWAY: "Who has it is absent, and nobody stands in.",
}


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of one agency as a task sees them; ``active``: whether the agency takes part."""

    active: bool
    people: tuple[Colleague, ...]

    def fill(self, role: str, unit: str | None = None) -> bool:
        """Whether somebody with an open account fills a role here, in a unit where one is named."""
        return any(one.active and role in one.roles and unit in (None, one.unit) for one in self.people)


NOBODY = Staff(active=False, people=())


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an open task is. ``holder``: the account of ``assignee_id``, None where there is none of that id."""

    role: str
    agency_id: str
    unit: str | None = None
    assignee_id: str | None = None
    holder: Colleague | None = None


def left_behind(task: Placed, staff: Staff) -> Left | None:
    """Say why an open task is left behind, or None where somebody will do it. ``staff``: of the task's agency."""
    if not staff.active:
        return Left.NO_AGENCY
    if task.assignee_id is not None:
        return _with_holder(task.role, task.agency_id, task.holder)
    return None if staff.fill(task.role, task.unit) else Left.NOBODY_IN_ROLE


def _with_holder(role: str, agency_id: str, holder: Colleague | None) -> Left | None:
    if holder is None or not holder.active:
        return Left.HOLDER_CLOSED
    if holder.agency_id != agency_id or role not in holder.roles:
        return Left.HOLDER_ELSEWHERE
    return Left.HOLDER_AWAY if holder.away else None
