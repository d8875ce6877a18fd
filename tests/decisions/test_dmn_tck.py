"""The single tables of the DMN TCK that fall into what is built, where the kit is at hand (NRM_SHARED)."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from nrm.decisions.dmn import TableRefused, read_decisions
from nrm.documents import parse

KIT = Path(os.environ.get("NRM_SHARED", Path(__file__).parents[3] / "shared")) / "dmn-tck"
FOLDERS = sorted(KIT.glob("level-2/*")) if KIT.is_dir() else []
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def _value(node: etree._Element) -> object:
    """The value under a node of a test case: a component map, a list, or a simple value."""
    components = node.findall("{*}component")
    if components:
        return {one.get("name"): _value(one) for one in components}
    items = node.find("{*}list")
    if items is not None:
        return [_value(item) for item in items.findall("{*}item")]
    value = node.find("{*}value")
    if value is None or value.text is None:
        return None
    kind = (value.get(_TYPE) or "").split(":")[-1]
    if kind == "boolean":
        return value.text.strip() == "true"
    return Decimal(value.text.strip()) if kind in ("decimal", "double", "integer") else value.text


@pytest.mark.skipif(not FOLDERS, reason="the DMN TCK is not here (NRM_SHARED)")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_tck_table(folder: Path) -> None:
    try:
        table = read_decisions((folder / f"{folder.name}.dmn").read_bytes())
    except TableRefused as refused:
        pytest.skip(refused.sentence)
    for file in sorted(folder.glob("*-test-*.xml")):
        for case in parse(file.read_bytes()).findall("{*}testCase"):
            facts = {node.get("name") or "": _value(node) for node in case.findall("{*}inputNode")}
            expected = _value(case.find("{*}resultNode/{*}expected"))  # type: ignore[arg-type]
            came = table.evaluate(facts)
            got: object = [dict(one) for one in came.all] if table.hit_policy == "C" else came.outputs
            if table.hit_policy != "C" and not isinstance(expected, dict):
                got = next(iter(came.outputs.values())) if came.outputs else None
            assert got == expected, (file.name, case.get("id"), came.problem)
