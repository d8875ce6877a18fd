"""Decisions of every shape as pages show them: tables, expressions, several in a file, two versions of one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from nrm.decisions.dmn import MainDecision, read_decisions
from nrm.deployment.wording import Wording
from nrm_web.decision_sheets import paired, sheets_of
from nrm_web.words import Words

ENGLISH = Words(Wording({}, {}, {}), "en", ZoneInfo("UTC"))

INPUTS = {"age": '<input id="i_age" label="Age"><inputExpression><text>age</text></inputExpression></input>',
          "hurt": '<input id="i_hurt" label="Hurt"><inputExpression><text>hurt</text></inputExpression></input>'}


def rule(name: str, cells: list[str], result: str, note: str = "") -> str:
    """One rule of a table."""
    entries = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells)
    return (f'<rule id="{name}">{entries}<outputEntry><text>"{result}"</text></outputEntry>'
            f"<annotationEntry><text>{note}</text></annotationEntry></rule>")


def expression(text: str) -> str:
    """A boxed FEEL expression."""
    return f"<literalExpression><text>{text}</text></literalExpression>"


def entry(name: str, text: str) -> str:
    """An entry of a boxed context; without a name it is the result."""
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{expression(text)}</contextEntry>"


def table(inputs: list[str], rules: list[str], policy: str = "FIRST") -> MainDecision:
    """A file with one table that decides ``care``."""
    return model(f'<decision id="care" name="Care"><decisionTable hitPolicy="{policy}">'
                 f'{"".join(INPUTS[one] for one in inputs)}<output id="o" name="care" label="Care"/>'
                 f'<annotation name="Why"/>{"".join(rules)}</decisionTable></decision>')


def model(decisions: str) -> MainDecision:
    """A file."""
    return read_decisions(
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">'
        f"{decisions}</definitions>".encode()
    )


BEFORE = table(["age"], [rule("young", ["&lt; 18"], "guardian"), rule("old", ["&gt; 70"], "nurse"),
                         rule("other", ["-"], "none", "Everyone else")])


class TestSheets:
    def test_a_table_is_columns_and_lines_of_words(self) -> None:
        sheet, = sheets_of(BEFORE, ENGLISH)
        assert [(one.label, one.decides) for one in sheet.columns] == [("Age", False), ("Care", True)]
        assert [[cell.words for cell in line.cells] for line in sheet.lines] == [
            ["is below 18", "guardian"], ["is above 70", "nurse"], ["is anything", "none"],
        ]
        assert sheet.lines[2].note == "Everyone else"
        assert sheet.is_table

    @pytest.mark.parametrize(("logic", "parts"), [
        (expression("1 + 2"), (("", "1 + 2"),)),
        (f'<context>{entry("half", "age / 2")}{entry("", "half + 1")}</context>',
         (("half", "age / 2"), ("", "half + 1"))),
        (f"<list>{expression('1')}</list>", (("", ""),)),
    ])
    def test_what_is_worked_out_shows_its_expressions(self, logic: str, parts: tuple[tuple[str, str], ...]) -> None:
        sheet, = sheets_of(model(f'<decision id="x" name="X">{logic}</decision>'), ENGLISH)
        assert not sheet.is_table
        assert sheet.logic == parts

    def test_the_decision_comes_first_then_what_it_rests_on(self) -> None:
        part = f'<decision id="part" name="Part"><variable name="part"/>{expression("1")}</decision>'
        needs = '<informationRequirement><requiredDecision href="#part"/></informationRequirement>'
        whole = f'<decision id="whole" name="Whole">{needs}{expression("part + 1")}</decision>'
        assert [one.id for one in sheets_of(model(part + whole), ENGLISH)] == ["whole", "part"]


class TestTwoVersions:
    @pytest.mark.parametrize(("after", "states"), [
        (BEFORE, ["young same", "old same", "other same"]),
        (table(["age"], [rule("young", ["&lt; 21"], "guardian"), rule("old", ["&gt; 70"], "nurse"),
                         rule("other", ["-"], "none", "Everyone else")]),
         ["young changed", "old same", "other same"]),
        (table(["age"], [rule("young", ["&lt; 18"], "guardian"), rule("other", ["-"], "none", "Others")]),
         ["young same", "old removed", "other changed"]),
        (table(["age"], [rule("child", ["&lt; 6"], "parent"), rule("young", ["&lt; 18"], "guardian"),
                         rule("old", ["&gt; 70"], "nurse"), rule("other", ["-"], "none", "Everyone else")]),
         ["child new", "young same", "old same", "other same"]),
    ])
    def test_each_rule_is_same_changed_new_or_removed(self, after: MainDecision, states: list[str]) -> None:
        pair, = paired(BEFORE, after, ENGLISH)
        found = [f"{(line.rule.after or line.rule.before).id} {line.state}" for line in pair.lines]
        assert found == states
        assert pair.is_changed is any(not one.endswith("same") for one in states)

    def test_a_new_column_is_new_and_the_others_keep_their_cells(self) -> None:
        after = table(["hurt", "age"], [
            rule("young", ["-", "&lt; 18"], "guardian"), rule("old", ["-", "&gt; 70"], "nurse"),
            rule("other", ["true", "-"], "none", "Everyone else"),
        ])
        pair, = paired(BEFORE, after, ENGLISH)
        assert [one.state for one in pair.columns] == ["new", "same", "same"]
        assert [one.state for one in pair.lines[0].cells] == ["new", "same", "same"]
        back, = paired(after, BEFORE, ENGLISH)
        assert [one.state for one in back.columns] == ["removed", "same", "same"]

    def test_rules_in_another_order_and_another_policy_are_changes(self) -> None:
        rules = [rule("old", ["&gt; 70"], "nurse"), rule("young", ["&lt; 18"], "guardian"),
                 rule("other", ["-"], "none", "Everyone else")]
        pair, = paired(BEFORE, table(["age"], rules), ENGLISH)
        assert pair.is_changed
        assert not pair.is_in_order
        pair, = paired(table(["age"], rules), table(["age"], rules, "COLLECT"), ENGLISH)
        assert pair.policy.state == "changed"
