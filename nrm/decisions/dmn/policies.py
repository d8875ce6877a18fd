"""The hit policies (DMN 1.5, 8.2.10): from the rules that match to one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nrm.decisions.dmn.scope import Scope
from nrm.decisions.dmn.tables import SEVERAL, DecisionTable, Rule
from nrm.decisions.feel import UnaryTests, parse_expression
from nrm.decisions.feel.values import Value, equal
from nrm.vocabulary.phrases import AND, Phrase, joined

Row = Mapping[str, Value]
"""The outputs of one rule by name."""

_AGGREGATES = {
    policy: parse_expression(f"{function}(outputs)")
    for policy, function in (("C+", "sum"), ("C<", "min"), ("C>", "max"), ("C#", "count"))
}


def item(table: DecisionTable, row: Row) -> Value:
    """One row as a value: the single output itself, several as a context."""
    return row[table.outputs[0].name] if len(table.outputs) == 1 else dict(row)


def value_of(table: DecisionTable, rows: Sequence[Row], scope: Scope) -> Value:
    """What the table gives: one item, a list of items, or one number for all of them."""
    if table.hit_policy in SEVERAL:
        return tuple(item(table, row) for row in rows)
    if table.hit_policy in _AGGREGATES:
        return item(table, {
            column.name: aggregated(table.hit_policy, tuple(row[column.name] for row in rows), scope)
            for column in table.outputs
        })
    return item(table, rows[0])


def aggregated(policy: str, values: tuple[Value, ...], scope: Scope) -> Value:
    """Sum, minimum, maximum or count as FEEL's functions of those names have it."""
    return scope.inner({"outputs": values}).of(_AGGREGATES[policy])


def aggregates(policy: str) -> bool:
    """Whether the policy makes one number of all outputs."""
    return policy in _AGGREGATES


def too_many(table: DecisionTable, matched: Sequence[Rule]) -> str | None:
    """Why so many rules may not apply at once, as a sentence."""
    if table.hit_policy == "U" and len(matched) > 1:
        return Phrase("Only one rule may apply, but {rules} do.", rules=_numbers(matched))
    return None


def disagreement(table: DecisionTable, matched: Sequence[Rule], rows: Sequence[Row]) -> str | None:
    """Why these outputs may not stand side by side, as a sentence."""
    if table.hit_policy == "A" and any(equal(item(table, row), item(table, rows[0])) is not True for row in rows):
        return Phrase("All rules that apply must agree, but {rules} do not.", rules=_numbers(matched))
    return None


def _numbers(rules: Sequence[Rule]) -> str:
    return joined(AND, [Phrase("rule {number}", number=rule.number) for rule in rules])


def ranked(table: DecisionTable) -> bool:
    """Whether the order of the outputs' values decides which rule comes first."""
    return table.hit_policy in ("P", "O")


def rank(table: DecisionTable, row: Row, scope: Scope) -> tuple[int, ...]:
    """How early the outputs stand in the lists of their values, first column first; smaller is better."""
    return tuple(_place(column.ranks, row[column.name], scope) for column in table.outputs)


def _place(ranks: Sequence[UnaryTests], value: Value, scope: Scope) -> int:
    for place, test in enumerate(ranks):
        if scope.holds(test, value) is True:
            return place
    return len(ranks)
