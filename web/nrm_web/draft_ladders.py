"""The ladders on the page of a draft: as the form shows them, as it posts them, and rungs added, removed, moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from nrm.commands.draft_ladders import RungWish, wish_of
from nrm.deployment.ladders import ladders_from_yaml
from nrm.diagrams.bundle import LADDERS, Bundle
from nrm.rules.ladders import ASSIGNEE, AUDITORS, DUTY, LEVELS, ROLE, SUPERVISOR
from nrm.rules.policy import Reach
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.wiring.system import System
from nrm_web.words import Words

FIXED = ((ASSIGNEE, "Whoever has the task"), (SUPERVISOR, "Their supervisor"), (AUDITORS, "Auditors"))
WHENS = (
    ("half", "Half of the time is over"), ("before", "Before it runs out"), ("breach", "It is missed"),
    ("after", "After it was missed"),
)
EFFECTS = (
    ("remind", "Tells, nothing more"), ("reason", "Asks why it is late"), ("escalate", "Opens an escalation"),
    ("offer", "Asks to give the task to somebody else"), ("reassign", "Gives the task to the first who can have it"),
)
MAILED = "yes"
SPARE = 1
"""So many empty places for roles beside those that are filled."""
NEW = RungWish("after", (), "1", "working_days")


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One ladder of the form. ``key`` begins the names of its fields."""

    key: str
    title: str
    safety: bool
    rungs: tuple[RungWish, ...]


def role_choices(system: System, words: Words) -> list[tuple[str, str]]:
    """Return the roles a rung may tell, each as everybody of it and as whoever is on duty."""
    roles = [one for one in system.configuration.roles.values() if one.reach is not Reach.SYSTEM]
    made = []
    for role in roles:
        made.append((f"{ROLE}{role.code}", words(role.title)))
        made.append((f"{DUTY}{role.code}", words("{role}, on duty", role=words(role.title))))
    return made


def ladder_rows(bundle: Bundle, is_typed: bool) -> list[LadderRow]:
    """Return the ladders as the form shows them: what was typed, with the rung added, removed or moved."""
    try:
        ladders = ladders_from_yaml(bundle.file(LADDERS))
    except ConfigurationRefused:  # the findings say what is wrong
        return []
    typed = _rearranged(ladders_posted(bundle)) if is_typed else {}
    return [
        LadderRow(key, one.title, one.safety, tuple(typed[key] if key in typed else map(wish_of, one.rungs)))
        for key, one in ladders.items()
    ]


def ladders_posted(bundle: Bundle) -> dict[str, list[RungWish]]:
    """Return the ladders of the form; those the page did not show stay as they are."""
    found = {}
    for key in bundle.ladders:
        count = request.form.get(f"ladder.{key}.count", "")
        if count.isdecimal() and len(count) < 3:
            found[key] = [_wish(f"ladder.{key}.{no}.") for no in range(1, int(count) + 1)]
    return found


def ladder_labels(rows: Sequence[LadderRow]) -> dict[str, str]:
    """Return field name -> title of the ladder, for the error summary."""
    return {f"ladder.{row.key}.{no}": row.title for row in rows for no in range(1, len(row.rungs) + 1)}


def _wish(at: str) -> RungWish:
    form = request.form
    tell = [who for who, _ in FIXED if form.get(f"{at}{who}")]
    tell += [who for who in form.getlist(f"{at}role") if who.strip()]
    return RungWish(
        form.get(f"{at}when", ""), tuple(dict.fromkeys(tell)), form.get(f"{at}length", ""),
        form.get(f"{at}unit", "hours"), form.get(f"{at}level", ""), form.get(f"{at}effect", "remind"),
        form.get(f"{at}mail") == MAILED,
    )


def _rearranged(ladders: Mapping[str, list[RungWish]]) -> Mapping[str, list[RungWish]]:
    """Do what the button said: ``rung:add:KEY``, ``rung:remove:KEY:NO``, ``rung:up:KEY:NO``, ``rung:down:KEY:NO``."""
    what, _, rest = request.form.get("_action", "").removeprefix("rung:").partition(":")
    key, _, number = rest.partition(":")
    rungs = ladders.get(key)
    if rungs is None:
        return ladders
    place = int(number) - 1 if number.isdecimal() and len(number) < 3 else 0
    if what == "add":
        rungs.append(NEW)
    elif what == "remove" and place < len(rungs):
        del rungs[place]
    elif what in ("up", "down"):
        other = place - 1 if what == "up" else place + 1
        if min(place, other) >= 0 and max(place, other) < len(rungs):
            rungs[place], rungs[other] = rungs[other], rungs[place]
    return ladders


__all__ = [
    "EFFECTS", "FIXED", "LEVELS", "SPARE", "WHENS", "LadderRow", "ladder_labels", "ladder_rows", "ladders_posted",
    "role_choices",
]
