"""A decision as a page shows it: each of its tables with words in the cells, and two versions of it cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from nrm.decisions.dmn import DecisionTable, MainDecision
from nrm.decisions.dmn.boxed import Boxed, ContextBox, Literal, Typed
from nrm.decisions.dmn.graph import Decision
from nrm.decisions.dmn.main import table_of
from nrm.decisions.dmn.wording import rows
from nrm_web.words import Words


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as written and in the reader's words."""

    text: str
    words: Markup


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. ``key``: what it is known by in another version of the table."""

    key: str
    label: str
    expression: str
    decides: bool
    default: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One rule: a cell for each column."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One decision of a file. ``logic``: name and expression of each part, where it is no table."""

    id: str
    name: str
    doc: str
    policy: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    logic: tuple[tuple[str, str], ...]

    @property
    def is_table(self) -> bool:
        """Whether it has rules to look up."""
        return not self.logic


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing in two versions; None where a version does not have it."""

    before: Any
    after: Any

    @property
    def state(self) -> str:
        """Return same, new, removed or changed."""
        if self.before == self.after:
            return "same"
        return "new" if self.before is None else "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class LinePair:
    """One rule in two versions. ``rule``: its two lines; ``cells``: one pair for each column of either version."""

    rule: Pair
    cells: tuple[Pair, ...]
    note: Pair

    @property
    def state(self) -> str:
        """Return same, new, removed or changed; a rule that only moved is the same."""
        if self.rule.before is None or self.rule.after is None:
            return self.rule.state
        return "same" if all(one.state == "same" for one in (*self.cells, self.note)) else "changed"


@dataclass(frozen=True, slots=True)
class SheetPair:
    """One decision of a file in two versions."""

    name: str
    policy: Pair
    logic: Pair
    columns: tuple[Pair, ...]
    lines: tuple[LinePair, ...]

    @property
    def is_changed(self) -> bool:
        """Whether anything in it differs, the order of its rules too."""
        parts: list[Pair | LinePair] = [self.policy, self.logic, *self.columns, *self.lines]
        return any(one.state != "same" for one in parts) or not self.is_in_order

    @property
    def is_in_order(self) -> bool:
        """Whether the rules that both versions have stand in the same order."""
        kept = [line.rule.before.number for line in self.lines if line.rule.before and line.rule.after]
        return kept == sorted(kept)


def sheets_of(main: MainDecision, words: Words) -> tuple[Sheet, ...]:
    """Return the decision itself, then those it rests on."""
    elements = [main.model.graph.elements[key] for key in main.model.graph.order((main.decision.key,))]
    decisions = [one for one in elements if isinstance(one, Decision) and one.key != main.decision.key]
    return tuple(_sheet(one, table_of(one.logic), words) for one in (main.decision, *decisions))


def paired(before: MainDecision, after: MainDecision, words: Words) -> tuple[SheetPair, ...]:
    """Return the decisions of two versions of a file, matched by their ids."""
    earlier, later = ({one.id: one for one in sheets_of(main, words)} for main in (before, after))
    if len(earlier) == len(later) == 1:  # a decision with another id is still the only one of the file
        return (_pair(*earlier.values(), *later.values()),)
    return tuple(_pair(earlier.get(key), later.get(key)) for key in _merged([*earlier], [*later]))


def _sheet(decision: Decision, table: DecisionTable | None, words: Words) -> Sheet:
    found: Any = rows(table, decision)
    asked = _keyed(found["inputs"], "expression")
    decided = _keyed(found["outputs"], "name")
    columns = [Column(key, one["label"] or one["expression"], one["expression"], False) for key, one in asked]
    columns += [Column(key, one["label"] or one["name"], one["name"], True, one["default"]) for key, one in decided]
    return Sheet(
        decision.id, decision.label, decision.doc, found["hit_policy_words"], tuple(columns),
        tuple(_line(rule, words) for rule in found["rules"]), () if table else tuple(_logic(decision.logic)),
    )


def _line(rule: Mapping[str, Any], words: Words) -> Line:
    cells = [Cell(one["text"], words.said(one["words"])) for one in (*rule["tests"], *rule["outputs"])]
    return Line(rule["id"], rule["number"], tuple(cells), rule["note"])


def _keyed(columns: Sequence[Mapping[str, Any]], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each column with its key: two columns may ask the same."""
    texts = [one[name] for one in columns]
    for number, one in enumerate(columns):
        yield f"{texts[:number].count(one[name])} {one[name]}", one


def _logic(logic: Boxed) -> Iterator[tuple[str, str]]:
    bare = logic.boxed if isinstance(logic, Typed) else logic
    if not isinstance(bare, ContextBox):
        yield "", _expression(bare)
        return
    yield from ((name, _expression(entry)) for name, entry in bare.entries)
    if bare.result is not None:
        yield "", _expression(bare.result)


def _expression(logic: Boxed) -> str:
    bare = logic.boxed if isinstance(logic, Typed) else logic
    return bare.expression.text if isinstance(bare, Literal) else ""


def _pair(before: Sheet | None, after: Sheet | None) -> SheetPair:
    some = after or before
    assert some is not None
    old, new = ({one.key: one for one in sheet.columns} if sheet else {} for sheet in (before, after))
    asked, decided = (
        _merged([key for key, one in old.items() if one.decides is decides],
                [key for key, one in new.items() if one.decides is decides]) for decides in (False, True)
    )
    keys = [*asked, *decided]
    return SheetPair(
        some.name, Pair(before and before.policy, after and after.policy),
        Pair(before and before.logic, after and after.logic),
        tuple(Pair(old.get(key), new.get(key)) for key in keys), tuple(_lines(before, after, keys)),
    )


def _lines(before: Sheet | None, after: Sheet | None, keys: Sequence[str]) -> Iterator[LinePair]:
    earlier, later = ({line.id: line for line in sheet.lines} if sheet else {} for sheet in (before, after))
    for key in _merged([*earlier], [*later]):
        one, other = earlier.get(key), later.get(key)
        old, new = _cells(before, one), _cells(after, other)
        cells = tuple(Pair(old.get(column), new.get(column)) for column in keys)
        yield LinePair(Pair(one, other), cells, Pair(one and one.note, other and other.note))


def _cells(sheet: Sheet | None, line: Line | None) -> dict[str, Cell]:
    if sheet is None or line is None:
        return {}
    return {column.key: cell for column, cell in zip(sheet.columns, line.cells, strict=True)}


def _merged(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return all keys in the order of the later version; what was taken out stands where it stood."""
    found = list(after)
    for number, key in enumerate(before):
        if key not in found:
            found.insert(found.index(before[number - 1]) + 1 if number else 0, key)
    return found
