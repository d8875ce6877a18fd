"""Which rungs of a ladder are due now, what each is called in the history, and what each person hears of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from nrm.rules.ladders import Channel, Ladder, Rung, When

REMINDED, MISSED, ESCALATED = "reminder.sent", "limit.missed", "escalated"


@dataclass(frozen=True, slots=True)
class DueRung:
    """A rung whose time has come, and when that was."""

    rung: Rung
    at: datetime


@dataclass(frozen=True, slots=True)
class Climb:
    """What is due of one ladder: rungs in order, and the next one with its time, None where none is to come."""

    due: tuple[DueRung, ...]
    next: tuple[int, datetime] | None


@dataclass(frozen=True, slots=True)
class Message:
    """What one person hears: of the highest rung that tells them; ``rungs``: how many came together."""

    user_id: str
    rung: Rung
    rungs: int

    @property
    def by_mail(self) -> bool:
        """Whether a mail goes out too."""
        return Channel.MAIL in self.rung.channel


def climb(
    ladder: Ladder, times: Sequence[tuple[int, datetime]], *, first: int, told: Collection[int], now: datetime
) -> Climb:
    """Say what is due at ``now`` of the rungs from number ``first`` on; ``told`` were told before, and stay told."""
    due = tuple(
        DueRung(ladder.rung(no), at) for no, at in times if no >= first and at <= now and no not in told
    )
    later = [(no, at) for no, at in times if no >= first and at > now and no not in told]
    return Climb(due, later[0] if later else None)


def act_of(ladder: Ladder, rung: Rung) -> str:
    """Return what the history calls a rung: the first one at the breach is the breach."""
    if not rung.is_late:
        return REMINDED
    first = next((one for one in ladder.rungs if one.when is When.BREACH), None)
    return MISSED if rung == first else ESCALATED


def messages(rungs: Sequence[tuple[Rung, Collection[str]]]) -> tuple[Message, ...]:
    """Return one message for each person whom one of the rungs, in order, tells (ids), however many do."""
    heard: dict[str, list[Rung]] = {}
    for rung, people in rungs:
        for user_id in people:
            heard.setdefault(user_id, []).append(rung)
    return tuple(Message(user_id, mine[-1], len(mine)) for user_id, mine in heard.items())
