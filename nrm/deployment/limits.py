"""Time limits of the deployment, and of a bundle, which carries those it uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrm.deployment.reading import Item, parse
from nrm.rules.ladders import Ladder
from nrm.rules.limits import Roll, TimeLimit, Unit
from nrm.vocabulary.clock_words import PauseGround

_LIMIT = "title length unit source start_event"
_LIMIT_MORE = "end_of_day first_day_counts roll safety ladder default pauses starts before"
_GROUNDS = frozenset(PauseGround)


def limits_from_yaml(data: bytes, file: str = "limits.yaml") -> Mapping[str, TimeLimit]:
    """Read the ``limits.yaml`` of a bundle; ``{}`` is allowed."""
    return read_limits(parse(data, file))


def read_limits(item: Item, ladders: Mapping[str, Ladder] | None = None) -> Mapping[str, TimeLimit]:
    """Read time limits; ``ladders`` are those that exist, where that is checked."""
    made = {key.code(): _limit(key.code(), value, ladders) for key, value in item.entries()}
    return MappingProxyType(made)


def _limit(key: str, item: Item, ladders: Mapping[str, Ladder] | None) -> TimeLimit:
    fields = item.fields(_LIMIT, _LIMIT_MORE)
    roll, ladder = fields.get("roll"), fields.get("ladder")
    pauses, starts = fields.get("pauses"), fields.get("starts")
    if ladders is not None:
        name = "standard" if ladder is None else ladder.one_of(frozenset(ladders), "ladder")
        if fields.flag("safety") and (name not in ladders or not ladders[name].safety):
            item.refuse(f"a safety limit needs a safety ladder, and {name!r} is none")
    try:
        return TimeLimit(
            key=key, title=fields["title"].word(), length=fields["length"].integer(),
            unit=fields["unit"].choice(Unit), source=fields["source"].word(),
            end_of_day=fields.flag("end_of_day"), first_day_counts=fields.flag("first_day_counts"),
            roll=Roll.NONE if roll is None else roll.choice(Roll), safety=fields.flag("safety"),
            ladder="standard" if ladder is None else ladder.code(), default=fields.flag("default", True),
            start_event=fields["start_event"].word(),
            pauses=tuple(ground.one_of(_GROUNDS, "ground of a pause") for ground in pauses.items()) if pauses else (),
            starts="" if starts is None else starts.code(), before=fields.flag("before"),
        )
    except ValueError as error:
        item.refuse(str(error))
