"""Whom a rung of a ladder tells, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nrm.deployment.people import RoleSetting
from nrm.queries.deadlines_board import DeadlineLine
from nrm.rules.ladders import ASSIGNEE, AUDITORS, DUTY, SUPERVISOR, Ladder, role_of
from nrm.wiring.system import System
from nrm_web.words import Words

TOLD = {ASSIGNEE: "whoever has the task", SUPERVISOR: "supervisor", AUDITORS: "the auditors"}


def whom_told(tell: Iterable[str], roles: Mapping[str, RoleSetting], words: Words) -> str:
    """Return everybody a rung tells, by role."""
    return words.listed(_one(who, roles, words) for who in tell)


def told_so_far(number: int, ladder: Ladder | None, roles: Mapping[str, RoleSetting], words: Words) -> str:
    """Return how far a ladder has climbed, by who was told last; a number where the ladder is not known."""
    if number == 0:
        return words("Nobody yet")
    rung = next((one for one in ladder.rungs if one.no == number), None) if ladder is not None else None
    if rung is None:
        return words("Rung {number}", number=number)
    if not rung.is_late:
        return words("Reminded")
    return words("Told: {who}", who=whom_told(rung.tell, roles, words))


def _one(who: str, roles: Mapping[str, RoleSetting], words: Words) -> str:
    code = role_of(who)
    if not code:
        return TOLD.get(who, who)
    title = roles[code].title if code in roles else code
    return words("{role} on duty", role=words(title)) if who.startswith(DUTY) else title


def told_words(system: System, words: Words, lines: Iterable[DeadlineLine]) -> dict[str, str]:
    """Return how far the ladder of each clock has climbed, by the clock's id."""
    known = system.configuration
    return {line.id: told_so_far(line.rung, known.ladders.get(line.ladder), known.roles, words) for line in lines}
