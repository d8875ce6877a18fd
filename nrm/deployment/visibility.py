"""Who sees what, and who a task goes to: the visibility and routing files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrm.deployment.reading import Item
from nrm.rules.policy import Setting
from nrm.rules.routing import RouteRule
from nrm.vocabulary.categories import Category


@dataclass(frozen=True, slots=True)
class Visibility:
    """``visibility.yaml``: categories and history by role, the purposes of consent a role reads under."""

    categories: Mapping[str, Mapping[Category, Setting]]
    purposes: Mapping[str, frozenset[str]]
    history: Mapping[str, Setting]
    clinical: frozenset[str]
    glass: Mapping[str, frozenset[Category]]


def read_visibility(item: Item, roles: frozenset[str]) -> Visibility:
    """Read ``visibility.yaml``; every role must be there and say every category."""
    top = item.fields("roles clinical_roles purposes never_in_emergency")
    never = frozenset(one.choice(Category) for one in top["never_in_emergency"].items())
    known = frozenset(purpose.code() for purpose in top["purposes"].items())
    categories: dict[str, Mapping[Category, Setting]] = {}
    purposes: dict[str, frozenset[str]] = {}
    history: dict[str, Setting] = {}
    glass: dict[str, frozenset[Category]] = {}
    for key, value in top["roles"].entries():
        role = key.one_of(roles, "role")
        fields = value.fields(" ".join(Category), "history purposes glass")
        categories[role] = MappingProxyType({c: fields[c].choice(Setting) for c in Category})
        history[role] = _history(fields.get("history"))
        glass[role] = _in_emergency(fields.get("glass"), never)
        named = fields.get("purposes")
        under = () if named is None else named.items()
        purposes[role] = frozenset(purpose.one_of(known, "purpose") for purpose in under)
        _check(value, categories[role], purposes[role])
    for role in sorted(roles - categories.keys()):
        top["roles"].refuse(f"role {role} is missing; say 'no' for every category if it sees nothing")
    clinical = frozenset(r.one_of(roles, "role") for r in top["clinical_roles"].items())
    return Visibility(MappingProxyType(categories), MappingProxyType(purposes), MappingProxyType(history),
                      clinical, MappingProxyType(glass))


def _in_emergency(item: Item | None, never: frozenset[Category]) -> frozenset[Category]:
    """Read what a role sees of a case that it opened in an emergency."""
    found: set[Category] = set()
    for one in () if item is None else item.items():
        category = one.choice(Category)
        if category in never:
            one.refuse(f"{category} is never opened in an emergency (never_in_emergency)")
        found.add(category)
    return frozenset(found)


def _check(item: Item, settings: Mapping[Category, Setting], purposes: frozenset[str]) -> None:
    """Refuse what would be unsafe or without effect."""
    for category in (Category.STAY, Category.SELF_HARM):
        if settings[category] not in (Setting.NAMED, Setting.NO):
            item.refuse(f"{category} is for the named few only: write named or no")
    if {Setting.CONSENT, Setting.OVERRIDE} & set(settings.values()) and not purposes:
        item.refuse("a role that reads by consent needs the purposes it reads under")


def _history(item: Item | None) -> Setting:
    if item is None:
        return Setting.NO
    setting = item.choice(Setting)
    if setting not in (Setting.YES, Setting.OWN, Setting.NO):
        item.refuse("history is yes, own or no")
    return setting


def read_routing(item: Item, roles: frozenset[str]) -> tuple[RouteRule, ...]:
    """Read ``routing.yaml``: the rules in the order in which they are tried."""
    made = []
    for key, value in item.fields("rules")["rules"].entries():
        fields = value.fields("role sentence", "when kind accommodates district_from before_team")
        made.append(RouteRule(
            id=key.code(), role=fields["role"].one_of(roles, "role"), when=_when(fields.get("when")),
            kind=fields.word("kind") or None, accommodates=fields.word("accommodates") or None,
            district_from=fields.word("district_from") or None, before_team=fields.flag("before_team"),
            sentence=fields["sentence"].word(),
        ))
    return tuple(made)


def _when(item: Item | None) -> Mapping[str, tuple[object, ...]]:
    """Read fact names and the values they may have; true and false are truth values."""
    if item is None:
        return MappingProxyType({})
    return MappingProxyType({
        key.code(): tuple(_value(child.word()) for child in value.items()) for key, value in item.entries()})


def _value(text: str) -> object:
    return {"true": True, "false": False}.get(text, text)
