"""Tables, cells and reasons in words that a panel could read aloud."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nrm.decisions.feel import UnaryTests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.values import Value, feel_text

if TYPE_CHECKING:
    from nrm.decisions.dmn.graph import Decision
    from nrm.decisions.dmn.tables import DecisionTable, Rule

POLICY_WORDS = {
    "": "It is worked out, not looked up in a table.",
    "U": "At most one rule applies.",
    "A": "All rules that apply agree.",
    "P": "Of the rules that apply, the one with the most important output decides.",
    "F": "The first rule that applies decides.",
    "R": "Every rule that applies counts, in the order of the rules.",
    "O": "Every rule that applies counts, the most important output first.",
    "C": "Every rule that applies counts.",
    "C+": "The outputs of all rules that apply are added up.",
    "C<": "The smallest output of the rules that apply decides.",
    "C>": "The largest output of the rules that apply decides.",
    "C#": "The rules that apply are counted.",
}
MOST_CHARACTERS = 80
_COMPARED = {
    "<": "is below {}", "<=": "is {} or less", ">": "is above {}", ">=": "is {} or more", "=": "is {}",
    "!=": "is not {}",
}


def value_words(value: Value) -> str:
    """A value as people say it: yes and no, code words without underscores, *not known* for null."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        words = value.replace("_", " ")
    elif isinstance(value, tuple):
        words = ", ".join(value_words(item) for item in value[:MOST_CHARACTERS]) or "none"
    else:
        words = feel_text(value)
    return words if len(words) <= MOST_CHARACTERS else words[: MOST_CHARACTERS - 1] + "…"


def test_words(tests: UnaryTests) -> str:
    """What a cell asks, as the end of a sentence: "is yes or unknown", "is below 18", "is not smuggled"."""
    if tests.any_value:
        return "is anything"
    plain = [test.operand.value for test in tests.tree.tests
             if isinstance(test, s.ValueTest) and isinstance(test.operand, s.Literal)]
    if len(plain) == len(tests.tree.tests):
        return ("is not " if tests.negated else "is ") + " or ".join(value_words(value) for value in plain)
    joined = " or ".join(_one(test, tests.text) for test in tests.tree.tests)
    return f"is anything but: {joined}" if tests.negated else joined


def _one(test: s.Node, text: str) -> str:
    if isinstance(test, s.CompareTest) and isinstance(test.operand, s.Literal):
        return _COMPARED[test.operator].format(value_words(test.operand.value))
    if isinstance(test, s.ValueTest):
        operand = test.operand
        if isinstance(operand, s.Literal):
            return f"is {value_words(operand.value)}"
        if isinstance(operand, s.RangeOf) and isinstance(operand.low, s.Literal) \
                and isinstance(operand.high, s.Literal):
            return _range_words(operand, operand.low, operand.high)
    return f"meets {text}"


def _range_words(node: s.RangeOf, low: s.Literal, high: s.Literal) -> str:
    if node.low_included and node.high_included:
        return f"is from {value_words(low.value)} to {value_words(high.value)}"
    above = "at least" if node.low_included else "above"
    below = "at most" if node.high_included else "below"
    return f"is {above} {value_words(low.value)} and {below} {value_words(high.value)}"


def rule_words(table: DecisionTable, rule: Rule) -> str:
    """The rule as a reason: "Rule 3: threats since exit is yes"."""
    parts = [
        f"{column.label} {test_words(test)}"
        for column, test in zip(table.inputs, rule.tests, strict=True) if not test.any_value
    ]
    otherwise = "in every other case" if table.hit_policy == "F" and rule.number > 1 else "always"
    return f"Rule {rule.number}: {' and '.join(parts) or otherwise}"


def missed_words(rule: Rule, cells: Iterable[tuple[str, UnaryTests, Value]]) -> str:
    """What kept a rule from applying: "Rule 3 would need threats since exit is yes, but it is no"."""
    needed = [f"{label} {test_words(test)}, but it is {value_words(value)}" for label, test, value in cells]
    return f"Rule {rule.number} would need {'; and '.join(needed)}"


def rows(table: DecisionTable | None, decision: Decision) -> dict[str, object]:
    """The logic of a decision as plain values for a page; texts as written and as words."""
    policy = table.hit_policy if table else ""
    found: dict[str, object] = {
        "hit_policy": policy, "hit_policy_words": POLICY_WORDS[policy], "inputs": [], "rules": [],
        "outputs": [{"name": decision.variable, "label": decision.label, "allowed": "", "default": ""}],
    }
    if table is None:
        return found
    return found | {
        "inputs": [{"id": c.id, "label": c.label, "expression": c.expression.text,
                    "allowed": c.allowed.text if c.allowed else ""} for c in table.inputs],
        "outputs": [{"name": c.name, "label": c.label, "allowed": c.allowed.text if c.allowed else "",
                     "default": c.default.text if c.default else ""} for c in table.outputs],
        "rules": [_row(table, rule) for rule in table.rules],
    }


def _row(table: DecisionTable, rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id, "number": rule.number, "note": rule.note, "sentence": rule_words(table, rule),
        "tests": [{"text": test.text or "-", "words": test_words(test)} for test in rule.tests],
        "outputs": [{"text": one.text, "words": _output_words(one.tree, one.text)} for one in rule.outputs],
    }


def _output_words(tree: s.Node, text: str) -> str:
    return value_words(tree.value) if isinstance(tree, s.Literal) and tree.value is not None else text
