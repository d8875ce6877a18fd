"""Functions of contexts (DMN 1.5, table 81)."""

from __future__ import annotations

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions.signatures import function, listed
from nrm.decisions.feel.kinds import Value


def _get_value(running: Running, context: dict[str, Value], key: str) -> Value:
    if key not in context:
        running.note("get value() found no entry of that name")
    return context.get(key)


def _get_entries(running: Running, context: dict[str, Value]) -> Value:
    return listed(running, tuple({"key": key, "value": value} for key, value in context.items()))


def _context(running: Running, entries: tuple[Value, ...]) -> Value:
    made: dict[str, Value] = {}
    for entry in listed(running, entries):
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(key, str) or key in made or "value" not in entry:
            running.note("context() needs entries with a value and a key each, no key twice")
            return None
        made[key] = entry["value"]
    return made


def _put(running: Running, context: dict[str, Value], keys: Value, value: Value) -> Value:
    path = keys if isinstance(keys, tuple) else (keys,)
    running.step(len(path))
    parents: list[dict[str, Value]] = []
    here: Value = context
    for key in path:
        if not isinstance(key, str) or not isinstance(here, dict):
            running.note("context put() needs names that lead through contexts")
            return None
        parents.append(here)
        here = here.get(key)
    if not parents:
        running.note("context put() needs the name of an entry")
        return None
    for key, parent in zip(reversed(path), reversed(parents), strict=True):
        running.step(len(parent))
        value = {**parent, str(key): value}
    return value


def _merge(running: Running, contexts: tuple[Value, ...]) -> Value:
    merged: dict[str, Value] = {}
    for context in listed(running, contexts):
        if not isinstance(context, dict):
            running.note("context merge() needs contexts")
            return None
        running.step(len(context))
        merged.update(context)
    return merged


CONTEXTS = (
    function("get value", "", ("m: context, key: string", _get_value)),
    function("get entries", "list", ("m: context", _get_entries)),
    function("context", "context", ("entries: list", _context)),
    function(
        "context put", "context",
        ("context: context, key: any, value: any", _put), ("context: context, keys: any, value: any", _put),
    ),
    function("context merge", "context", ("contexts: list", _merge)),
)
