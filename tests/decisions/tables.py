"""Builds small decision tables as DMN XML for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def table_logic(
    inputs: Sequence[str] = ("level",),
    outputs: Sequence[str] = ("out",),
    rules: Sequence[tuple[Sequence[str], Sequence[str]]] = (),
    *,
    policy: str = "FIRST",
    default: str = "",
    allowed: str = "",
    labels: Sequence[str] = (),
    aggregation: str = "",
    output_values: str = "",
) -> str:
    """A decision table alone. ``rules``: (input cells, output cells) as FEEL text.

    ``default`` and ``output_values`` go to the first output, ``allowed`` to the first input, ``labels`` to the
    inputs.
    """
    heads = "".join(
        f"<input id='i{n}' {f'label={quoteattr(labels[n])}' if labels else ''}>"
        f"<inputExpression><text>{escape(text)}</text></inputExpression>"
        f"{_text('inputValues', allowed) if n == 0 and allowed else ''}</input>"
        for n, text in enumerate(inputs)
    )
    heads += "".join(
        f"<output id='o{n}' name={quoteattr(name)}>"
        f"{_text('outputValues', output_values) if n == 0 and output_values else ''}"
        f"{_text('defaultOutputEntry', default) if n == 0 and default else ''}</output>"
        for n, name in enumerate(outputs)
    )
    rows = "".join(
        f"<rule id='r{n}'>{''.join(_text('inputEntry', cell) for cell in tests)}"
        f"{''.join(_text('outputEntry', cell) for cell in gives)}</rule>"
        for n, (tests, gives) in enumerate(rules, start=1)
    )
    how = f"aggregation='{aggregation}'" if aggregation else ""
    return f"<decisionTable hitPolicy='{policy}' {how}>{heads}{rows}</decisionTable>"


def table_xml(
    inputs: Sequence[str] = ("level",),
    outputs: Sequence[str] = ("out",),
    rules: Sequence[tuple[Sequence[str], Sequence[str]]] = (),
    *,
    namespace: str = DMN_15,
    **how: Any,
) -> bytes:
    """A file with one table, which ``table_logic`` describes."""
    return (
        f"<definitions xmlns='{namespace}' id='d' name='d' namespace='urn:test'><decision id='table' name='A table'>"
        f"{table_logic(inputs, outputs, rules, **how)}</decision></definitions>"
    ).encode()


def _text(element: str, text: str) -> str:
    return f"<{element}><text>{escape(text)}</text></{element}>"
