"""Which data categories of a case somebody reads, and why (table:D-20, domain 2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nrm.rules.consent import Consent, Recipient, covers
from nrm.rules.policy import Policy, Setting
from nrm.rules.relations import CaseResource, Link, Relation, links
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category


class Extent(StrEnum):
    """How much of an allowed category."""

    ALL = "all"
    SUMMARY = "summary"
    REFERRED = "referred"
    """Own records, and the values that referrals to the agency name."""
    OWN = "own"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, the rule's id (goes into the history), and a sentence for people."""

    allowed: bool
    rule: str
    sentence: str = ""
    extent: Extent = Extent.NONE
    used: tuple[str, ...] = ()
    """Ids of the consents, or legal bases, that it rests on."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a decision on one record asks: who recorded it, in which role, for which agency."""

    agency_id: str
    role: str = ""
    by: str = ""
    referred: bool = False
    """Whether a referral to the reader's agency names this value."""


_ORDER = (Extent.NONE, Extent.OWN, Extent.REFERRED, Extent.SUMMARY, Extent.ALL)
_INSIDE = (Relation.TEAM, Relation.AGENCY, Relation.FORMER)
_OUTSIDE = (Relation.PROVIDER, Relation.TASK)


def readable_categories(
    actor: Actor, case: CaseResource, policy: Policy, consents: Iterable[Consent], now: datetime,
    *, agency_kind: str = "", child: bool = False,
) -> Mapping[Category, Decision]:
    """Decide for every category; the widest of the actor's roles in this case counts.

    ``agency_kind`` is the kind of the actor's agency, so that consents for a class of agencies
    (``*police``) count. A role without a seat, referral or task in this case gives nothing.
    """
    found = weighed(actor, case, policy, consents, now, agency_kind=agency_kind, child=child)
    return {category: widest(category, decisions) for category, decisions in found.items()}


def weighed(
    actor: Actor, case: CaseResource, policy: Policy, consents: Iterable[Consent], now: datetime,
    *, agency_kind: str = "", child: bool = False,
) -> Mapping[Category, tuple[Decision, ...]]:
    """Return for every category what each of the actor's roles in this case gives, in the order they are asked."""
    found = links(actor, case, policy.roles)
    rows = tuple(consents)
    recipient = Recipient(actor.agency_id, agency_kind)
    return {
        category: tuple(_decide(link, category, policy, rows, recipient, now, child) for link in found)
        for category in Category
    }


def widest(category: Category, decisions: Iterable[Decision]) -> Decision:
    """Return the decision that holds for a category: the widest, and of several the first."""
    none = Decision(False, f"visibility:none.{category}=no_relation", "You do not work on this case.")
    return max(decisions, key=lambda one: _ORDER.index(one.extent), default=none)


def may_read(decision: Decision, actor: Actor, written: Written, policy: Policy) -> bool:
    """Whether a category's decision lets the actor read one record of it."""
    own = written.agency_id == actor.agency_id
    if decision.extent is Extent.SUMMARY:
        return own or written.role not in policy.clinical
    if decision.extent is Extent.REFERRED:
        return own or written.referred
    return decision.extent is Extent.ALL or (decision.extent is Extent.OWN and own)


def readable_history(actor: Actor, case: CaseResource, policy: Policy) -> Decision:
    """Decide on the case's history: all entries, those of one's own agency, or none."""
    best = Decision(False, "history:none=no_relation", "You do not work on this case.")
    for link in links(actor, case, policy.roles):
        setting = policy.history.get(link.role, Setting.NO)
        if link.relation is Relation.GLASS:
            continue
        if setting is Setting.YES and link.relation not in _OUTSIDE:
            return Decision(True, f"history:{link.role}=yes", "You see the whole history.", Extent.ALL)
        if setting in (Setting.YES, Setting.OWN) and link.relation is not Relation.TASK:
            best = Decision(True, f"history:{link.role}=own", "You see your own agency's acts.", Extent.OWN)
    return best


def _decide(link: Link, category: Category, policy: Policy, consents: tuple[Consent, ...],
            recipient: Recipient, now: datetime, child: bool) -> Decision:
    """Decide on one category through one role."""
    if link.relation is Relation.GLASS:
        return _in_emergency(link, category, policy)
    setting = policy.visibility.get(link.role, {}).get(category, Setting.NO)
    rule = f"visibility:{link.role}.{category}={setting}"
    if link.relation in _OUTSIDE:
        return _outside(link, category, setting, rule, consents, recipient, now, child)
    if link.relation not in _INSIDE or setting is Setting.NO:
        return Decision(False, rule, "Your role does not see this.")
    if setting is Setting.NAMED:
        return _named(link, rule)
    if setting in _PLAIN:
        extent, sentence = _PLAIN[setting]
        return Decision(True, rule, sentence, extent)
    return _shared(link, category, setting, rule, policy, consents, recipient, now, child)


def _in_emergency(link: Link, category: Category, policy: Policy) -> Decision:
    """What somebody sees who opened the case in danger: what the configuration lists for the role, no more."""
    rule = f"glass:{link.role}.{category}"
    if category in policy.glass.get(link.role, frozenset()) and (category is not Category.STAY or link.named):
        return Decision(True, rule, "You see this for some hours, because you opened the case in an emergency.",
                        Extent.ALL)
    return Decision(False, rule, "Opening a case in an emergency does not show this.")


_PLAIN: Mapping[Setting, tuple[Extent, str]] = {
    Setting.YES: (Extent.ALL, "Your role sees this in the cases of its team."),
    Setting.SUMMARY: (Extent.SUMMARY, "Your role sees this without what health staff recorded."),
    Setting.OWN: (Extent.OWN, "You see what your own agency recorded."),
}


def _named(link: Link, rule: str) -> Decision:
    if link.named:
        return Decision(True, rule, "You are one of the few named for this case.", Extent.ALL)
    return Decision(False, rule, "Only the few named for this case see this.")


def _shared(link: Link, category: Category, setting: Setting, rule: str, policy: Policy,
            consents: tuple[Consent, ...], recipient: Recipient, now: datetime, child: bool) -> Decision:
    """Decide on a category that needs consent, or a legal basis in its place."""
    for purpose in sorted(policy.purposes.get(link.role, frozenset())):
        coverage = covers(consents, recipient, purpose, [category], now, child=child)
        by_law = coverage.rule.endswith("=override")
        if coverage.allowed and (setting is Setting.CONSENT or by_law):
            how = "A legal basis lets" if by_law else "The person's consent lets"
            return Decision(True, f"{rule};{coverage.rule}", f"{how} your agency see this.", Extent.ALL, coverage.used)
    return Decision(False, rule, "The person has not agreed to share this with your agency.")


def _outside(link: Link, category: Category, setting: Setting, rule: str, consents: tuple[Consent, ...],
             recipient: Recipient, now: datetime, child: bool) -> Decision:
    """A provider sees what its referral names while consent lasts, and its own records; never the file."""
    if setting in (Setting.NO, Setting.NAMED, Setting.OVERRIDE):
        return Decision(False, rule, "Your role does not see this.")
    for referral in link.shared:
        if category in referral.shared:
            coverage = covers(consents, recipient, referral.purpose, [category], now, child=child)
            if coverage.allowed:
                return Decision(True, f"referral:{category};{coverage.rule}",
                                "A referral to your agency names this.", Extent.REFERRED, coverage.used)
    if setting in (Setting.OWN, Setting.YES, Setting.SUMMARY):
        return Decision(True, rule, "You see what your own agency recorded.", Extent.OWN)
    return Decision(False, rule, "The person has not agreed to share this with your agency.")
