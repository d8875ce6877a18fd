"""Why a ladder could not fire as it is written: each reason with the number of its rung (domain 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from nrm.rules.ladders import Channel, Effect, Ladder, Rung, When
from nrm.rules.limits import Unit
from nrm.vocabulary.phrases import COMMA, Phrase, joined

ESCALATION = "escalation"
"""The process whose runs are escalations."""
_ORDER = {When.HALF: 0, When.BEFORE: 1, When.BREACH: 2, When.AFTER: 3}
_HOURS = {Unit.HOURS: 1, Unit.CALENDAR_DAYS: 24, Unit.WORKING_DAYS: 24}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a ladder needs around it. ``None`` means *not known here*: rules about it are left out.

    ``roles``: the role codes that exist. ``unfilled``: role code -> the districts in which nobody active fills it,
    named for people to read, or None where nobody does anywhere. ``escalates``: whether the process of escalations
    is there.
    """

    roles: Collection[str] | None = None
    unfilled: Callable[[str], Collection[str] | None] | None = None
    escalates: bool | None = None


@dataclass(frozen=True, slots=True)
class LadderFault:
    """One fault: the number of the rung, and a sentence that names it.

    ``stops``: the ladder cannot fire so; else somebody should look, because others than meant would hear.
    """

    code: str
    rung: int
    sentence: str
    stops: bool = True


def ladder_faults(ladder: Ladder, around: Surroundings) -> tuple[LadderFault, ...]:
    """Return everything that keeps a ladder from firing as it is meant to, by rung."""
    found = [fault for rung in ladder.rungs for fault in _rung(ladder, rung, around)]
    found += _order(ladder)
    if ladder.rungs and not ladder.rungs[-1].roles:
        found.append(_fault(
            "ladder_without_end", ladder.rungs[-1],
            "Rung {rung}: it is the last one and tells no role. Somebody has to own what nobody else answered: "
            "name a role, or who is on duty for it.",
        ))
    return tuple(sorted(found, key=lambda fault: fault.rung))


def _rung(ladder: Ladder, rung: Rung, around: Surroundings) -> Iterator[LadderFault]:
    if not rung.tell:
        yield _fault("rung_tells_nobody", rung, "Rung {rung}: it tells nobody.")
    if Channel.NOTICE not in rung.channel:
        yield _fault("rung_without_notice", rung,
                     "Rung {rung}: it gives no notice; a mail only says that there is one to look at.")
    if ladder.safety and rung.unit is Unit.WORKING_DAYS:
        yield _fault("safety_ladder_waits", rung,
                     "Rung {rung}: a safety ladder runs day and night; it does not count working days.")
    yield from _effect(rung, around)
    for role in dict.fromkeys(rung.roles):
        yield from _role(rung, role, around)


def _effect(rung: Rung, around: Surroundings) -> Iterator[LadderFault]:
    if rung.effect in (Effect.REASON, Effect.ESCALATE, Effect.REASSIGN) and not rung.is_late:
        yield _fault("rung_too_early", rung,
                     "Rung {rung}: before the limit is missed a rung reminds or offers, nothing more.")
    if rung.effect is Effect.ESCALATE and around.escalates is False:
        yield _fault("escalation_missing", rung,
                     "Rung {rung}: it opens an escalation, but there is no process “{process}” to open.",
                     process=ESCALATION)
    takers = [who for who in rung.tell if who == "supervisor" or who in _named(rung)]
    if rung.effect is Effect.REASSIGN and not takers:
        yield _fault("rung_without_taker", rung,
                     "Rung {rung}: it gives the task to somebody else, but names no supervisor and no role to take it.")


def _named(rung: Rung) -> tuple[str, ...]:
    return tuple(who for who in rung.tell if ":" in who)


def _role(rung: Rung, role: str, around: Surroundings) -> Iterator[LadderFault]:
    if around.roles is not None and role not in around.roles:
        yield _fault("rung_role_unknown", rung, "Rung {rung}: there is no role “{role}”.", role=role)
        return
    districts = () if around.unfilled is None else around.unfilled(role)
    if districts is None:
        yield _fault("rung_role_empty", rung, "Rung {rung}: nobody fills the role “{role}”.", role=role)
    elif districts:
        text = "Rung {rung}: nobody fills the role “{role}” in {districts}. People of other districts would hear."
        sentence = Phrase(text, rung=rung.no, role=role, districts=joined(COMMA, sorted(districts)))
        yield LadderFault("rung_role_far", rung.no, sentence, stops=False)


def _order(ladder: Ladder) -> Iterator[LadderFault]:
    for before, rung in pairwise(ladder.rungs):
        if _place(rung) < _place(before):
            yield _fault("rungs_out_of_order", rung, "Rung {rung}: it comes earlier than the rung before it.")


def _place(rung: Rung) -> tuple[int, int]:
    """Where a rung stands among the others, a working day taken as a day."""
    hours = rung.length * _HOURS[rung.unit]
    return _ORDER[rung.when], -hours if rung.when is When.BEFORE else hours


def _fault(code: str, rung: Rung, template: str, **values: str) -> LadderFault:
    return LadderFault(code, rung.no, Phrase(template, rung=rung.no, **values))
