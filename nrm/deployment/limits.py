"""Time limits and ladders of the deployment, and of a bundle, which carries those it uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrm.deployment.reading import Item, parse
from nrm.rules.ladders import Ladder, Rung, When
from nrm.rules.limits import Roll, TimeLimit, Unit

_LIMIT = "title length unit source"
_LIMIT_MORE = "end_of_day first_day_counts roll safety ladder default"
_RUNG = "when tell"
_RUNG_MORE = "length unit level"
_TOLD = frozenset({"assignee", "supervisor"})


def limits_from_yaml(data: bytes, file: str = "limits.yaml") -> Mapping[str, TimeLimit]:
    """Read the ``limits.yaml`` of a bundle; ``{}`` is allowed."""
    return read_limits(parse(data, file))


def ladders_from_yaml(data: bytes, file: str = "ladders.yaml") -> Mapping[str, Ladder]:
    """Read the ``ladders.yaml`` of a bundle; ``{}`` is allowed."""
    return read_ladders(parse(data, file))


def read_limits(item: Item, ladders: Mapping[str, Ladder] | None = None) -> Mapping[str, TimeLimit]:
    """Read time limits; ``ladders`` are those that exist, where that is checked."""
    made = {key.code(): _limit(key.code(), value, ladders) for key, value in item.entries()}
    return MappingProxyType(made)


def read_ladders(item: Item, roles: frozenset[str] | None = None) -> Mapping[str, Ladder]:
    """Read ladders; ``roles`` are the role codes that exist, where that is checked."""
    return MappingProxyType({key.code(): _ladder(key.code(), value, roles) for key, value in item.entries()})


def _limit(key: str, item: Item, ladders: Mapping[str, Ladder] | None) -> TimeLimit:
    fields = item.fields(_LIMIT, _LIMIT_MORE)
    roll, ladder = fields.get("roll"), fields.get("ladder")
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
        )
    except ValueError as error:
        item.refuse(str(error))


def _ladder(key: str, item: Item, roles: frozenset[str] | None) -> Ladder:
    fields = item.fields("title rungs", "safety")
    rungs = tuple(_rung(no, rung, roles) for no, rung in enumerate(fields["rungs"].items(), start=1))
    try:
        return Ladder(key, fields["title"].word(), rungs, fields.flag("safety"))
    except ValueError as error:
        item.refuse(str(error))


def _rung(no: int, item: Item, roles: frozenset[str] | None) -> Rung:
    fields = item.fields(_RUNG, _RUNG_MORE)
    length, unit = fields.get("length"), fields.get("unit")
    try:
        return Rung(
            no=no, when=fields["when"].choice(When),
            tell=tuple(_told(who, roles) for who in fields["tell"].items()),
            length=0 if length is None else length.integer(1),
            unit=Unit.HOURS if unit is None else unit.choice(Unit), level=fields.word("level"),
        )
    except ValueError as error:
        item.refuse(str(error))


def _told(item: Item, roles: frozenset[str] | None) -> str:
    """Read who is told: assignee, supervisor, or role:CODE."""
    text = item.word()
    if text in _TOLD:
        return text
    role = text.removeprefix("role:")
    if role == text or (roles is not None and role not in roles):
        item.refuse(f"{text!r} is nobody: write assignee, supervisor or role:CODE of an existing role")
    return text
