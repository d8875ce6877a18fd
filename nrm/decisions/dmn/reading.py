"""Reads decision models from DMN 1.2 to 1.5 XML, through the hardened parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from nrm.decisions.dmn.documents import Document, name_of, open_documents
from nrm.decisions.dmn.graph import Decision, Element, Graph, InputData, Key, Knowledge, Requirement, Service
from nrm.decisions.dmn.items import ANY
from nrm.decisions.dmn.logic import LogicReader
from nrm.decisions.dmn.main import MainDecision
from nrm.decisions.dmn.model import Model
from nrm.decisions.dmn.tables import TableRefused
from nrm.decisions.feel import Problem
from nrm.documents import line_of, parse
from nrm.vocabulary.errors import DocumentRefused

_REQUIRED = ("requiredDecision", "requiredInput", "requiredKnowledge")


def read_model(xml: bytes, *, imported: Mapping[str, bytes] | None = None) -> Model:
    """The decision model of a document. ``imported``: namespace -> document, for its imports.

    Raises ``DocumentRefused`` for bad XML, another kind of document, or decisions that require one another.
    Logic that cannot be read is in ``problems`` and comes to null.
    """
    document, documents = open_documents(xml, imported or {})
    elements = {key: element for one in documents for key, element in _elements(one, documents).items()}
    graph = Graph(elements)
    own = [element for key, element in elements.items() if key[0] == document.namespace]
    for element in own:
        graph.order((element.key,))
    return Model(
        document.name, document.namespace, graph,
        {one.name: one for one in own if isinstance(one, Decision)},
        {one.name: one for one in own if isinstance(one, Service)},
        {one.name: one for one in own if isinstance(one, Knowledge)},
        {one.name: one for one in own if isinstance(one, InputData)},
        tuple(problem for one in documents for problem in one.problems),
    )


def read_decisions(xml: bytes, *, imported: Mapping[str, bytes] | None = None) -> MainDecision:
    """The file's main decision: the only one, or the one that no other decision of the file requires.

    ``imported``: namespace -> document, for its imports.

    Raises ``DocumentRefused`` for bad XML and ``TableRefused`` (with every ``Problem``) for what is not
    usable: an unknown version, several main decisions, cells that are not FEEL.
    """
    main = main_decision(read_model(xml, imported=imported))
    if main.model.problems:
        raise TableRefused(main.model.problems[0].sentence, problems=main.model.problems)
    return main


def read_leniently(
    xml: bytes, imported: Mapping[str, bytes] | None = None
) -> tuple[MainDecision | None, list[Problem]]:
    """For checks: the main decision as far as it can be read, and the problems."""
    try:
        main = main_decision(read_model(xml, imported=imported))
    except DocumentRefused as refused:
        return None, [Problem(refused.code, refused.sentence)]
    return main, list(main.model.problems)


def namespace_of(xml: bytes) -> str:
    """The namespace under which other documents import this one. Raises ``DocumentRefused``."""
    return parse(xml).get("namespace") or ""


def main_decision(model: Model) -> MainDecision:
    """The decision of a model that no other requires. Raises ``TableRefused`` where there is none, or several."""
    required = {one.key for decision in model.decisions.values() for one in decision.requires}
    found = [decision for decision in model.decisions.values() if decision.key not in required]
    if not found:
        raise TableRefused("The file has no decision.")
    if len(found) > 1:
        names = ", ".join(f'"{decision.name}"' for decision in found)
        raise TableRefused(f"The file has {len(found)} decisions that none of the others requires, one is "
                           f"needed: {names}.")
    return MainDecision(model, found[0])


def _elements(document: Document, documents: list[Document]) -> dict[Key, Element]:
    names = frozenset().union(*(one.names() for one in documents))
    return {
        (document.namespace, id_): _ElementReader(document, documents, element, names).element()
        for id_, element in document.drg.items()
    }


class _ElementReader:
    """Reads one element of the requirements graph."""

    def __init__(
        self, document: Document, documents: list[Document], element: etree._Element, names: frozenset[str]
    ) -> None:
        self.document = document
        self.by_namespace = {one.namespace: one for one in documents}
        self.root = element
        self.key = (document.namespace, element.get("id") or name_of(element))
        self.name = name_of(element)
        self.label = element.get("label") or self.name or self.key[1]
        variable = document.first(element, "variable")
        self.variable = name_of(variable) if variable is not None else ""
        self.item = ANY if variable is None else document.item(variable.get("typeRef") or "")
        self.names = names

    def element(self) -> Element:
        kind = self.document.kind(self.root)
        if kind == "inputData":
            return InputData(self.key, self.name, self.label, self.item, tuple(self._known_as()))
        if kind == "decision":
            return self._decision()
        return self._knowledge() if kind == "businessKnowledgeModel" else self._service()

    def _decision(self) -> Decision:
        requires = tuple(self._requires())
        # A table's only output is named after the variable, else after the id, which is what facts are called.
        logic = self._logic(requires).logic(self.root, self.variable or self.key[1])
        return Decision(
            self.key, self.name or self.key[1], self.label, self.variable or self.name, self.item, logic, requires,
            self.document.text(self.root, "description"), line_of(self.root),
        )

    def _knowledge(self) -> Knowledge:
        requires = tuple(self._requires())
        body = self.document.first(self.root, "encapsulatedLogic")
        reader = self._logic(requires)
        function = reader.function(self.root if body is None else body, self.name, self.item.result)
        return Knowledge(self.key, self.name, function, requires)

    def _service(self) -> Service:
        inputs = [*self._references("inputData"), *self._references("inputDecision")]
        return Service(self.key, self.name, self.item, tuple(self._references("outputDecision")), tuple(inputs))

    def _references(self, kind: str) -> Iterator[Key]:
        for one in self.document.all(self.root, kind):
            key = self.document.key(one.get("href") or "")
            if self._found(key):
                yield key

    def _requires(self) -> Iterator[Requirement]:
        for kind in ("informationRequirement", "knowledgeRequirement"):
            for requirement in self.document.all(self.root, kind):
                for target in requirement:
                    key = self.document.key(target.get("href") or "")
                    if self.document.kind(target) in _REQUIRED and self._found(key):
                        prefix = "" if key[0] == self.document.namespace else self.document.prefix(key[0])
                        yield Requirement(key, prefix)

    def _found(self, key: Key) -> bool:
        there = key[0] in self.by_namespace and key[1] in self.by_namespace[key[0]].drg
        if not there:
            sentence = f'"{self.name}" requires something that is not there.'
            self.document.problems.append(Problem("requirement_missing", sentence))
        return there

    def _known_as(self) -> Iterator[str]:
        """The names under which an input is given: with its namespace, as others import it, and its own."""
        yield f"{{{self.document.namespace}}}{self.name}"
        for one in self.by_namespace.values():
            for prefix, target in one.imports.items():
                if target is self.document and prefix:
                    yield f"{prefix}.{self.name}"
        yield self.name

    def _logic(self, requires: tuple[Requirement, ...]) -> LogicReader:
        in_scope = set(self.names) | {self.name, *self.document.imports}
        for one in requires:
            required = self.by_namespace[one.key[0]].drg[one.key[1]]
            in_scope.add(name_of(required))
            variable = self.document.first(required, "variable")
            if variable is not None:
                in_scope.add(name_of(variable))
        return LogicReader(self.document, in_scope - {""})

