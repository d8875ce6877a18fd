"""The explanation of access agrees with the decisions in every world, and an emergency opens no more than it may.

goal:S6: what is shown is what was decided.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.access import decide
from nrm.rules.consent import Consent, ConsentStatus, GivenBy
from nrm.rules.explaining import explain
from nrm.rules.permission_table import TABLE, Asks
from nrm.rules.policy import Policy, Setting
from nrm.rules.relations import CaseResource, Glass, Relation, links
from nrm.rules.visibility import Extent, readable_categories, readable_history
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from tests.rules.drawn_access import ACTORS, AGENCIES, CASES, POLICIES, ROLES, USERS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PURPOSES = ("referral", "police")
CONSENTS = st.lists(st.builds(
    Consent, st.sampled_from(PURPOSES), st.sampled_from([*AGENCIES, "*kind"]),
    st.frozensets(st.sampled_from(Category), max_size=4), st.sampled_from(ConsentStatus), st.sampled_from(GivenBy),
    st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(days=1)]),
    st.none() | st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(days=3)]),
), max_size=3)
SETTINGS = st.dictionaries(
    st.sampled_from(ROLES), st.fixed_dictionaries({one: st.sampled_from(Setting) for one in Category})
)
GLASS = st.lists(st.builds(Glass, st.just("g"), st.sampled_from(USERS), st.booleans()), max_size=2).map(tuple)
WORLDS = st.builds(
    replace, POLICIES, visibility=SETTINGS,
    purposes=st.dictionaries(st.sampled_from(ROLES), st.frozensets(st.sampled_from(PURPOSES))),
    history=st.dictionaries(st.sampled_from(ROLES), st.sampled_from([Setting.YES, Setting.OWN, Setting.NO])),
    glass=st.dictionaries(st.sampled_from(ROLES), st.frozensets(st.sampled_from(Category))),
)
OPENED = st.builds(replace, CASES, glass=GLASS)
OF_CASES = [one for one in Permission if TABLE[one][0] is Asks.CASE]


@given(WORLDS, ACTORS, OPENED, CONSENTS, st.booleans())
def test_the_explanation_says_what_is_decided(
    policy: Policy, actor: Actor, some: CaseResource, consents: list[Consent], child: bool
) -> None:
    found = explain(actor, some, policy, consents, NOW, agency_kind="kind", child=child, asked=OF_CASES)
    decided = readable_categories(actor, some, policy, consents, NOW, agency_kind="kind", child=child)
    assert {category: one.decision for category, one in found.categories.items()} == decided
    assert found.permissions == {one: decide(actor, one, some, policy) for one in OF_CASES}
    assert found.opens == decide(actor, Permission.CASE_READ, some, policy)
    assert found.history == readable_history(actor, some, policy)
    assert found.is_kept_away == (actor.user_id in some.conflicts)
    for category, one in found.categories.items():
        assert one.decision.allowed == any(weighed.allowed for weighed in one.weighed), category
        assert one.decision.extent in {Extent.NONE, *(weighed.extent for weighed in one.weighed)}, category


@given(WORLDS, ACTORS, OPENED, st.sampled_from(OF_CASES))
def test_an_emergency_lets_read_and_nothing_more(
    policy: Policy, actor: Actor, some: CaseResource, permission: Permission
) -> None:
    without = replace(some, glass=())
    gained = decide(actor, permission, some, policy).allowed and not decide(actor, permission, without, policy).allowed
    if gained:
        assert permission in (Permission.CASE_READ, Permission.STAY_READ)
        assert any(glass.user_id == actor.user_id for glass in some.glass)
        assert actor.user_id not in some.conflicts


@given(WORLDS, ACTORS, OPENED, CONSENTS)
def test_an_emergency_shows_what_the_configuration_lists(
    policy: Policy, actor: Actor, some: CaseResource, consents: list[Consent]
) -> None:
    mine = [glass for glass in some.glass if glass.user_id == actor.user_id]
    roles = [link.role for link in links(actor, some, policy.roles) if link.relation is Relation.GLASS]
    listed = frozenset[Category]().union(*(policy.glass.get(role, frozenset()) for role in roles))
    with_it = readable_categories(actor, some, policy, consents, NOW)
    without = readable_categories(actor, replace(some, glass=()), policy, consents, NOW)
    for category in Category:
        if with_it[category].extent != without[category].extent:
            assert category in listed
            assert category is not Category.STAY or any(glass.stay for glass in mine)
