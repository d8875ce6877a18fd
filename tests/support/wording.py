"""Every English text that people are shown, found in the sources: what a translation has to cover."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

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
CONFIGURED = ("title", "sentence", "start_event")
"""Keys of ``config/*.yaml`` whose text is shown."""

SAID_BY = ("_", "words", "self", "said", "words.said")
"""What translates its first argument in Python."""

PHRASED_BY = ("Phrase", "joined")
"""What makes a phrase of the template that is its first argument."""

NOT_SHOWN = frozenset({
    "Expressions are not evaluated by SpiffWorkflow.", "Expressions are not parsed by SpiffWorkflow.",
    "Scripts are not run.", "Services are not called from inside a run.", "Lax", "Location", "Origin",
    "English", "Română", "BinaryIO",
})
"""Looks like words, but is said to programs, or is a language's own name."""

CODE_LISTS = ("REASONS", "CLOSING", "REOPENING", "KINDS", "ENGINE_KINDS", "BASES", "PURPOSES", "GAP_REASONS")
"""Lists of codes in ``nrm/commands`` that pages offer."""

STATUSES = {
    "case": "open follow_up suspended closed closed_referred reopened",
    "run": "open incident ended cancelled",
    "task": "open claimed done withdrawn",
    "consent": "given refused withdrawn expired override person guardian assent",
    "referral": "draft sent accepted refused delivered confirmed revoked expired",
    "plan line": "proposed agreed declined approved cut referred in_progress delivered not_delivered returned",
    "gap": "open reviewed", "incident": "retried fact path", "link": "family same_place same_event duplicate",
    "account": "active disabled", "draft": "draft review published dropped",
}
"""Status words of the tables, shown as they are."""

SPOKEN = ("nrm/commands", "nrm/queries", "nrm/rules", "nrm/notices", "nrm/vocabulary", "nrm/engine",
          "nrm/diagrams/forms/messages.py", "nrm/records/verify.py", "web/nrm_web")
"""Where Python says sentences to people."""

OWN_LANGUAGES = ("letters.py",)
"""Modules that say the same in every language themselves, beside each other."""

FOUND_BY = ("nrm/checking", "nrm/decisions", "nrm/diagrams", "nrm/documents", "nrm/wiring")
"""Where Python says what is wrong with a diagram, a form or a table."""

LISTED_IN = ("errors.py", "clock_words.py", "history_acts.py")
"""Modules whose titles and listed reasons are shown, though they are no whole sentences."""

_SENTENCE = re.compile(r"[A-Z“{].*\s.*[.?!…]", re.DOTALL)
_LABEL = re.compile(r"(?:[A-Z] ?[a-z]|\{\w+\} [a-z]).*", re.DOTALL)
_LOW = re.compile(r"[a-z]+(?:[ -][a-z]+)* [a-z-]+")
_PLACE = re.compile(r"\{\w+\}")
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
        "sources": _sources_of_law(root, drawn),
        "facts": (fact["doc"] for fact in _facts(bpmn)),
        "findings": (text for place in FOUND_BY for path in _sources(root / place) for text in _findings(path)),
        "phrases": (text for path in _sources(root / "nrm") for text in _phrases(path)),
        "codes": _codes(bpmn, drawn),
        "pages": (text for path in sorted((root / "web").glob("nrm_web/**/*.html"))
                  for text in _page(path.read_text(encoding="utf-8"))),
        "sentences": (text for place in SPOKEN for path in _sources(root / place) if path.name not in OWN_LANGUAGES
                      for text in _python(path, titles="nrm_web" in path.parts or path.name in LISTED_IN)),
    }.items()}


def _clean(texts: Iterable[str]) -> set[str]:
    return {text for text in texts if re.search(r"[A-Za-z]", text)} - NOT_SHOWN


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


def _facts(bpmn: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load((bpmn / "dictionary.yaml").read_text(encoding="utf-8")).values())


