"""``nrm feel`` and ``nrm decide``: JSON in, JSON out, a wrong input named with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nrm.entrypoints.cli import main

TABLE = Path(__file__).parents[2] / "bpmn/shared/tables/D-07_base.dmn"
GRAPH = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:{name}" name="{name}">
{body}</definitions>"""
LAW = GRAPH.format(name="law", body="""<decision id="grown" name="grown up at"><variable name="grown up at"/>
<literalExpression><text>18</text></literalExpression></decision>""")
PERSON = GRAPH.format(name="person", body="""<import name="law" namespace="urn:law"
importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
<inputData id="born" name="born"><variable name="born" typeRef="date"/></inputData>
<decision id="years" name="years"><variable name="years"/><informationRequirement><requiredInput href="#born"/>
</informationRequirement><literalExpression><text>years and months duration(born, @"2026-03-31").years</text>
</literalExpression></decision>
<decision id="is_child" name="is child"><variable name="is child"/><informationRequirement>
<requiredDecision href="#years"/></informationRequirement><informationRequirement>
<requiredDecision href="urn:law#grown"/></informationRequirement>
<literalExpression><text>years &lt; law.grown up at</text></literalExpression></decision>""")


def said(*arguments: str) -> tuple[int, str, str]:
    came = CliRunner().invoke(main, arguments)
    return came.exit_code, came.stdout, came.stderr


@pytest.mark.parametrize(("expression", "context", "value"), [
    ('if age < 18 then "child" else "adult"', '{"age": 17}', "child"),
    ("for x in 1..3 return x * 0.1", "{}", [0.1, 0.2, 0.3]),
    ("people[age < 18].first name", '{"people": [{"age": 17, "first name": "Invented"}]}', ["Invented"]),
    ("0.1 + 0.2 = total", '{"total": 0.3}', True),
    ('date("2026-03-31") + duration("P1M")', "{}", "2026-04-30"),
    ('{a: 1, b: @"P1DT2H"}', "{}", {"a": 1, "b": "P1DT2H"}),
])
def test_an_expression_is_evaluated(expression: str, context: str, value: object) -> None:
    code, out, _ = said("feel", expression, "--context", context)
    assert (code, json.loads(out)) == (0, {"value": value})


def test_what_is_null_says_why() -> None:
    code, out, _ = said("feel", "age < 18")
    assert code == 0
    assert json.loads(out) == {
        "value": None, "unknown": ["age"], "notes": ["age is not known", "< cannot compare null with number"],
    }


@pytest.mark.parametrize(("arguments", "told"), [
    (("feel", "1 +"), "at character 4"),
    (("feel", "1", "--context", "[1]"), "must be a JSON object"),
    (("feel", "1", "--context", "{"), "is not JSON"),
    (("decide", str(TABLE), "--input", '{"threats": "yes"}'), "threats: The decision does not ask for this."),
    (("decide", str(TABLE), "--decision", "D-70"), "has no decision"),
    (("decide", __file__), "XML"),
])
def test_a_wrong_input_is_named(arguments: tuple[str, ...], told: str) -> None:
    code, out, err = said(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_decision_tells_its_reasons() -> None:
    code, out, _ = said("decide", str(TABLE), "--input", '{"threats_since_exit": "yes"}', "--why")
    found = json.loads(out)
    assert code == 0
    assert found["outputs"] == {"risk_base": "high", "risk_immediate": False}
    assert found["matched"] == ["threats"]
    assert "Threats since leaving is yes" in found["reasons"][0]


def test_without_why_only_the_result_is_printed() -> None:
    _, out, _ = said("decide", str(TABLE), "--input", '{"threats_since_exit": "yes"}')
    assert set(json.loads(out)) == {"outputs"}


def test_a_decision_rests_on_others_and_on_documents_beside_it(tmp_path: Path) -> None:
    (tmp_path / "person.dmn").write_text(PERSON, "utf-8")
    (tmp_path / "law.dmn").write_text(LAW, "utf-8")
    (tmp_path / "broken.dmn").write_text("<", "utf-8")
    file = str(tmp_path / "person.dmn")
    assert json.loads(said("decide", file, "--input", '{"born": "2010-01-01"}')[1]) == {"outputs": {"is child": True}}
    years = said("decide", file, "--decision", "years", "--input", '{"born": "2010-01-01"}')
    assert json.loads(years[1]) == {"outputs": {"years": 16}}
    code, _, err = said("decide", file, "--input", '{"born": "yesterday"}')
    assert code == 2
    assert "born: This must be a date as 2026-03-31." in err


def test_nothing_decided_is_told_by_the_exit_status() -> None:
    code, out, _ = said("decide", str(TABLE), "--input", '{"threats_since_exit": "often"}')
    assert code == 1
    assert json.loads(out)["problem"]
