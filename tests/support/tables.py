"""Writes small DMN decision tables for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

Row = tuple[Sequence[str], Sequence[str]]
"""Cells of the inputs, cells of the outputs."""


def dmn(table_id: str, inputs: Sequence[str], outputs: Mapping[str, str], rows: Sequence[Row], *,
        hit: str = "UNIQUE") -> bytes:
    """A table: inputs are fact names, outputs fact name -> type (string, boolean, number)."""
    columns = [
        f'<input id="{table_id}_i{n}" label={quoteattr(name)}><inputExpression id="{table_id}_e{n}">'
        f"<text>{escape(name)}</text></inputExpression></input>" for n, name in enumerate(inputs)
    ]
    columns += [
        f'<output id="{table_id}_o{n}" name={quoteattr(name)} typeRef="{kind}"/>'
        for n, (name, kind) in enumerate(outputs.items())
    ]
    rules = [
        f'<rule id="{table_id}_r{n}">'
        + "".join(f'<inputEntry id="{table_id}_r{n}i{m}"><text>{escape(cell)}</text></inputEntry>'
                  for m, cell in enumerate(asked))
        + "".join(f'<outputEntry id="{table_id}_r{n}o{m}"><text>{escape(cell)}</text></outputEntry>'
                  for m, cell in enumerate(given))
        + "</rule>" for n, (asked, given) in enumerate(rows, start=1)
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="definitions" name="tables" '
        'namespace="urn:nrm:test">\n'
        f'<decision id="{table_id}" name="{table_id}"><decisionTable id="{table_id}_t" hitPolicy="{hit}">'
        f'{"".join(columns)}{"".join(rules)}</decisionTable></decision></definitions>\n'
    ).encode()
