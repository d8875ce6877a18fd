"""``nrm feel`` and ``nrm decide``: an expression or a decision tried on inputs, printed as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from nrm.decisions.dmn import MainDecision, Model, TableRefused, explained, read_model
from nrm.decisions.dmn.explaining import plain
from nrm.decisions.dmn.given import given
from nrm.decisions.dmn.reading import main_decision, namespace_of
from nrm.decisions.feel import parse_expression
from nrm.decisions.feel.errors import suggestion
from nrm.vocabulary.errors import DocumentRefused, InvalidInput


def evaluate(text: str, context: str, moment: datetime) -> str:
    """Return the value of a FEEL expression as JSON, with notes on what became null and which names it did not know.

    ``context``: a JSON object, name -> value. Raises FeelError, InvalidInput.
    """
    names = _object(context, "context")
    came = parse_expression(text, names=_all_names(names)).evaluate(names, moment=moment)
    found: dict[str, object] = {"value": plain(came.value)}
    if came.notes:
        found["notes"] = list(came.notes)
    if came.unknown:
        found["unknown"] = sorted(came.unknown)
    return _json(found)


def decide(file: Path, decision: str | None, inputs: str, moment: datetime, *, why: bool) -> tuple[str, bool]:
    """Return what a decision of a DMN file comes to; documents it imports are looked for beside it."""
    return decide_text(file.read_bytes(), decision, inputs, moment, why=why, imported=_beside(file))


def decide_text(
    xml: bytes, decision: str | None, inputs: str, moment: datetime, *, why: bool,
    imported: Mapping[str, bytes] | None = None,
) -> tuple[str, bool]:
    """Return what a decision comes to as JSON, and whether it came to anything.

    ``decision``: its name or id; without it the one that no other requires. ``imported``: namespace -> document.
    ``why`` adds the reasons. Raises DocumentRefused, InvalidInput.
    """
    model = read_model(xml, imported=imported)
    if model.problems:
        raise TableRefused(model.problems[0].sentence, problems=model.problems)
    wanted = _wanted(model, decision)
    asked = given(_object(inputs, "input"), model.needed(wanted.name), also=wanted.names)
    came = wanted.evaluate(asked, moment=moment)
    found = explained(came)
    if not why:
        found = {key: found[key] for key in ("outputs", "problem") if key in found}
    return _json(found), came.problem is None


def _wanted(model: Model, wanted: str | None) -> MainDecision:
    if wanted is None:
        return main_decision(model)
    for decision in model.decisions.values():
        if wanted in (decision.name, decision.id):
            return MainDecision(model, decision)
    raise InvalidInput(f"The file has no decision “{wanted}”.{suggestion(wanted, model.decisions)}")


def _beside(file: Path) -> dict[str, bytes]:
    """The other documents of the folder by namespace; what cannot be read is none of them."""
    return dict(_documents(file))


def _documents(file: Path) -> Iterator[tuple[str, bytes]]:
    for other in sorted(file.parent.glob("*.dmn")):
        data = other.read_bytes()
        try:
            if other != file:
                yield namespace_of(data), data
        except DocumentRefused:
            continue


def _object(text: str, what: str) -> dict[str, object]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError as bad:
        raise InvalidInput(f"The {what} is not JSON: {bad}.") from None
    if not isinstance(found, dict):
        raise InvalidInput(f'The {what} must be a JSON object, such as {{"age": 17}}.')
    return found


def _all_names(context: Mapping[str, object]) -> frozenset[str]:
    """The names of a context and of the contexts in it: those with spaces have to be known to be read."""
    found: set[str] = set()
    waiting: list[object] = [context]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found |= {str(name) for name in one}
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return frozenset(found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
