"""Decision tests: a YAML file beside a decision says what must come of which facts; here they are proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.explaining import explained
from nrm.decisions.dmn.main import MainDecision
from nrm.decisions.dmn.model import Model
from nrm.decisions.dmn.wording import CONDITIONS, value_words
from nrm.decisions.feel.values import Value, accepted, equal
from nrm.vocabulary.errors import DocumentRefused
from nrm.vocabulary.phrases import SEMICOLON, Phrase, joined

MAX_BYTES = 500_000
MOST_TESTS = 2_000
MOST_NODES = 200_000
_KEYS = frozenset({"name", "given", "expect", "rules", "problem", "decision"})
_ITEMS = 1_000
_NOTHING = Phrase("nothing")


class ProvingRefused(DocumentRefused):
    """The file holds no decision tests."""

    code = "tests_refused"
    title = "The tests of a decision cannot be read"


@dataclass(frozen=True, slots=True)
class DecisionTest:
    """One test. ``given``: the facts, a missing one is not known. ``expect``: all outputs; under C, R and O
    also one mapping for each rule that matches. ``problem``, instead: what the sentence must contain that says
    why nothing is decided. ``rules``: ids of those that match. ``decision``: its name, where a file has several.
    """

    name: str
    given: Mapping[str, object]
    expect: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    rules: tuple[str, ...] | None = None
    problem: str | None = None
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionTests:
    """The tests of a file. ``source``: where the domain's text says so."""

    source: str
    tests: tuple[DecisionTest, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A test and how it went. ``got``: the outputs; ``sentence``: what is wrong, empty where ``ok``.

    ``reasons``: all that ``explained`` says of the decision.
    """

    test: DecisionTest
    ok: bool
    got: Mapping[str, object] | None
    sentence: str = ""
    reasons: Mapping[str, object] = field(default_factory=dict)


def read_tests(data: bytes) -> tuple[DecisionTest, ...]:
    """The tests of a file. Raises ``ProvingRefused`` with what is wrong and where."""
    return read_test_file(data).tests


def read_test_file(data: bytes) -> DecisionTests:
    """The tests of a file and the source they name. Raises ``ProvingRefused``."""
    root = _plain(data)
    found = root.get("tests") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(found, list) or not found:
        raise ProvingRefused('The file needs a list "tests" with at least one test.')
    if len(found) > MOST_TESTS:
        raise ProvingRefused(f"More than {MOST_TESTS} tests are not read.")
    tests = tuple(_test(number, one) for number, one in enumerate(found, start=1))
    return DecisionTests(str(root.get("source") or ""), tests)


def _plain(data: bytes) -> object:
    """The file's YAML; a small file that stands for a very large one is refused."""
    if len(data) > MAX_BYTES:
        raise ProvingRefused(f"The file is larger than {MAX_BYTES} bytes.")
    try:
        text = data.decode("utf-8")
        _weigh(yaml.compose(text, yaml.SafeLoader))
        root: object = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise ProvingRefused("The file is not UTF-8 text.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as bad:
        mark = getattr(bad, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise ProvingRefused("The file is not YAML.", line=line) from None
    return root


def _weigh(root: yaml.Node | None) -> None:
    """Refuse more than ``MOST_NODES`` values, counting what aliases repeat each time."""
    waiting: list[yaml.Node] = [] if root is None else [root]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen > MOST_NODES:
            raise ProvingRefused(f"More than {MOST_NODES} values are not read.")
        if isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _test(number: int, found: Any) -> DecisionTest:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise ProvingRefused(f"Test {number} has no name.")
    name, strange = found["name"], sorted(str(key) for key in found.keys() - _KEYS)
    if strange:
        raise ProvingRefused(f"Test “{name}” has a part that is not known: {', '.join(strange)}.")
    given, expect, problem = found.get("given") or {}, found.get("expect"), found.get("problem")
    if not isinstance(given, dict):
        raise ProvingRefused(f"Test “{name}”: what is given is not a list of facts and values.")
    if (expect is None) == (problem is None):
        raise ProvingRefused(f"Test “{name}” needs either what to expect or the problem.")
    rows = [expect] if isinstance(expect, dict) else expect or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ProvingRefused(f"Test “{name}”: what is expected is not a list of outputs and values.")
    rules = found.get("rules")
    return DecisionTest(
        name, given, expect, None if rules is None else tuple(str(rule) for rule in rules),
        None if problem is None else str(problem), found.get("decision"),
    )


def prove(table: MainDecision | Model, tests: Iterable[DecisionTest]) -> tuple[Proof, ...]:
    """How each test goes over the facts that it gives; never raises."""
    return tuple(_proved(table, test) for test in tests)


def _proved(table: MainDecision | Model, test: DecisionTest) -> Proof:
    model = table.model if isinstance(table, MainDecision) else table
    name = test.decision or (table.decision.name if isinstance(table, MainDecision) else _only(model))
    if name not in model.decisions:
        return Proof(test, False, None, "The test does not name a decision of the file.")
    decided = model.decide(name, test.given)
    sentence = _difference(test, decided)
    return Proof(test, not sentence, decided.outputs, sentence, explained(decided))


def _only(model: Model) -> str:
    return next(iter(model.decisions)) if len(model.decisions) == 1 else ""


def _difference(test: DecisionTest, decided: Decided) -> str:
    """What is not as the test has it, as a sentence; empty if all is."""
    if test.problem is not None:
        if decided.problem is None:
            return Phrase("Nothing was to be decided, but it is: {outputs}.", outputs=_told(decided.outputs))
        return "" if test.problem in decided.problem \
            else Phrase("The problem is another one: {problem}", problem=decided.problem)
    if decided.outputs is None:
        return Phrase("Nothing is decided: {problem}", problem=decided.problem)
    if not _as_expected(test.expect, decided):
        return Phrase("Expected was {expect}, decided is {outputs}.",
                      expect=_told(test.expect), outputs=_told(decided.outputs))
    if test.rules is not None and sorted(test.rules) != sorted(decided.matched):
        wanted, came = (", ".join(rules) or Phrase("none") for rules in (test.rules, decided.matched))
        return Phrase("The rules that apply were to be {wanted}; they are {came}.", wanted=wanted, came=came)
    return ""


def _as_expected(expect: object, decided: Decided) -> bool:
    if isinstance(expect, Mapping):
        return _same(expect, decided.outputs)
    # Which row stands where is settled by the policies R and O only; rules in their order satisfy all.
    return _same(expect, decided.all)


def _same(one: object, other: object) -> bool:
    return equal(_value(one), _value(other)) is True


def _value(value: object) -> Value:
    if isinstance(value, Mapping):
        return {str(name): _value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_value(item) for item in value)
    return accepted(value, _ITEMS)[0]


def _told(outputs: object) -> str:
    if isinstance(outputs, Mapping):
        pairs = [Phrase("{name}: {value}", name=name, value=value_words(_value(value)))
                 for name, value in outputs.items()]
        return joined(CONDITIONS, pairs) or _NOTHING
    if isinstance(outputs, (list, tuple)):
        return joined(SEMICOLON, [_told(row) for row in outputs]) or _NOTHING
    return _NOTHING
