"""Reads decision logic from XML: boxed expressions and decision tables, every cell parsed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar

from lxml import etree

from nrm.decisions.dmn import boxed as b
from nrm.decisions.dmn.documents import Document, name_of
from nrm.decisions.dmn.items import ANY, Item
from nrm.decisions.dmn.table_reading import TableReader
from nrm.decisions.dmn.tables import TableRefused
from nrm.decisions.feel import FeelError, Problem, parse_expression

MOST_NESTED = 30
"""Boxes inside one another."""

_FEEL_KINDS = ("", "FEEL")


class LogicReader:
    """Reads the logic of one element. ``names``: the names in scope that hold spaces or signs.

    What cannot be read becomes null when evaluated, and a problem; ``refused`` keeps those of its form.
    """

    def __init__(self, document: Document, names: Iterable[str], place: str = "", depth: int = 0) -> None:
        self.document = document
        self.names = frozenset(names)
        self.place = place
        self.depth = depth
        self.problems: list[Problem] = document.problems

    def logic(self, parent: etree._Element, name: str = "") -> b.Boxed:
        """The boxed expression below an element. ``name``: what its result is called."""
        found = next(self.boxes(parent, name), None)
        return b.Absent(f"{name or 'This'} has no logic.") if found is None else found

    def boxes(self, parent: etree._Element, name: str) -> Iterator[b.Boxed]:
        """The boxed expressions that stand side by side in an element."""
        for child in parent:
            read = self._READERS.get(self.document.kind(child))
            if read is not None and self.depth >= MOST_NESTED:
                yield self._absent("too_deep", f"Boxed expressions are nested more than {MOST_NESTED} deep.")
            elif read is not None:
                yield self.typed(read(self, child, name), child, name or "The result")

    def inner(self, names: Iterable[str] = ()) -> LogicReader:
        """A reader for what lies inside, where more names are known."""
        return LogicReader(self.document, self.names.union(names), self.place, self.depth + 1)

    def _absent(self, code: str, sentence: str, position: int = 0) -> b.Absent:
        self.problems.append(Problem(code, self.place + sentence, position))
        return b.Absent(sentence.rstrip("."))

    def _literal(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        language = element.get("expressionLanguage") or self.document.root.get("expressionLanguage") or "FEEL"
        if "FEEL" not in language.upper() or self.document.first(element, "importedValues") is not None:
            return self._absent("not_feel", "Only logic written in FEEL is evaluated.")
        text = self.document.text(element, "text")
        if not text:
            return b.Absent("An expression is empty")
        try:
            return b.Literal(parse_expression(text, names=self.names, types=self.document.types))
        except FeelError as bad:
            return self._absent("feel_syntax", bad.sentence, bad.position)

    def _table(self, element: etree._Element, name: str) -> b.Boxed:
        reader = TableReader(self.document, self.names, self.place)
        try:
            table = reader.table(element, name)
        except TableRefused as refused:
            return self._absent(refused.code, refused.sentence)
        self.problems.extend(reader.problems)
        fault = reader.problems[0].sentence.rstrip(".") if reader.problems else ""
        return b.TableBox(table, fault)

    def _context(self, element: etree._Element, name: str) -> b.Boxed:
        entries: list[tuple[str, b.Boxed]] = []
        reader, result = self.inner(), None
        for entry in self.document.all(element, "contextEntry"):
            variable = self.document.first(entry, "variable")
            if variable is None:
                result = reader.logic(entry, name)
                continue
            called = name_of(variable)
            found = reader.typed(reader.logic(entry, called), variable, called)
            entries.append((called, found))
            reader = LogicReader(self.document, reader.names | {called}, self.place, self.depth + 1)
        return b.ContextBox(tuple(entries), result)

    def typed(self, found: b.Boxed, variable: etree._Element, name: str) -> b.Boxed:
        """The boxed expression, held to the type that an element names, if it names one."""
        item = self.document.item(variable.get("typeRef") or "")
        return found if item is ANY else b.Typed(found, item, name)

    def _list(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        return b.ListBox(tuple(self.inner().boxes(element, "")))

    def _relation(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        columns = self.document.all(element, "column")
        items = [self.document.item(column.get("typeRef") or "") for column in columns]
        rows = [
            tuple(cell if item is ANY else b.Typed(cell, item, "A cell")
                  for cell, item in zip(self.inner().boxes(row, ""), items, strict=False))
            for row in self.document.all(element, "row")
        ]
        return b.RelationBox(tuple(name_of(column) for column in columns), tuple(rows))

    def _invocation(self, element: etree._Element, name: str) -> b.Boxed:
        bindings: list[tuple[str, b.Boxed]] = []
        for binding in self.document.all(element, "binding"):
            parameter = self.document.first(binding, "parameter")
            if parameter is not None:
                called = name_of(parameter)
                bindings.append((called, self.typed(self.inner().logic(binding, called), parameter, called)))
        return b.Invocation(self.inner().logic(element, name), tuple(bindings))

    def function(self, element: etree._Element, name: str, result: Item = ANY) -> b.FunctionBox:
        """The function that a boxed function or the logic of a business knowledge model describes."""
        parameters = tuple(
            (name_of(one), self.document.item(one.get("typeRef") or ""))
            for one in self.document.all(element, "formalParameter")
        ) or self._implied(element)
        kind = element.get("kind") or ""
        if kind.upper() not in _FEEL_KINDS:
            body: b.Boxed = b.Absent(f"Functions of the kind {kind} are never run")
        else:
            names = {parameter for parameter, _ in parameters} | {name}
            body = self.inner(names - {""}).logic(element, name)
        return b.FunctionBox(name, parameters, body, result)

    def _implied(self, element: etree._Element) -> tuple[tuple[str, Item], ...]:
        """Where only a table stands for a function, its input expressions are the parameters (10.2.1.7)."""
        grid = self.document.first(element, "decisionTable")
        texts: list[str] = []
        for column in [] if grid is None else self.document.all(grid, "input"):
            expression = self.document.first(column, "inputExpression")
            texts.append("" if expression is None else " ".join(self.document.text(expression, "text").split()))
        return tuple((text, ANY) for text in dict.fromkeys(texts))

    def _boxed_function(self, element: etree._Element, name: str) -> b.Boxed:
        return self.function(element, name)

    def _part(self, element: etree._Element, part: str, names: Iterable[str] = ()) -> b.Boxed:
        """The boxed expression in a named part of an element (``if``, ``in``, ``return`` ...)."""
        child = self.document.first(element, part)
        if child is None:
            return self._absent("part_missing", f'A boxed expression lacks its part "{part}".')
        reader = self.inner(names)
        return reader.typed(reader.logic(child), child, part)

    def _conditional(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        return b.Conditional(self._part(element, "if"), self._part(element, "then"), self._part(element, "else"))

    def _filter(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        return b.Filter(self._part(element, "in"), self._part(element, "match", ("item",)))

    def _for(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        variable = _variable(element)
        return b.For(variable, self._part(element, "in"), self._part(element, "return", (variable, "partial")))

    def _quantified(self, element: etree._Element, name: str) -> b.Boxed:
        del name
        variable = _variable(element)
        every = self.document.kind(element) == "every"
        return b.Quantified(
            every, variable, self._part(element, "in"), self._part(element, "satisfies", (variable,)))

    _READERS: ClassVar[Mapping[str, Callable[[LogicReader, etree._Element, str], b.Boxed]]] = {
        "literalExpression": _literal, "decisionTable": _table, "context": _context, "list": _list,
        "relation": _relation, "invocation": _invocation, "functionDefinition": _boxed_function,
        "conditional": _conditional, "filter": _filter, "for": _for, "some": _quantified, "every": _quantified,
    }


def _variable(element: etree._Element) -> str:
    return " ".join((element.get("iteratorVariable") or "").split())

