"""Who can have whose task, and what a substitute has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nrm.rules.substitutes import Asked, Colleague, Scope, did_before, hindrance

ANA = Colleague("ana", "office", frozenset({"CM"}))
TASK = Asked("CM", "office")


@pytest.mark.parametrize(("colleague", "asked", "sentence"), [
    (ANA, TASK, ""),
    (None, TASK, "This account is closed."),
    (replace(ANA, active=False), TASK, "This account is closed."),
    (replace(ANA, agency_id="elsewhere"), TASK, "This task is with another agency."),
    (ANA, replace(TASK, role="SUP"), "They do not fill the role of this task."),
    (ANA, replace(TASK, kept_away=frozenset({"ana"})), "A conflict of interest keeps them from this case."),
    (ANA, replace(TASK, did=frozenset({"ana"})), "They did a step that somebody else has to follow up."),
    (replace(ANA, away=True), TASK, "They are absent."),
    (ANA, replace(TASK, kept_away=frozenset({"bo"}), did=frozenset({"bo"})), ""),
])
def test_why_somebody_cannot_have_a_task(colleague: Colleague | None, asked: Asked, sentence: str) -> None:
    assert hindrance(colleague, asked) == sentence


def test_whoever_did_one_of_the_steps_counts() -> None:
    done = {"screening": {"ana", "bo"}, "plan": {"cora"}, "visit": {"dan"}}
    assert did_before(done, ("screening", "plan", "never")) == {"ana", "bo", "cora"}


@pytest.mark.parametrize(("scope", "process", "code", "covered"), [
    (Scope(), "plan", "AAA-AAAA", True),
    (Scope(processes=frozenset({"plan"})), "plan", "AAA-AAAA", True),
    (Scope(processes=frozenset({"plan"})), "case", "AAA-AAAA", False),
    (Scope(cases=frozenset({"AAA-AAAA"})), "case", "AAA-AAAA", True),
    (Scope(cases=frozenset({"AAA-AAAA"})), "case", "BBB-BBBB", False),
    (Scope(frozenset({"plan"}), frozenset({"AAA-AAAA"})), "case", "AAA-AAAA", True),
])
def test_what_a_substitute_has(scope: Scope, process: str, code: str, covered: bool) -> None:
    assert scope.covers(process, code) is covered
    assert Scope.read(scope.plain) == scope
