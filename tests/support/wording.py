"""Every English text that people are shown, found in the sources: what a translation has to cover."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from jinja2 import Environment
from lxml import etree

FORM_WORDS = ("label", "dateLabel", "timeLabel", "description", "text", "nrm:title", "nrm:help",
              "prefixAdorner", "suffixAdorner")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NRM = "{urn:nrm:bpmn:1}"
DRAWN = ("userTask", "callActivity", "sendTask", "serviceTask", "receiveTask", "businessRuleTask",
         "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "startEvent",
         "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent", "subProcess",
         "sequenceFlow", "lane", "participant")
CONFIGURED = ("title", "sentence")
"""Keys of ``config/*.yaml`` whose text is shown."""

SPOKEN = ("nrm/commands", "nrm/queries", "nrm/rules", "nrm/notices", "nrm/vocabulary", "nrm/engine",
          "nrm/diagrams/forms/messages.py", "nrm/records/verify.py", "web/nrm_web")
"""Where Python says sentences to people."""

_SENTENCE = re.compile(r"[A-Z“{].*\s.*[.?!…]", re.DOTALL)
_LABEL = re.compile(r"[A-Z][a-z].*", re.DOTALL)
_CODE = re.compile(r"\S*[_/=<>$\\]\S*|[a-z]+(?:-[a-z]+)*|[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:-[A-Z][a-z]+)+")


def shown_strings(root: Path) -> set[str]:
    """Return every text shown to people, from diagrams, forms, tables, configuration, pages and errors."""
    return set().union(*shown_by_kind(root).values())


def shown_by_kind(root: Path) -> dict[str, set[str]]:
    """Return the texts by where they stand: forms, tasks, diagrams, tables, configuration, pages, sentences."""
    bpmn = root / "bpmn"
    drawn = [etree.parse(path).getroot() for path in sorted(bpmn.rglob("*.bpmn"))]
    return {kind: _clean(texts) for kind, texts in {
        "forms": (text for path in sorted(bpmn.rglob("forms/*.json")) for text in _form(json.loads(path.read_bytes()))),
        "tasks": (task.get("name", "") for tree in drawn for task in tree.iter(BPMN + "userTask")),
        "diagrams": (text for tree in drawn for text in _diagram(tree)),
        "tables": (text for path in sorted(bpmn.rglob("*.dmn")) for text in _table(path)),
        "configuration": (text for path in sorted((root / "config").glob("*.yaml"))
                          for text in _settings(yaml.safe_load(path.read_text(encoding="utf-8")))),
        "pages": (text for path in sorted((root / "web").glob("nrm_web/**/*.html"))
                  for text in _page(path.read_text(encoding="utf-8"))),
        "sentences": (text for place in SPOKEN for path in _sources(root / place)
                      for text in _python(path, titles="nrm_web" in path.parts or path.name == "errors.py")),
    }.items()}


def _clean(texts: Iterable[str]) -> set[str]:
    return {text for text in texts if re.search(r"[A-Za-z]", text)}


def _form(node: object) -> Iterator[str]:
    """Yield the words of a form; values, keys and conditions are not shown."""
    if isinstance(node, Mapping):
        yield from (node[word] for word in FORM_WORDS if isinstance(node.get(word), str))
        for value in node.values():
            yield from _form(value)
    elif isinstance(node, list):
        for one in node:
            yield from _form(one)


def _diagram(tree: etree._Element) -> Iterator[str]:
    for word in DRAWN:
        yield from (element.get("name", "") for element in tree.iter(BPMN + word))
    yield from (element.get("title", "") for element in tree.iter(NRM + "process"))
    yield from (element.get("onward", "") for element in tree.iter(NRM + "outcome"))
    for element in tree.iter(BPMN + "documentation", BPMN + "text"):
        yield " ".join((element.text or "").split())


def _table(path: Path) -> Iterator[str]:
    """Yield name, description, column heads and the notes of rules."""
    for element in etree.parse(path).getroot().iter("{*}decision", "{*}input", "{*}output", "{*}annotation"):
        yield element.get("label") or element.get("name") or ""
    for element in etree.parse(path).getroot().iter("{*}description"):
        yield " ".join((element.text or "").split())
    for note in etree.parse(path).getroot().iter("{*}annotationEntry"):
        yield from (" ".join((text.text or "").split()) for text in note.iter("{*}text"))


def _settings(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from (node[word] for word in CONFIGURED if isinstance(node.get(word), str))
        for value in node.values():
            yield from _settings(value)
    elif isinstance(node, list):
        for one in node:
            yield from _settings(one)


def _page(source: str) -> Iterator[str]:
    """Yield string literals of a template that are words: all that go through ``_``, and labels given to macros."""
    before: list[str] = []
    for _, kind, value in Environment(autoescape=True).lex(source):
        if kind == "string":
            text = str(ast.literal_eval(value))
            if before[-2:] == ["_", "("] or (_LABEL.fullmatch(text) and not _CODE.fullmatch(text)):
                yield text
        if kind != "whitespace":
            before = [*before[-1:], value]


def _sources(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def _python(path: Path, *, titles: bool) -> Iterator[str]:
    """Yield sentences (and, where there are any, titles), with ``{name}`` where an f-string fills something in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):  # A part of an f-string is not a text of its own.
        if isinstance(node, ast.JoinedStr):
            silent.update(id(part) for part in node.values)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        text = _literal(node)
        if _SENTENCE.fullmatch(text) or (titles and _LABEL.fullmatch(text) and not _CODE.fullmatch(text)):
            yield text


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) if isinstance(part, ast.Constant) else _name(part) for part in node.values)
    return ""


def _name(part: ast.expr) -> str:
    """Return ``{name}`` for what an f-string fills in: the last name in it."""
    words = re.findall(r"[A-Za-z_]\w*", ast.unparse(part))
    return "{" + (words[-1] if words else "value") + "}"
