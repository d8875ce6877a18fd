"""Escalation ladders of the deployment, and of a bundle, which carries those it uses."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nrm.deployment.reading import Item, parse
from nrm.rules.ladder_faults import Surroundings, ladder_faults
from nrm.rules.ladders import ASSIGNEE, AUDITORS, LEVELS, SUPERVISOR, Channel, Effect, Ladder, Rung, When, role_of
from nrm.rules.limits import Unit

_RUNG = "when tell"
_RUNG_MORE = "length unit level effect channel"
_TOLD = frozenset({ASSIGNEE, SUPERVISOR, AUDITORS})


def ladders_from_yaml(data: bytes, file: str = "ladders.yaml") -> Mapping[str, Ladder]:
    """Read the ``ladders.yaml`` of a bundle; ``{}`` is allowed. Its sense is the checker's business."""
    return MappingProxyType({key.code(): _ladder(key.code(), value) for key, value in parse(data, file).entries()})


def read_ladders(item: Item, roles: frozenset[str]) -> Mapping[str, Ladder]:
    """Read the deployment's ladders; one that could not fire is refused. ``roles``: the codes that exist."""
    made: dict[str, Ladder] = {}
    for key, value in item.entries():
        ladder = made[key.code()] = _ladder(key.code(), value)
        for fault in ladder_faults(ladder, Surroundings(roles=roles)):
            value.fields("title rungs", "safety counted")["rungs"].items()[fault.rung - 1].refuse(fault.sentence)
    return MappingProxyType(made)


def _ladder(key: str, item: Item) -> Ladder:
    fields = item.fields("title rungs", "safety counted")
    rungs = tuple(_rung(no, rung) for no, rung in enumerate(fields["rungs"].items(), start=1))
    return Ladder(key, fields["title"].word(), rungs, fields.flag("safety"), fields.flag("counted", True))


def _rung(no: int, item: Item) -> Rung:
    fields = item.fields(_RUNG, _RUNG_MORE)
    length, unit, effect = fields.get("length"), fields.get("unit"), fields.get("effect")
    channel, level = fields.get("channel"), fields.get("level")
    try:
        return Rung(
            no=no, when=fields["when"].choice(When), tell=tuple(_told(who) for who in fields["tell"].items()),
            length=0 if length is None else length.integer(1),
            unit=Unit.HOURS if unit is None else unit.choice(Unit),
            level="" if level is None else level.one_of(frozenset(LEVELS), "level"),
            effect=Effect.REMIND if effect is None else effect.choice(Effect),
            channel=tuple(Channel) if channel is None else tuple(way.choice(Channel) for way in channel.items()),
        )
    except ValueError as error:
        item.refuse(str(error))


def _told(item: Item) -> str:
    """Read who is told."""
    text = item.word()
    if text not in _TOLD and not role_of(text):
        item.refuse(f"{text!r} is nobody: write assignee, supervisor, auditors, role:CODE or duty:CODE")
    return text
