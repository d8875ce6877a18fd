"""Runs DMN TCK cases: ``python tests/conformance/dmn_tck.py DIR [--why]``.

Any folder below ``DIR`` that holds ``*.dmn`` beside files of ``testCases`` is a group. One line per group, and
last ``N passed, M failed``, counted in results; exit status 0 if none failed. ``--why`` tells each failure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree

from nrm.decisions.dmn import Model, read_model
from nrm.decisions.dmn.reading import namespace_of
from nrm.decisions.feel import DEFAULT, parse_expression
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.values import Value, equal, feel_text, is_number, number_from_text
from nrm.documents import parse
from nrm.vocabulary.errors import DocumentRefused

TOLERANCE = Decimal("0.00000001")
"""How far a number may be off: what the kit's own runner allows."""

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NUMBERS = frozenset({"decimal", "double", "float", "integer", "int", "long", "short"})
_READERS = {
    "date": parse_expression("date(text)"),
    "time": parse_expression("time(text)"),
    "dateTime": parse_expression("date and time(text)"),
    "duration": parse_expression("duration(text)"),
    "dayTimeDuration": parse_expression("duration(text)"),
    "yearMonthDuration": parse_expression("duration(text)"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One expected result: the case and node it belongs to, and what was wrong (empty if nothing)."""

    case: str
    fault: str = ""


@dataclass(slots=True)
class Group:
    """The results of one folder."""

    name: str
    results: list[Result] = field(default_factory=list)

    @property
    def failed(self) -> list[Result]:
        """Those that did not come out as expected."""
        return [result for result in self.results if result.fault]


def groups(folder: Path) -> Iterator[Group]:
    """Every group below ``folder``, in the order of paths."""
    for place in sorted({path.parent for path in folder.rglob("*.dmn")}):
        group = Group(place.relative_to(folder).as_posix())
        for file in sorted(place.glob("*.xml")):
            group.results += _file_results(file)
        if group.results:
            yield group


def _file_results(file: Path) -> list[Result]:
    """The results of one test file; none if it is another kind of document."""
    try:
        root = parse(file.read_bytes())
    except DocumentRefused as refused:
        return [Result(file.name, refused.sentence)]
    if etree.QName(root).localname != "testCases":
        return []
    try:
        model = _model(file.parent, (root.findtext("{*}modelName") or "").strip())
    except DocumentRefused as refused:
        fault = refused.sentence
        return [Result(f"{file.name} {case.get('id')}", fault) for case, _ in _nodes(root)]
    return [_result(file, model, case, node) for case, node in _nodes(root)]


def _nodes(root: etree._Element) -> Iterator[tuple[etree._Element, etree._Element]]:
    for case in root.findall("{*}testCase"):
        for node in case.findall("{*}resultNode"):
            yield case, node


def _model(folder: Path, name: str) -> Model:
    """The model of that file name; the other models of the folder can be imported by namespace."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.dmn"))}
    chosen = next((found for found in (name, f"{name}.dmn") if found in files), next(iter(files)))
    others = {namespace_of(data): data for found, data in files.items() if found != chosen}
    return read_model(files[chosen], imported=others)


def _result(file: Path, model: Model, case: etree._Element, node: etree._Element) -> Result:
    label = f"{file.name} {case.get('id')} {node.get('name')}"
    try:
        expected = _value(node.find("{*}expected"))
        came = _came(model, case, node)
    except Exception as bad:  # noqa: BLE001 - whatever goes wrong fails this result; the others are still run
        return Result(label, f"{type(bad).__name__}: {bad}")
    if alike(came, expected):
        return Result(label)
    return Result(label, f"expected {feel_text(expected)}, came {feel_text(came)}")


def _came(model: Model, case: etree._Element, node: etree._Element) -> Value:
    inputs = {_known_as(one): _value(one) for one in case.findall("{*}inputNode")}
    wanted, invoked = node.get("name") or "", case.get("invocableName") or ""
    if case.get("type") == "decisionService":
        served = model.serve(invoked, inputs).value
        several = len(model.services[invoked].outputs) > 1
        return served.get(wanted) if several and isinstance(served, Mapping) else served
    if case.get("type") == "bkm":
        return model.apply(invoked or wanted, inputs).value
    return model.evaluate(wanted, inputs).value


def _known_as(node: etree._Element) -> str:
    namespace, name = node.get("namespace"), node.get("name") or ""
    return f"{{{namespace}}}{name}" if namespace else name


def alike(came: Value, expected: Value) -> bool:
    """Whether a value is the expected one: numbers within the tolerance, the rest as FEEL's ``=`` has it."""
    if is_number(came) and is_number(expected):
        return abs(Decimal(came) - Decimal(expected)) <= TOLERANCE
    if isinstance(came, tuple) and isinstance(expected, tuple):
        return len(came) == len(expected) and all(map(alike, came, expected))
    if isinstance(came, Mapping) and isinstance(expected, Mapping):
        return came.keys() == expected.keys() and all(alike(came[name], expected[name]) for name in came)
    return equal(came, expected) is True


def _value(node: etree._Element | None) -> Value:
    """The value under a node (``valueType`` of testCases.xsd)."""
    if node is None or node.get(_XSI + "nil") == "true":
        return None
    components, items, value = node.findall("{*}component"), node.find("{*}list"), node.find("{*}value")
    if components:
        return {one.get("name") or "": _value(one) for one in components}
    if items is not None and items.get(_XSI + "nil") != "true":
        return tuple(_value(item) for item in items.findall("{*}item"))
    return None if value is None else _simple(value)


def _simple(node: etree._Element) -> Value:
    if node.get(_XSI + "nil") == "true":
        return None
    text = node.text or ""
    kind = (node.get(_XSI + "type") or "string").split(":")[-1]
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in _NUMBERS:
        return number_from_text(text.strip())
    reader = _READERS.get(kind)
    return text if reader is None else reader.within(Running({"text": text.strip()}, DEFAULT))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str]) -> int:
    """Run, print, and give the exit status."""
    parser = argparse.ArgumentParser(description="Run DMN TCK cases.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--why", action="store_true", help="tell what was expected and what came")
    chosen = parser.parse_args(arguments)
    passed = failed = 0
    for group in groups(chosen.folder):
        bad = group.failed
        passed += len(group.results) - len(bad)
        failed += len(bad)
        _tell(f"{group.name}: {len(group.results) - len(bad)} passed, {len(bad)} failed")
        for result in bad if chosen.why else ():
            _tell(f"    {result.case}: {result.fault}")
    _tell(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
