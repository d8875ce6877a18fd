"""Tables, cells and reasons in words that a panel could read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from nrm.decisions.feel import UnaryTests
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.values import Value, feel_text
from nrm.vocabulary.phrases import COMMA, OR, Phrase, joined

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
CONDITIONS = "{condition} and {more}"
"""Labels and values in a row. A template of its own: in other languages they are told apart in another way."""
MOST_CHARACTERS = 80
_COMPARED = {
    "<": "is below {value}", "<=": "is {value} or less", ">": "is above {value}", ">=": "is {value} or more",
    "=": "is {value}", "!=": "is not {value}",
}
_RANGES = {
    (True, True): "is from {low} to {high}", (True, False): "is at least {low} and below {high}",
    (False, True): "is above {low} and at most {high}", (False, False): "is above {low} and below {high}",
}
"""By whether low and high are included."""


def value_words(value: Value) -> str:
    """A value as people say it: yes and no, code words without underscores, *not known* for null."""
    if value is None:
        return Phrase("not known")
    if isinstance(value, bool):
        return Phrase("yes") if value else Phrase("no")
    if isinstance(value, tuple):
        return _list_words(value)
    words = value.replace("_", " ") if isinstance(value, str) else feel_text(value)
    return words if len(words) <= MOST_CHARACTERS else words[: MOST_CHARACTERS - 1] + "…"


def _list_words(items: tuple[Value, ...]) -> str:
    """The items of a list, as many as a sentence can bear, each of them whole."""
    words = [value_words(item) for item in items[:MOST_CHARACTERS]]
    lengths = accumulate(len(word) + 2 for word in words)
    some = [word for word, length in zip(words, lengths, strict=True) if length <= MOST_CHARACTERS] or words[:1]
    told = joined(COMMA, some) or Phrase("none")
    return told if len(some) == len(items) else Phrase("{items}, …", items=told)


def test_words(tests: UnaryTests) -> str:
    """What a cell asks, as the end of a sentence: "is yes or unknown", "is below 18", "is not smuggled"."""
    if tests.any_value:
        return Phrase("is anything")
    plain = [test.operand.value for test in tests.tree.tests
             if isinstance(test, s.ValueTest) and isinstance(test.operand, s.Literal)]
    if len(plain) == len(tests.tree.tests):
        template = "is not {value}" if tests.negated else "is {value}"
        return Phrase(template, value=joined(OR, [value_words(value) for value in plain]))
    words = joined(OR, [_one(test, tests.text) for test in tests.tree.tests])
    return Phrase("is anything but: {tests}", tests=words) if tests.negated else words


def _one(test: s.Node, text: str) -> str:
    if isinstance(test, s.CompareTest) and isinstance(test.operand, s.Literal):
        return Phrase(_COMPARED[test.operator], value=value_words(test.operand.value))
    if isinstance(test, s.ValueTest):
        operand = test.operand
        if isinstance(operand, s.Literal):
            return Phrase("is {value}", value=value_words(operand.value))
        if isinstance(operand, s.RangeOf) and isinstance(operand.low, s.Literal) \
                and isinstance(operand.high, s.Literal):
            template = _RANGES[operand.low_included, operand.high_included]
            return Phrase(template, low=value_words(operand.low.value), high=value_words(operand.high.value))
    return Phrase("meets {text}", text=text)


def rule_words(table: DecisionTable, rule: Rule) -> str:
    """The rule as a reason: "Rule 3: threats since exit is yes"."""
    parts = [
        Phrase("{label} {test}", label=column.label, test=test_words(test))
        for column, test in zip(table.inputs, rule.tests, strict=True) if not test.any_value
    ]
    late = table.hit_policy == "F" and rule.number > 1
    otherwise = Phrase("in every other case") if late else Phrase("always")
    return Phrase("Rule {number}: {reasons}", number=rule.number, reasons=joined(CONDITIONS, parts) or otherwise)


def missed_words(rule: Rule, cells: Iterable[tuple[str, UnaryTests, Value]]) -> str:
    """What kept a rule from applying: "Rule 3 would need threats since exit is yes, but it is no"."""
    needed = [
        Phrase("{label} {test}, but it is {value}", label=label, test=test_words(test), value=value_words(value))
        for label, test, value in cells
    ]
    together = joined("{needed}; and {more}", needed)
    return Phrase("Rule {number} would need {needed}", number=rule.number, needed=together)


def not_known_words(names: Sequence[str]) -> str:
    """Which things are not known: "Age of the person, threats are not known"."""
    template = "{names} is not known" if len(names) == 1 else "{names} are not known"
    return Phrase(template, names=joined(COMMA, names))


def not_worked_out_words(label: str, why: str) -> str:
    """What came to nothing, and why: "Risk level cannot be worked out: age is not known."."""
    return Phrase("{label} cannot be worked out: {notes}.", label=label, notes=why)


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
