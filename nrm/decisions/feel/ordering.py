"""In which order the entries of a context are worked out: each after those that it needs (10.3.2.15)."""

from __future__ import annotations

from collections.abc import Sequence

from nrm.decisions.feel import syntax as s


def entries_in_order(entries: Sequence[s.Entry]) -> list[s.Entry]:
    """The entries, each behind those that it names; in the order of the text where they name one another."""
    by_key = {entry.key: entry for entry in entries}
    needs = {entry.key: _named(entry.value) & by_key.keys() - {entry.key} for entry in entries}
    done: dict[str, s.Entry] = {}
    waiting = list(by_key)
    while waiting:
        ready = next((key for key in waiting if needs[key] <= done.keys()), waiting[0])
        waiting.remove(ready)
        done[ready] = by_key[ready]
    return list(done.values())


def _named(node: s.Node) -> set[str]:
    """The names that working the node out may read; what a function definition names is read later."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, s.Name):
            found.add(one.name)
        elif isinstance(one, s.Call):
            found.add(one.function)
        waiting.extend(one.children())
    return found
