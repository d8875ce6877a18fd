"""Decision tests: what their file may say, how they are held against a decision, and all that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrm.decisions.dmn import read_decisions
from nrm.decisions.dmn.proving import MAX_BYTES, ProvingRefused, prove, read_test_file, read_tests
from nrm.deployment import paths
from tests.decisions.tables import table_xml

BPMN = paths.shipped("bpmn")
TABLES = sorted(BPMN.glob("*/tables/*.dmn"))

RISK = read_decisions(table_xml(
    ["threats"], ["risk", "days"],
    [(['"yes"'], ['"high"', "7"]), (['"no"'], ['"low"', "90"])], policy="UNIQUE",
))
TASKS = read_decisions(table_xml(
    ["threats"], ["task"], [(['"yes"'], ['"plan"']), (["-"], ['"call"'])], policy="RULE ORDER"))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_shipped_table_holds_all_its_tests(table: Path) -> None:
    proofs = prove(read_decisions(table.read_bytes()), read_tests(table.with_suffix(".tests.yaml").read_bytes()))
    assert [f"{proof.test.name}: {proof.sentence}" for proof in proofs if not proof.ok] == []


HELD = """
  - {name: all outputs, given: {threats: "yes"}, expect: {risk: high, days: 7}, rules: [r1]}
  - {name: no decision, given: {}, problem: not known}
  - {name: by its name, decision: A table, given: {threats: "no"}, expect: {risk: low, days: 90}}
"""
FAILING = [
    ('{name: x, given: {threats: "yes"}, expect: {risk: low, days: 7}}',
     "Expected was risk: low and days: 7, decided is risk: high and days: 7."),
    ('{name: x, given: {threats: "yes"}, expect: {risk: high}}', "Expected was risk: high, decided is risk: high and"),
    ('{name: x, given: {threats: "yes"}, expect: {risk: high, days: "7"}}', "Expected was"),
    ('{name: x, given: {}, expect: {risk: high, days: 7}}',
     "Nothing is decided: No rule can be chosen: threats is not known."),
    ('{name: x, given: {threats: "yes"}, expect: {risk: high, days: 7}, rules: [r2]}',
     "The rules that apply were to be r2; they are r1."),
    ('{name: x, given: {threats: "yes"}, problem: not known}', "Nothing was to be decided, but it is: risk: high"),
    ('{name: x, given: {}, problem: too many}', "The problem is another one: No rule can be chosen"),
    ('{name: x, decision: other, given: {}, problem: a}', "does not name a decision"),
]


def test_tests_that_hold_come_with_the_reasons() -> None:
    proofs = prove(RISK, read_tests(f"tests:{HELD}".encode()))
    assert [(proof.ok, proof.sentence) for proof in proofs] == [(True, "")] * 3
    assert proofs[0].got == {"risk": "high", "days": 7}
    assert proofs[0].reasons["reasons"] == ["Rule 1: threats is yes"]


@pytest.mark.parametrize(("test", "sentence"), FAILING)
def test_a_test_that_fails_says_what_came_instead(test: str, sentence: str) -> None:
    proof, = prove(RISK, read_tests(f"tests: [{test}]".encode()))
    assert not proof.ok
    assert proof.sentence.startswith(sentence) or sentence in proof.sentence


@pytest.mark.parametrize(("expect", "ok"), [
    ("[{task: plan}, {task: call}]", True),
    ("[{task: call}, {task: plan}]", False),
    ("{task: [plan, call]}", True),
    ("[{task: plan}]", False),
])
def test_a_list_of_outputs_is_expected_row_by_row_or_column_by_column(expect: str, ok: bool) -> None:
    tests = read_tests(f'tests: [{{name: x, given: {{threats: "yes"}}, expect: {expect}}}]'.encode())
    assert [proof.ok for proof in prove(TASKS, tests)] == [ok]


def test_a_model_of_one_decision_can_be_tested_too() -> None:
    assert all(proof.ok for proof in prove(RISK.model, read_tests(f"tests:{HELD}".encode())))


def test_the_source_is_kept() -> None:
    assert read_test_file(f"source: D-07\ntests:{HELD}".encode()).source == "D-07"


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 20))
REFUSED = [
    (b"\xff", "UTF-8"),
    (b"tests: [", "not YAML"),
    (b"- a", '"tests"'),
    (b"tests: []", "at least one"),
    (b"tests: [a]", "Test 1 has no name"),
    (b"tests: [{name: x, expected: {a: 1}}]", "a part that is not known: expected"),
    (b"tests: [{name: x}]", "either what to expect or the problem"),
    (b"tests: [{name: x, given: [a], problem: b}]", "what is given"),
    (b"tests: [{name: x, expect: 3}]", "what is expected"),
    (b"tests: !!python/object/apply:os.system [ls]", "not YAML"),
    (b"x" * (MAX_BYTES + 1), "larger than"),
    (LAUGHS.encode(), "values are not read"),
]


@pytest.mark.parametrize(("data", "part"), REFUSED, ids=[part for _, part in REFUSED])
def test_a_file_that_holds_no_tests_is_refused_with_a_sentence(data: bytes, part: str) -> None:
    with pytest.raises(ProvingRefused) as refused:
        read_tests(data)
    assert part in refused.value.sentence
