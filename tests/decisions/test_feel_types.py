"""Expressions checked against the dictionary: every problem has a code, a sentence and a place."""

from __future__ import annotations

import pytest

from nrm.decisions.feel import check_types, parse_expression
from nrm.vocabulary.facts import FactType

DICTIONARY = {
    fact.name: fact
    for fact in (
        FactType("danger_now", "answer", initial="unknown"),
        FactType("risk_level", "enum", ("unknown", "low", "medium", "high")),
        FactType("finding", "enum", ("none", "positive", "negative"), initial="none"),
        FactType("plan_agreed", "boolean", initial=False),
        FactType("guardian_in_place", "boolean"),
        FactType("contact_missed", "integer", initial=0),
        FactType("due", "date"),
    )
}

SOUND = [
    'danger_now = "yes"',
    'risk_level in ("medium", "high")',
    'risk_level in ["low"]',
    "plan_agreed",
    "not(plan_agreed)",
    "plan_agreed and guardian_in_place",
    "contact_missed >= 2",
    "contact_missed in [1..3]",
    'due < date("2026-01-01")',
    "risk_level = null",
    "is defined(risk_level)",
    'risk_level != null and risk_level = "low"',
    "plan_agreed = true",
    "contact_missed between 1 and 3",
    "contact_missed + 1 > 2",
    "count([plan_agreed]) > 0",
    'contains(risk_level, "low")',
    'if plan_agreed then danger_now = "yes" else false',
    "risk_level = danger_now",
    "any([plan_agreed, guardian_in_place])",
    '(if plan_agreed then "low" else "high") = risk_level',
    'some level in ["low", "high"] satisfies level = risk_level',
    "every n in 1..contact_missed satisfies n > 0",
    "count(for n in 1..3 return n + contact_missed) = 3",
    "count([1, 2, 3][item > contact_missed]) > 1",
    "[{kind: 1}, {kind: 2}][kind > 1].kind[1] = 2",
    "[{kind: 1}, {kind: 2}][1].kind = 1",
    "{limit: 3, over: contact_missed > limit}.over",
    "due.year = 2026 and due.weekday < 6",
    'due + duration("P30D") < date(2026, 12, 31)',
    "due - date(2026, 1, 1) > @\"P30D\"",
    "due instance of date",
    "{older: function(day: date) day < due, r: older(@\"2026-01-01\")}.r",
    "(function(a, b) a = b)(1, contact_missed)",
    "round up(n: contact_missed / 2, scale: 0) > 1",
    "sort([3, 1, 2], function(x, y) x < y)[1] = contact_missed",
    "some f in [abs, floor] satisfies f(contact_missed) > 1",
    "contact_missed in (< 2, > 4)",
    "all(for l in [1, 2] return l < contact_missed)",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_condition_has_no_problem(text: str) -> None:
    assert check_types(parse_expression(text), DICTIONARY, expects="boolean") == []


UNSOUND: list[tuple[str, str, str]] = [
    ('risk_levl = "high"', "unknown_name", 'Did you mean "risk_level"?'),
    ('risk_level = "hihg"', "wrong_value", 'Did you mean "high"?'),
    ('"hihg" = risk_level', "wrong_value", 'Did you mean "high"?'),
    ('risk_level != "extreme"', "wrong_value", "not a value of risk_level"),
    ('risk_level in ("low", "midium")', "wrong_value", 'Did you mean "medium"?'),
    ('risk_level in ["low", "midium"]', "wrong_value", 'Did you mean "medium"?'),
    ("danger_now = true", "never_holds", 'Write danger_now = "yes".'),
    ("danger_now", "wrong_kind", "true, false) is needed"),
    ('plan_agreed = "yes"', "never_holds", "Write plan_agreed = true"),
    ("plan_agreed and danger_now", "wrong_kind", 'Did you mean danger_now = "yes"?'),
    ("not(danger_now)", "wrong_kind", 'Did you mean danger_now = "yes"?'),
    ("not(contact_missed)", "wrong_kind", "not true or false"),
    ('contact_missed = "2"', "never_holds", "a number, compared with a text"),
    ("contact_missed in [3..1]", "never_holds", "range is empty"),
    ('contact_missed in [1.."a"]', "wrong_kind", "different kinds"),
    ("due < 3", "never_holds", "a date, compared with a number"),
    ('due = "2026-01-01"', "never_holds", "compared with a text"),
    ('risk_level > "low"', "alphabetical_order", "list the values meant"),
    ("plan_agreed > true", "never_holds", "has no meaning"),
    ("risk_level > null", "never_holds", "larger or smaller than null"),
    ("finding = null", "never_holds", "has a value from the start"),
    ("finding != null", "never_holds", "always holds"),
    ("finding = danger_now", "never_holds", "no value in common"),
    ('risk_level = "low" and risk_level = "high"', "never_holds", "two values at once"),
    ("due + 1 = 2", "wrong_kind", "cannot be calculated with"),
    ("contact_missed", "wrong_kind", "gives a number"),
    ("if danger_now then true else false", "wrong_kind", 'Did you mean danger_now = "yes"?'),
    ('some level in ["low", "midium"] satisfies levl = risk_level', "unknown_name", '"levl"'),
    ('every one in ["midium"] satisfies one = risk_level', "wrong_value", 'Did you mean "medium"?'),
    ("some n in [1, 2] satisfies n", "wrong_kind", 'after "satisfies"'),
    ('some n in 1.."a" satisfies n = 1', "wrong_kind", "whole numbers or dates"),
    ('count([1, 2][item = "a"]) > 0', "never_holds", "a number, compared with a text"),
    ('count([1, 2]["a"]) > 0', "wrong_kind", "A filter needs true or false"),
    ("{limit: 3}.limt = 3", "unknown_name", 'Did you mean "limit"?'),
    ("{limit: 3, limit: 4}.limit = 3", "repeated_key", "stands twice"),
    ("due.yaer = 2026", "unknown_name", 'Did you mean "year"?'),
    ('due.year = "2026"', "never_holds", "compared with a text"),
    ("contact_missed.year = 2026", "unknown_name", 'has no "year"'),
    ("due instance of number", "never_holds", "due is a date"),
    ("due instance of dat", "unknown_type", 'Did you mean "date"?'),
    ("(function(a, b) a = b)(1)", "wrong_arguments", "takes 2 values; it was given 1"),
    ("(function(a, b) a = b)(a: 1, c: 2)", "wrong_arguments", 'no parameter "c"'),
    ("round up(contact_missed) > 1", "wrong_arguments", "it was given 1 value"),
    ("round up(n: contact_missed, scal: 0) > 1", "wrong_arguments", 'Did you mean "scale"?'),
    ("contains(contact_missed, \"2\")", "wrong_kind", "contact_missed is a number"),
    ("list contains([\"low\", \"midium\"], risk_level)", "wrong_value", 'Did you mean "medium"?'),
    ("function(a) external {java: {}}", "external_function", "never run"),
    ("contact_missed.number(1)", "unknown_name", 'has no "number"'),
    ("{due: 1, late: due(1)}.late", "wrong_kind", "only a function can be called"),
    ("-risk_level = 1", "wrong_kind", "cannot be calculated with"),
    ("due * 2 = 4", "wrong_kind", "cannot be calculated with"),
]


@pytest.mark.parametrize(("text", "code", "part"), UNSOUND)
def test_unsound_condition_is_found(text: str, code: str, part: str) -> None:
    problems = check_types(parse_expression(text), DICTIONARY, expects="boolean")
    assert [problem for problem in problems if problem.code == code and part in problem.sentence], problems


def test_problem_knows_its_place_in_the_text() -> None:
    problems = check_types(
        parse_expression('plan_agreed and risk_level = "hihg" and nothing = 1'), DICTIONARY
    )
    assert [(problem.code, problem.position) for problem in problems] == [
        ("wrong_value", 29),
        ("unknown_name", 40),
    ]
