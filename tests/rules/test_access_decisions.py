"""Access: what is not allowed is denied, and lists hold exactly what details allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.access import CaseScope, decide, may_act, scope
from nrm.rules.permission_table import TABLE, Asks
from nrm.rules.policy import Policy, Reach, RolePolicy
from nrm.rules.relations import CaseResource, ReferralLink, Relation, TaskResource, TeamSeat, holds
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from tests.rules.drawn_access import ACTORS, CASES, POLICIES, ROLES

POLICY = Policy(
    roles={
        "CM": RolePolicy(
            frozenset(
                {
                    "case.read",
                    "task.read",
                    "task.claim",
                    "task.complete",
                    "task.release",
                    "stay.read",
                    "cases.list",
                }
            )
        ),
        "COORD": RolePolicy(
            frozenset({"case.read", "case.close", "task.reassign", "stay.read", "cases.list"}), Reach.AGENCY
        ),
        "SHEL": RolePolicy(frozenset({"case.read", "task.read", "task.claim", "stay.read"}), provider=True),
        "NCU": RolePolicy(frozenset({"case.process", "case.read"}), Reach.OVERSIGHT),
        "AUD": RolePolicy(frozenset({"audit.read", "audit.search", "case.history"}), Reach.AUDIT),
        "ADMIN": RolePolicy(frozenset({"users.manage", "case.read"}), Reach.NONE),
        "FAM": RolePolicy(frozenset({"task.read", "task.claim", "task.complete"})),
    }
)
TASK = TaskResource("FAM", "sa_midmar")


def case(**changes: object) -> CaseResource:
    """A case of Norvale with a named case manager and a referral to the house."""
    team = (TeamSeat("CM", "sa_norvale", "ana", named=True), TeamSeat("CM", "sa_norvale", "ion"))
    return CaseResource(**{"agency_id": "sa_norvale", "team": team, "task": TASK, **changes})  # type: ignore[arg-type]


def who(user: str, agency: str, *roles: str) -> Actor:
    """An actor."""
    return Actor(user, agency, frozenset(roles))


ACCEPTED = (ReferralLink("house", "accepted"),)


@pytest.mark.parametrize(
    ("sentence", "actor", "permission", "resource", "allowed", "rule"),
    [
        (
            "the case manager reads",
            who("ana", "sa_norvale", "CM"),
            "case.read",
            case(),
            True,
            "team:CM:case.read",
        ),
        (
            "a colleague without a seat does not",
            who("eva", "sa_norvale", "CM"),
            "case.read",
            case(),
            False,
            "no_relation",
        ),
        (
            "the coordinator of the agency reads",
            who("c", "sa_norvale", "COORD"),
            "case.read",
            case(),
            True,
            "agency:COORD:case.read",
        ),
        (
            "the coordinator of another does not",
            who("c", "sa_midmar", "COORD"),
            "case.read",
            case(),
            False,
            "no_relation",
        ),
        (
            "a role one has elsewhere gives nothing here",
            who("ana", "sa_norvale", "CM", "SHEL"),
            "case.close",
            case(),
            False,
            "role:case.close",
        ),
        (
            "a provider that accepted reads",
            who("s", "house", "SHEL"),
            "case.read",
            case(referrals=ACCEPTED),
            True,
            "provider:SHEL:case.read",
        ),
        (
            "a provider that is asked does not",
            who("s", "house", "SHEL"),
            "case.read",
            case(referrals=(ReferralLink("house", "sent"),)),
            False,
            "no_relation",
        ),
        (
            "a provider whose referral was revoked does not",
            who("s", "house", "SHEL"),
            "case.read",
            case(referrals=(ReferralLink("house", "revoked"),)),
            False,
            "no_relation",
        ),
        (
            "a task gives the task",
            who("f", "sa_midmar", "FAM"),
            "task.claim",
            case(),
            True,
            "task:task.claim",
        ),
        ("and never the case", who("f", "sa_midmar", "FAM"), "case.read", case(), False, "role:case.read"),
        (
            "another agency's task",
            who("f", "sa_norvale", "FAM"),
            "task.claim",
            case(),
            False,
            "task:elsewhere",
        ),
        (
            "complete only what is claimed",
            who("f", "sa_midmar", "FAM"),
            "task.complete",
            case(),
            False,
            "task:not_claimed",
        ),
        (
            "complete what one claimed",
            who("f", "sa_midmar", "FAM"),
            "task.complete",
            case(task=TaskResource("FAM", "sa_midmar", assignee_id="f")),
            True,
            "task:task.complete",
        ),
        (
            "claim what another claimed",
            who("f", "sa_midmar", "FAM"),
            "task.claim",
            case(task=TaskResource("FAM", "sa_midmar", assignee_id="g")),
            False,
            "task:claimed",
        ),
        (
            "a task of another unit",
            who("f", "sa_midmar", "FAM"),
            "task.claim",
            case(task=TaskResource("FAM", "sa_midmar", unit="families")),
            False,
            "task:elsewhere",
        ),
        (
            "the coordinator reassigns in the own case",
            who("c", "sa_norvale", "COORD"),
            "task.reassign",
            case(),
            True,
            "agency:COORD:task.reassign",
        ),
        (
            "the named see the stay",
            who("ana", "sa_norvale", "CM"),
            "stay.read",
            case(),
            True,
            "team:CM:stay.read",
        ),
        (
            "others of the team do not",
            who("ion", "sa_norvale", "CM"),
            "stay.read",
            case(),
            False,
            "no_relation",
        ),
        (
            "nor does the coordinator unnamed",
            who("c", "sa_norvale", "COORD"),
            "stay.read",
            case(),
            False,
            "no_relation",
        ),
        (
            "the national unit follows every case",
            who("n", "national_unit", "NCU"),
            "case.process",
            case(),
            True,
            "oversight:NCU:case.process",
        ),
        ("and reads none", who("n", "national_unit", "NCU"), "case.read", case(), False, "no_relation"),
        (
            "the auditor reads every history",
            who("a", "national_unit", "AUD"),
            "audit.read",
            case(),
            True,
            "auditor:AUD:audit.read",
        ),
        (
            "an administrator sees no case, even with a seat",
            who("x", "national_unit", "ADMIN"),
            "case.read",
            case(team=(TeamSeat("ADMIN", "national_unit", "x"),)),
            False,
            "no_relation",
        ),
        (
            "an administrator manages accounts",
            who("x", "national_unit", "ADMIN"),
            "users.manage",
            None,
            True,
            "role:users.manage",
        ),
        (
            "conflict of interest",
            who("ana", "sa_norvale", "CM"),
            "case.read",
            case(conflicts=frozenset({"ana"})),
            False,
            "conflict_of_interest",
        ),
        (
            "a permission nobody knows",
            who("ana", "sa_norvale", "CM"),
            "case.burn",
            case(),
            False,
            "default_deny",
        ),
        (
            "a role nobody knows",
            who("ana", "sa_norvale", "KING"),
            "case.read",
            case(),
            False,
            "role:case.read",
        ),
        (
            "a case permission without a case",
            who("ana", "sa_norvale", "CM"),
            "case.read",
            None,
            False,
            "default_deny",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_decisions(
    sentence: str, actor: Actor, permission: str, resource: CaseResource | None, allowed: bool, rule: str
) -> None:
    decision = decide(actor, permission, resource, POLICY)
    assert (decision.allowed, decision.rule) == (allowed, rule), sentence
    assert decision.sentence.endswith(".")


def test_every_permission_stands_in_the_table_with_a_sentence() -> None:
    assert set(TABLE) == set(Permission)
    assert all(p.sentence.endswith(".") and p.sentence[0].isupper() for p in Permission)
    assert Permission("case.read") is Permission.CASE_READ


@pytest.mark.parametrize(
    ("done_by", "not_by", "allowed"),
    [
        ({"screening": "ana"}, ["screening"], False),
        ({"screening": "ion"}, ["screening"], True),
        ({}, ["screening"], True),
        ({"screening": "ion", "closure_review": "ana"}, ["screening", "closure_review"], False),
        ({"screening": "ana"}, [], True),
        ({"screening": {"ion", "ana"}}, ["screening"], False),
        ({"screening": "anastasia"}, ["screening"], True),
    ],
)
def test_separation_of_duties(done_by: dict[str, str | set[str]], not_by: list[str], allowed: bool) -> None:
    decision = may_act(who("ana", "sa_norvale", "SUP"), done_by, not_by)
    assert decision.allowed is allowed
    assert decision.rule.startswith("separation")


# --- whatever the configuration ---

@given(POLICIES, ACTORS, CASES, st.sampled_from(Permission))
def test_what_no_role_of_the_actor_has_is_denied(
    policy: Policy, actor: Actor, some: CaseResource, permission: Permission
) -> None:
    has = any(permission in policy.roles[r].permissions for r in actor.roles if r in policy.roles)
    if not has:
        assert not decide(actor, permission, some, policy).allowed


@given(POLICIES, CASES, st.sampled_from(Permission), st.frozensets(st.sampled_from(ROLES)))
def test_a_stranger_may_do_nothing_with_a_case(
    policy: Policy, some: CaseResource, permission: Permission, roles: frozenset[str]
) -> None:
    """Somebody of another agency, without seat, task or referral, whose roles reach no foreign case."""
    reaching = (Reach.OVERSIGHT, Reach.AUDIT, Reach.SYSTEM)
    stranger = Actor(
        "stranger",
        "elsewhere",
        frozenset(r for r in roles if r not in policy.roles or policy.roles[r].reach not in reaching),
    )
    if TABLE[permission][0] is not Asks.NOTHING:
        assert not decide(stranger, permission, some, policy).allowed


@given(POLICIES, CASES, ACTORS, st.sampled_from(Permission))
def test_conflict_of_interest_beats_everything(
    policy: Policy, some: CaseResource, actor: Actor, permission: Permission
) -> None:
    if actor.user_id in some.conflicts and TABLE[permission][0] is not Asks.NOTHING:
        assert not decide(actor, permission, some, policy).allowed


def included(some: CaseResource, reach: CaseScope, actor: Actor) -> bool:
    """What a query makes of a scope."""
    if actor.user_id in some.conflicts:
        return False
    seated = any(s.role in reach.seat_roles and holds(actor, s) for s in some.team)
    standing = reach.standing and some.agency_id == reach.agency_id
    provides = reach.provider and any(
        r.to_agency == reach.agency_id and r.status == "accepted" for r in some.referrals
    )
    return seated or standing or provides or reach.everywhere


@given(
    POLICIES,
    ACTORS,
    CASES,
    st.sampled_from([p for p in Permission if TABLE[p][0] is Asks.CASE and p is not Permission.STAY_READ]),
)
def test_lists_hold_exactly_what_details_allow(
    policy: Policy, actor: Actor, some: CaseResource, permission: Permission
) -> None:
    allowed = decide(actor, permission, some, policy).allowed
    assert included(some, scope(actor, permission, policy), actor) == allowed


def test_the_table_lets_no_watcher_change_a_case() -> None:
    writing = {
        p
        for p in Permission
        if p.value.split(".")[1]
        in {"team", "close", "reopen", "note", "file", "correct", "complete", "claim"}
    }
    for permission in writing:
        assert not TABLE[permission][1] & {Relation.OVERSIGHT, Relation.AUDITOR, Relation.TASK}
