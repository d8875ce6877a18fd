"""DMN documents as XML: their elements, names, types and imports, before any logic is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial

from lxml import etree

from nrm.decisions.dmn import items
from nrm.decisions.dmn.items import ANY, Item, Items
from nrm.decisions.dmn.tables import TableRefused
from nrm.decisions.feel import FeelError, Problem, UnaryTests, parse_unary_tests
from nrm.decisions.feel.type_names import parse_type
from nrm.decisions.feel.types import Type, simple_type
from nrm.documents import line_of, parse

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
DRG = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
MOST_DOCUMENTS = 50
_NAMED = frozenset({*DRG, "variable", "itemComponent", "formalParameter", "output", "column"})
_KEYWORDS = frozenset({"and", "or", "in", "between", "then", "else", "return", "satisfies", "of", "instance", "not"})


class Document:
    """One DMN document. ``imports``: prefix -> the document it stands for (missing ones are left out)."""

    def __init__(self, root: etree._Element) -> None:
        namespace = etree.QName(root).namespace or ""
        if etree.QName(root).localname != "definitions" or namespace not in NAMESPACES:
            raise TableRefused("This is not a DMN document of version 1.2 to 1.5.", line=line_of(root))
        self.root = root
        self.tag = "{" + namespace + "}"
        self.namespace = root.get("namespace") or ""
        self.name = root.get("name") or ""
        self.imports: dict[str, Document] = {}
        self.problems: list[Problem] = []
        self.drg = {one.get("id") or name_of(one): one for kind in DRG for one in self.all(root, kind)}
        self.items = Items({
            name_of(one): partial(self._defined, one) for one in self.all(root, "itemDefinition")
        })

    def all(self, element: etree._Element, name: str) -> list[etree._Element]:
        """Children of that name."""
        return element.findall(self.tag + name)

    def first(self, element: etree._Element, name: str) -> etree._Element | None:
        """The first child of that name."""
        return element.find(self.tag + name)

    def text(self, element: etree._Element, name: str) -> str:
        """The text of the first child of that name, without white space around it."""
        return (element.findtext(self.tag + name) or "").strip()

    def kind(self, element: etree._Element) -> str:
        """The local name of an element of DMN; empty for an element of an extension."""
        tag = str(element.tag)
        return tag[len(self.tag):] if tag.startswith(self.tag) else ""

    def key(self, href: str) -> tuple[str, str]:
        """Namespace and id that a reference names."""
        namespace, _, id_ = href.rpartition("#")
        return namespace or self.namespace, id_

    def prefix(self, namespace: str) -> str:
        """The name under which things of that namespace are known here."""
        return next((name for name, one in self.imports.items() if one.namespace == namespace), "")

    def names(self) -> frozenset[str]:
        """Names of several words that occur here: of entries, components, parameters and the like.

        Names with signs or keywords are left out: only where they are in scope do they mean themselves.
        """
        found = {name_of(one) for one in self.root.iter() if self.kind(one) in _NAMED}
        return frozenset(name for name in found if " " in name and _plain(name))

    def item(self, reference: str) -> Item:
        """The type of that name; what nobody defines may hold anything, and is a problem."""
        name = " ".join(reference.split())
        if not name:
            return ANY
        found = self.known_item(name)
        if found is None:
            self.problems.append(Problem("unknown_type", f'There is no type "{name}".'))
        return found or ANY

    def known_item(self, name: str) -> Item | None:
        """The type of that name: defined here, built in, imported, or written out in FEEL."""
        bare = name if "<" in name else name.rpartition(":")[2]  # older files write feel:string
        of = simple_type(bare)
        found = self.items.get(name) if of is None else items.simple(bare, of)
        if found is not None:
            return found
        prefix, _, rest = name.rpartition(".")
        if prefix in self.imports:
            return self.imports[prefix].items.get(rest)
        of = parse_type(bare)
        return None if of is None else items.simple(bare, of)

    @cached_property
    def types(self) -> Mapping[str, Type]:
        """The types that expressions can name; to be asked for once all imports are open."""
        found = self.items.types()
        for prefix, one in self.imports.items():
            found |= {f"{prefix}.{name}" if prefix else name: of for name, of in one.items.types().items()}
        return found

    def _defined(self, element: etree._Element) -> Item:
        """The item that an item definition or component describes."""
        name = name_of(element)
        item = restricted = items.restricted(
            self._described(element, name), name, self._tests(element, "allowedValues", name))
        if element.get("isCollection") in ("true", "1"):
            item = items.restricted(
                items.collection(name, restricted), name, self._tests(element, "typeConstraint", name))
        elif self.first(element, "typeConstraint") is not None:
            item = items.restricted(item, name, self._tests(element, "typeConstraint", name))
        return item

    def _described(self, element: etree._Element, name: str) -> Item:
        function = self.first(element, "functionItem")
        if function is not None:
            parameters = tuple(self.item(one.get("typeRef") or "") for one in self.all(function, "parameters"))
            return items.function(name, parameters, self.item(function.get("outputTypeRef") or ""))
        components = self.all(element, "itemComponent")
        if components:
            return items.structure(name, tuple((name_of(one), self._defined(one)) for one in components))
        return self.item(self.text(element, "typeRef") or element.get("typeRef") or "")

    def _tests(self, element: etree._Element, kind: str, name: str) -> UnaryTests | None:
        values = self.first(element, kind)
        text = "" if values is None else self.text(values, "text")
        if not text:
            return None
        try:
            return parse_unary_tests(text)
        except FeelError as bad:
            self.problems.append(Problem("feel_syntax", f'Type "{name}": {bad.sentence}', bad.position))
            return None


def name_of(element: etree._Element) -> str:
    """The name of an element, with single spaces."""
    return " ".join((element.get("name") or "").split())


def open_documents(xml: bytes, imported: Mapping[str, bytes]) -> tuple[Document, list[Document]]:
    """The document, and all documents that it reaches by imports, itself first.

    ``imported``: namespace -> document. Raises ``DocumentRefused``.
    """
    first = Document(parse(xml))
    found = {first.namespace: first}
    waiting = [first]
    while waiting:
        document = waiting.pop()
        for prefix, namespace in _imports(document):
            if namespace not in found and namespace in imported:
                if len(found) >= MOST_DOCUMENTS:
                    raise TableRefused(f"More than {MOST_DOCUMENTS} documents are imported.")
                found[namespace] = Document(parse(imported[namespace]))
                waiting.append(found[namespace])
            if namespace in found:
                document.imports[prefix] = found[namespace]
            else:
                sentence = f'What is imported as "{prefix}" is not at hand.'
                document.problems.append(Problem("import_missing", sentence))
    return first, list(found.values())


def _imports(document: Document) -> Iterator[tuple[str, str]]:
    for one in document.all(document.root, "import"):
        if "DMN" in (one.get("importType") or "DMN"):
            yield name_of(one), one.get("namespace") or ""


def _plain(name: str) -> bool:
    words = name.split()
    return all(word.replace("_", "a").isalnum() for word in words) and not _KEYWORDS & set(words)


