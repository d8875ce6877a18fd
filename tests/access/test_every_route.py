"""Every route × every role × {of the case, foreign to it, holding its task}: as the table says (goal:S5, S6, S8).

The full product runs under NRM_TEST_LONG=1. In a push a route of a case meets each role in one of the two relations, by
turns, so that each pair of route and role, of route and relation, of role and relation is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from tests.access.asking import REFUSED, ask
from tests.access.stage import HOMES, Stage, canary
from tests.access.table import Row, table
from tests.support.goals import Reached
from tests.support.long import LONG

BOTH = ("api", "pages")
ROLES = sorted(HOMES)
SURFACES = pytest.mark.parametrize("surface", BOTH)
EVERY_ROLE = pytest.mark.parametrize("role", ROLES)


def of_a_case(surface: str, role: str, *, foreign: bool) -> tuple[Row, ...]:
    """The routes of a case that a role is tried with in one of the two relations."""
    rows = table().of(surface, "case")
    return rows if LONG else rows[(ROLES.index(role) + foreign) % 2 :: 2]


@SURFACES
def test_no_route_is_forgotten(stage: Stage, surface: str) -> None:
    served = set()
    for rule in stage.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1") is (surface == "api") and rule.endpoint != "api_rest.nowhere":
            path = re.sub(r"<\w+:(\w+)>", r"<\1>", rule.rule).removeprefix("/api/v1")
            served |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    written = [row.route for row in table().of(surface, "anyone", "signed_in", "role", "case")]
    assert served - set(written) == set(), "routes without a row"
    assert set(written) - served == set(), "rows without a route"
    assert len(written) == len(set(written))


def test_no_role_is_forgotten(stage: Stage) -> None:
    known = set(stage.drive.system.configuration.roles)
    assert known - set(HOMES) == {"SYSTEM"}  # the clock's: nobody signs in with it
    named = set().union(*(row.team | row.everywhere | row.unseen for row in table().rows))
    assert named | table().outside | table().oversight == known - {"SYSTEM"}


@SURFACES
def test_without_a_sign_in_there_is_only_the_door(stage: Stage, surface: str) -> None:
    wrong = []
    for row in table().of(surface, "signed_in", "role", "case"):
        got = ask(stage, row, None)
        at_the_door = got.status == 401 or (surface == "pages" and got.status in (303, 403))
        if not at_the_door or b"canary" in got.body:
            wrong.append((row.route, got.status))
    assert wrong == []


@SURFACES
@EVERY_ROLE
def test_what_concerns_no_case_is_for_the_roles_that_are_named(stage: Stage, surface: str, role: str) -> None:
    rows = table().of(surface, "signed_in", "role")
    assert [bad for row in rows for bad in other(stage, row, stage.inside[role], row.without_case(role))] == []


@SURFACES
@EVERY_ROLE
def test_of_the_case(stage: Stage, surface: str, role: str) -> None:
    rows = of_a_case(surface, role, foreign=False)
    assert [bad for row in rows for bad in other(stage, row, stage.inside[role], row.in_team(role))] == []


@SURFACES
@EVERY_ROLE
def test_a_foreign_case_is_a_missing_one(stage: Stage, surface: str, role: str) -> None:
    stranger, wrong = stage.foreign[role], []
    for row in of_a_case(surface, role, foreign=True):
        found = ask(stage, row, stranger)
        if not found.fits(row.foreign(role)):
            wrong.append((row.route, found.status, row.foreign(role)))
        if row.writes and found.is_answered:
            stage.reset()
        is_there = role in table().oversight
        if not is_there and (found != ask(stage, row, stranger, missing=True) or b"canary" in found.body):
            wrong.append((row.route, found.status, "told from a missing one"))
    assert wrong == []


def test_the_product_is_full(reached: Reached) -> None:
    """Counted from the table, since the tests may run in several processes."""
    asked = sum(
        len(table().of(surface, "signed_in", "role")) + len(of_a_case(surface, role, foreign=False))
        + 2 * len(of_a_case(surface, role, foreign=True))
        for surface in BOTH for role in ROLES
    )
    reached("S5", f"{asked:,} requests of {len(ROLES)} roles, of the case and foreign to it: 0 leaks")
    assert asked >= 4_000


@SURFACES
def test_an_auditor_is_answered_without_a_word_of_the_person(stage: Stage, surface: str, reached: Reached) -> None:
    """goal:A7: of every route that answers an auditor, in body and headers, of two cases."""
    words = [*(canary(category).encode() for category in Category), b"canary-file"]
    asked, told = 0, []
    for row in table().of(surface, "signed_in", "role", "case"):
        for who in (stage.inside["AUD"], stage.foreign["AUD"]):
            got = ask(stage, row, who)
            asked += got.is_answered
            found = got.body + repr(got.headers).encode()
            told += [(row.route, word) for word in words if word in found]
            if row.writes and got.is_answered:
                stage.reset()
    assert told == []
    reached("A7", f"{surface}: {asked} answers to auditors, 0 with a word of a person")


@SURFACES
@pytest.mark.parametrize("role", sorted(table().groups["doing"]))
def test_who_only_holds_a_task_has_the_task_and_no_case(stage: Stage, surface: str, role: str) -> None:
    holder, wrong = stage.foreign[role], []
    rows = [row for row in table().of(surface, "case") if row.holder or role in ("PROV", "FAM")]
    stage.hand_over(holder)
    for row in rows:
        wrong += other(stage, row, holder, row.holding(role), again=lambda: stage.hand_over(holder))
    stage.reset()
    assert wrong == []


@SURFACES
@pytest.mark.parametrize("role", ["POL", "MDT", "COORD", "AUD", "RAP"])
def test_who_asks_comes_before_what_is_said(stage: Stage, surface: str, role: str) -> None:
    inside, stranger = stage.inside[role], stage.foreign[role]
    asked = [(row, inside, row.without_case(role)) for row in table().of(surface, "role")]
    asked += [(row, inside, row.in_team(role)) for row in table().of(surface, "case")]
    asked += [(row, stranger, row.foreign(role)) for row in table().of(surface, "case")]
    refused = [one for one in asked if one[2] in REFUSED and role not in one[0].depends]
    assert [bad for row, who, expected in refused for bad in other(stage, row, who, expected, rubbish=True)] == []


def other(
    stage: Stage, row: Row, actor: Actor, expected: int, *, rubbish: bool = False,
    again: Callable[[], None] = lambda: None,
) -> list[tuple[str, int, int]]:
    """What a route answers otherwise than expected: (route, answer, expected). What is written is undone."""
    got = ask(stage, row, actor, rubbish=rubbish)
    if row.writes and got.is_answered:
        stage.reset()
        again()
    return [] if got.fits(expected) else [(row.route, got.status, expected)]
