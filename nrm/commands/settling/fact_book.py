"""The facts of a case during one act: read once under the lock, versions appended as they are set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, or_, select

from nrm.records.facts import OF_THE_CASE, FactValue, set_facts
from nrm.records.prepared import Read
from nrm.records.tables.fact import FactCurrent
from nrm.records.unit import Unit
from nrm.vocabulary.facts import fact_from_json, fact_to_json
from nrm.wiring.library import Published

Scoped = tuple[str, str]

# Built once: building a statement costs more than running it.
_OF_SCOPES = Read(select(FactCurrent.scope, FactCurrent.name, FactCurrent.value, FactCurrent.version_id).where(
    FactCurrent.case_id == bindparam("case"),
    or_(FactCurrent.scope == bindparam("one"), FactCurrent.scope == bindparam("other")),
))


class FactBook:
    """Newest wins; a run's fact shadows the case's (design 3, Facts)."""

    def __init__(self, unit: Unit, case_id: str) -> None:
        self._unit = unit
        self._case_id = case_id
        self._values: dict[Scoped, object] = {}
        self._versions: dict[Scoped, int] = {}
        self._scopes: set[str] = set()
        self.dates_set: set[str] = set()
        """The facts of type date that this act has given another value."""

    def for_run(self, run_id: str, published: Published) -> dict[str, object]:
        """Return every fact a run may read, typed, with the dictionary's initial values beneath."""
        self._read((OF_THE_CASE, run_id))
        facts: dict[str, object] = dict(published.initial_facts)
        for scope in (OF_THE_CASE, run_id):
            for (owner, name), raw in self._values.items():
                if owner == scope:
                    kind = published.fact(name)
                    facts[name] = raw if kind is None else fact_from_json(kind, raw)
        return facts

    def versions(self, run_id: str, names: Iterable[str]) -> dict[str, int]:
        """Return which version of each fact a run reads now; facts still at their initial value are left out."""
        found: dict[str, int] = {}
        for name in names:
            version = self._versions.get((run_id, name), self._versions.get((OF_THE_CASE, name)))
            if version is not None:
                found[name] = version
        return found

    def set(
        self, run_id: str, published: Published, facts: Mapping[str, object], *, source: str
    ) -> dict[str, object]:
        """Give facts new values, each in the scope its dictionary entry says. Returns what really changed."""
        self._read((OF_THE_CASE, run_id))
        scoped: dict[str, dict[str, FactValue]] = {}
        changed: dict[str, object] = {}
        for name, value in facts.items():
            kind = published.fact(name)
            scope = run_id if kind is None or kind.scope == "run" else OF_THE_CASE
            raw = fact_to_json(value)  # type: ignore[arg-type]
            if (scope, name) in self._values and self._values[scope, name] == raw:
                continue
            self._values[scope, name] = raw
            scoped.setdefault(scope, {})[name] = raw
            changed[name] = value
            if kind is not None and kind.type == "date":
                self.dates_set.add(name)
        for scope, values in scoped.items():
            versions = set_facts(self._unit, self._case_id, values, run_id=scope or None, source=source)
            self._versions.update({(scope, name): version for name, version in versions.items()})
        return changed

    def _read(self, scopes: tuple[str, str]) -> None:
        missing = [scope for scope in scopes if scope not in self._scopes]
        if not missing:
            return
        self._scopes.update(missing)
        for scope, name, value, version in _OF_SCOPES.all(
            self._unit.conn, case=self._case_id, one=missing[0], other=missing[-1]
        ):
            self._values[scope, name] = value
            self._versions[scope, name] = version
