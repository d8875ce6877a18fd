"""HTML form posts into answers: ``key``, ``list[0].key``, repeated names for checkbox lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nrm.diagrams.forms.answer_types import MOST_ROWS
from nrm.diagrams.forms.model import SEVERAL, Field

_ROW = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\[([0-9]{1,4})\]\.(.+)", re.DOTALL)
_TICKED = frozenset({"true", "on", "yes", "1"})
Posted = Mapping[str, Sequence[str]]


def answers(fields: Mapping[str, Field], posted: Posted) -> dict[str, object]:
    """The answers in a post; empty ones are left out, an absent checkbox is False.

    Names that begin with ``_`` belong to the page. Names that are no field stay in, so that the check
    refuses them. Rows keep their order; gaps in their numbers close.
    """
    rows: dict[str, dict[int, dict[str, Sequence[str]]]] = {}
    flat: dict[str, Sequence[str]] = {}
    for name, values in posted.items():
        found = _ROW.fullmatch(name)
        if name.startswith("_"):
            continue
        listed = found is not None and found[1] in fields and fields[found[1]].type == "dynamiclist"
        if found and listed and int(found[2]) < MOST_ROWS * 5:
            rows.setdefault(found[1], {}).setdefault(int(found[2]), {})[found[3]] = values
        else:
            flat[name] = values
    result = _level(fields, flat)
    for key, numbered in rows.items():
        inside = fields[key].answered()
        result[key] = [_level(inside, numbered[number]) for number in sorted(numbered)]
    return result


def _level(fields: Mapping[str, Field], posted: Posted) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, values in posted.items():
        field = fields.get(name)
        if field is None:
            result[name] = list(values)
        elif field.type == "checkbox":
            result[name] = bool(values) and values[-1].lower() in _TICKED
        elif field.type in SEVERAL or field.type in ("filepicker", "dynamiclist"):
            chosen = [value for value in values if value]
            if chosen:
                result[name] = chosen
        elif values and values[-1].strip():
            result[name] = values[-1]
    for key, field in fields.items():
        if field.type == "checkbox":
            result.setdefault(key, False)
    return result