def _sources_of_law(root: Path, drawn: list[etree._Element]) -> Iterator[str]:
    limits = yaml.safe_load((root / "config/time_limits.yaml").read_text(encoding="utf-8"))
    yield from (limit["source"] for limit in limits.values())
    yield from (process.get("legalBasis", "") for tree in drawn for process in tree.iter(NRM + "process"))


def _findings(path: Path) -> Iterator[str]:
    """Yield what can be found wrong, and the kinds of steps as lists of steps name them."""
    yield from _python(path, titles=False)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == "Kind":
            yield from (_literal(kind.value).capitalize() for kind in node.body if isinstance(kind, ast.Assign))


def _phrases(path: Path) -> Iterator[str]:
    """Yield the templates of phrases, exactly as written, where Python makes any."""
    source = path.read_text(encoding="utf-8")
    if "Phrase" not in source:
        return
    tree = ast.parse(source)
    silent = _silent(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in PHRASED_BY:
            yield _literal(node.args[0])
        if isinstance(node, ast.Constant) and id(node) not in silent and _PLACE.search(_literal(node)):
            yield _literal(node)


def _codes(bpmn: Path, drawn: list[etree._Element]) -> Iterator[str]:
    """Yield code words as pages write them: values of facts and of listed answers, outcomes, processes, statuses."""
    found = [str(value) for fact in _facts(bpmn) for value in fact.get("values", ())]
    for tree in drawn:
        found += [element.get("name", "") for element in tree.iter(NRM + "outcome")]
        found += [element.get("id", "") for element in tree.iter(BPMN + "process")]
    for path in bpmn.rglob("forms/*.json"):
        found += _coded_answers(json.loads(path.read_bytes()))
    for words in STATUSES.values():
        found += words.split()
    for path in (bpmn.parent / "nrm/commands").rglob("*.py"):
        found += _code_lists(ast.parse(path.read_text(encoding="utf-8")))
    for code in found:
        yield code.replace("_", " ").capitalize()


def _code_lists(tree: ast.Module) -> Iterator[str]:
    """Yield the codes people choose from, such as the reasons to correct a record."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in CODE_LISTS:
            yield from (_literal(code) for code in ast.walk(node.value))


def _coded_answers(node: object) -> Iterator[str]:
    """Yield the values of the answers that are shown again as code words: services, reasons, kinds."""
    if isinstance(node, Mapping):
        if str(node.get("key", "")).split("_")[-1] in ("service", "reason", "kind", "urgency"):
            yield from (one["value"] for one in node.get("values", ()))
        for value in node.values():
            yield from _coded_answers(value)
    elif isinstance(node, list):
        for one in node:
            yield from _coded_answers(one)


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
    silent = _silent(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in SAID_BY:
            yield _literal(node.args[0])
        if isinstance(node, ast.keyword) and node.arg == "basis":
            yield _literal(node.value)
        if titles:
            yield from (text for text in map(_literal, _choices(node)) if _LOW.fullmatch(text))
        text = _literal(node)
        if _SENTENCE.fullmatch(text) or (titles and _LABEL.fullmatch(text) and not _CODE.fullmatch(text)):
            yield text


def _silent(tree: ast.AST) -> set[int]:
    """Return the ids of texts that nobody is told: docstrings, and parts of f-strings, which are no texts alone."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)} | {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }


def _choices(node: ast.AST) -> list[ast.expr]:
    """Return what a table, a list or an either-or holds: there, words in small letters are texts too."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Dict):
        return node.values
    return node.elts if isinstance(node, ast.Tuple) else []


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        said, seen = "", Counter[str]()
        for part in node.values:
            name = "" if isinstance(part, ast.Constant) else _name(part)
            seen[name] += 1
            said += _literal(part) if not name else f"{{{name}}}" if seen[name] == 1 else f"{{{name}_{seen[name]}}}"
        return said
    return ""


def _name(part: ast.expr) -> str:
    """Return the last name in what an f-string fills in."""
    words = re.findall(r"[A-Za-z_]\w*", ast.unparse(part))
    return words[-1] if words else "value"


def same_places(text: str) -> str:
    """Return a text with its ``{names}`` left open: what they are called is the translator's choice."""
    return re.sub(r"\{\w+\}", "{}", text)
