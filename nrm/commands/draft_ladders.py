"""The ladders of a draft as people change them: one that could not fire does not save (domain 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from sqlalchemy import select

from nrm.deployment.ladders import ladders_from_yaml
from nrm.diagrams.bundle import LADDERS, Bundle
from nrm.queries.role_holders import unfilled_roles
from nrm.records.tables.bundle import BundleRow
from nrm.rules.ladder_faults import ESCALATION, Surroundings, ladder_faults
from nrm.rules.ladders import LEVELS, Channel, Effect, Ladder, Rung, When
from nrm.rules.limits import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

UNITS = (Unit.HOURS, Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)
MEASURED = (When.BEFORE, When.AFTER)
"""Rungs that come so long before or after the breach: only they have a length."""
LONGEST = 3650


@dataclass(frozen=True, slots=True)
class RungWish:
    """A rung as it was typed. ``length`` counts only before or after the breach."""

    when: str
    tell: tuple[str, ...]
    length: str = ""
    unit: str = "hours"
    level: str = ""
    effect: str = "remind"
    mail: bool = True


def wish_of(rung: Rung) -> RungWish:
    """Return a rung as the form shows it."""
    return RungWish(
        rung.when, rung.tell, str(rung.length or ""), rung.unit, rung.level, rung.effect, Channel.MAIL in rung.channel,
    )


def changed_ladders(
    bundle: Bundle, wanted: Mapping[str, Sequence[RungWish]], around: Surroundings
) -> dict[str, bytes]:
    """Return ``ladders.yaml`` with other rungs, or nothing where none differs.

    ``wanted``: ladder key -> its rungs. A ladder that stays as it is is not judged here.

    Raises InvalidInput: ``ladder.KEY.NUMBER`` -> what is wrong with that rung.
    """
    present = ladders_from_yaml(bundle.file(LADDERS))
    documents = {key: dict(values) for key, values in bundle.ladders.items()}
    wrong: dict[str, list[str]] = {}
    changed = False
    for key, wishes in wanted.items():
        if key not in present:
            raise InvalidInput(fields={"key": ["This process does not use a ladder of that name."]})
        found = {no: said for no, wish in enumerate(wishes, start=1) if (said := _fault(wish))}
        wrong |= {f"ladder.{key}.{no}": [said] for no, said in found.items()}
        if not found:
            ladder = _ladder(present[key], wishes)
            if ladder != present[key]:
                changed = True
                documents[key]["rungs"] = [_document(rung) for rung in ladder.rungs]
                for fault in ladder_faults(ladder, around):
                    if fault.stops:
                        wrong.setdefault(f"ladder.{key}.{fault.rung}", []).append(fault.sentence)
    if wrong:
        raise InvalidInput(fields=wrong)
    if not changed:
        return {}
    return {LADDERS: yaml.safe_dump(documents, sort_keys=True, allow_unicode=True, width=100).encode()}


def ladder_files(
    system: System, actor: Actor, bundle: Bundle, wanted: Mapping[str, Sequence[RungWish]]
) -> dict[str, bytes]:
    """Return :func:`changed_ladders` for the people and processes that are there now. Raises InvalidInput."""
    if not wanted:
        return {}
    with system.database.reader(actor) as unit:
        there = unit.conn.execute(select(BundleRow.digest).where(
            BundleRow.process == ESCALATION, BundleRow.status == "current"
        )).first() is not None
        around = Surroundings(frozenset(system.configuration.roles), unfilled_roles(system, unit), there)
    return changed_ladders(bundle, wanted, around)


def _fault(wish: RungWish) -> str:
    """Say what keeps a rung from being read at all, or nothing."""
    if wish.when not in set(When):
        return "Choose when this rung comes."
    if wish.when in MEASURED and not _length(wish):
        return "Write a whole number from 1 to 3650: how long before or after."
    if wish.unit not in UNITS:
        return "Choose working days, calendar days or hours."
    if wish.effect not in set(Effect):
        return "Choose what this rung does."
    if wish.level not in ("", *LEVELS):
        return "Choose a level from the list."
    return ""


def _length(wish: RungWish) -> int:
    text = wish.length.strip()
    number = int(text) if text.isdecimal() and text.isascii() and len(text) < 5 else 0
    return number if number <= LONGEST else 0


def _ladder(present: Ladder, wishes: Sequence[RungWish]) -> Ladder:
    rungs = tuple(
        Rung(
            no, When(wish.when), _told(present, no, wish), _length(wish) if wish.when in MEASURED else 0,
            Unit(wish.unit) if wish.when in MEASURED else Unit.HOURS, wish.level, Effect(wish.effect),
            (Channel.NOTICE, Channel.MAIL) if wish.mail else (Channel.NOTICE,),
        )
        for no, wish in enumerate(wishes, start=1)
    )
    return Ladder(present.key, present.title, rungs, present.safety, present.counted)


def _told(present: Ladder, no: int, wish: RungWish) -> tuple[str, ...]:
    """The order of a form is none: the same people stay in the order they had."""
    before = present.rungs[no - 1].tell if no <= len(present.rungs) else ()
    return before if set(before) == set(wish.tell) else wish.tell


def _document(rung: Rung) -> dict[str, object]:
    """Return a rung as its file has it: what is as always is left out."""
    plain: dict[str, object] = {"when": str(rung.when), "tell": list(rung.tell)}
    if rung.length:
        plain |= {"length": rung.length, "unit": str(rung.unit)}
    if rung.level:
        plain["level"] = rung.level
    if rung.effect is not Effect.REMIND:
        plain["effect"] = str(rung.effect)
    if Channel.MAIL not in rung.channel:
        plain["channel"] = [str(Channel.NOTICE)]
    return plain
