"""What a decision came to as plain values, for a history entry, a page or an answer of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from nrm.decisions.dmn.decided import Decided
from nrm.decisions.feel.values import accepted, feel_text
from nrm.vocabulary.phrases import as_plain


def explained(decided: Decided) -> dict[str, object]:
    """The result and its reasons, JSON-ready; empty parts are left out.

    ``decision``, ``outputs``, ``problem``, ``asked`` (what was asked and what it was, in words), ``matched``
    (ids of rules), ``reasons``, ``closest``, ``might``, ``unknown`` and, of each decision on the way,
    ``steps``.
    """
    return _told(decided, str)


def recorded(decided: Decided) -> dict[str, object]:
    """The same for the history: sentences as ``as_plain`` has them, for whatever language they are read in."""
    return _told(decided, as_plain)


def _told(decided: Decided, say: Callable[[str], object]) -> dict[str, object]:
    outputs = None if decided.outputs is None else plain(dict(decided.outputs))
    found: dict[str, object] = {
        "decision": decided.decision,
        "problem": say(decided.problem or ""),
        "asked": [{"label": label, "is": say(words)} for label, words in decided.asked],
        "matched": list(decided.matched),
        "reasons": [say(sentence) for sentence in decided.reasons],
        "closest": [say(sentence) for sentence in decided.closest],
        "might": list(decided.might),
        "unknown": sorted(decided.unknown),
        "steps": [_told(step, say) for step in decided.steps],
    }
    return {"outputs": outputs, **{name: value for name, value in found.items() if value}}


def plain(value: object) -> object:
    """A value that JSON can hold: dates and durations as text, numbers as numbers."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return feel_text(accepted(value, 0)[0])
