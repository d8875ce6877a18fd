"""Draws worlds for access decisions: roles with any permissions, people, cases with any team, tasks and conflicts."""

from __future__ import annotations

from hypothesis import strategies as st

from nrm.rules.policy import Policy, Reach, RolePolicy
from nrm.rules.relations import CaseResource, ReferralLink, TaskResource, TeamSeat
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission

ALL = frozenset(p.value for p in Permission)
ROLES, AGENCIES, USERS, UNITS = ("CM", "SHEL", "POL", "AUD"), ("a1", "a2"), ("u1", "u2"), (None, "x")
POLICIES = st.dictionaries(
    st.sampled_from(ROLES),
    st.builds(
        RolePolicy,
        st.frozensets(st.sampled_from(sorted(ALL)), max_size=30) | st.just(ALL),
        st.sampled_from(Reach),
        st.booleans(),
    ),
).map(lambda roles: Policy(roles=roles))
ACTORS = st.builds(
    Actor,
    st.sampled_from(USERS),
    st.sampled_from(AGENCIES),
    st.frozensets(st.sampled_from(ROLES)),
    st.sampled_from(UNITS),
)
TASKS = st.builds(
    TaskResource,
    st.sampled_from(ROLES),
    st.sampled_from(AGENCIES),
    st.sampled_from(UNITS),
    st.none() | st.sampled_from(USERS),
)
SEATS = st.builds(
    TeamSeat,
    st.sampled_from(ROLES),
    st.sampled_from(AGENCIES),
    st.none() | st.sampled_from(USERS),
    st.booleans(),
    st.sampled_from(UNITS),
)
LINKS = st.builds(
    ReferralLink, st.sampled_from(AGENCIES), st.sampled_from(["sent", "accepted", "revoked", "draft"])
)
CASES = st.builds(
    CaseResource,
    agency_id=st.sampled_from(AGENCIES),
    team=st.lists(SEATS, max_size=3).map(tuple),
    referrals=st.lists(LINKS, max_size=2).map(tuple),
    tasks=st.lists(TASKS, max_size=2).map(tuple),
    conflicts=st.frozensets(st.sampled_from(USERS), max_size=1),
    task=st.none() | TASKS,
)
