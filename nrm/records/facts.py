"""Facts: every version kept, the newest of each read in one indexed query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, insert, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nrm.records.prepared import Write
from nrm.records.tables.fact import FactCurrent, FactVersion
from nrm.records.unit import Unit

FactValue = bool | int | str | date | None
"""None: not known."""
OF_THE_CASE = ""
"""The scope of a fact that belongs to the whole case."""
_CURRENT = (
    select(FactCurrent.name, FactCurrent.value, FactCurrent.version_id)
    .where(
        FactCurrent.case_id == bindparam("case"),
        or_(FactCurrent.scope == literal_column("''"), FactCurrent.scope == bindparam("run")),
    )
    .order_by(FactCurrent.scope)
)
_ADDED = Write(insert(FactVersion).returning(FactVersion.id))
_PLACED = upsert(FactCurrent)
_NEWEST = Write(_PLACED.on_conflict_do_update(
    index_elements=["case_id", "scope", "name"],
    set_={"version_id": _PLACED.excluded.version_id, "value": _PLACED.excluded.value},
))
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def current_facts(
    conn: Connection, case_id: str, run_id: str | None = None
) -> dict[str, tuple[FactValue, int]]:
    """Return fact name -> (value, id of the version). Facts of the run shadow those of the case."""
    rows = conn.execute(_CURRENT, {"case": case_id, "run": run_id or OF_THE_CASE})
    return {name: (as_fact(value), version) for name, value, version in rows}


def set_facts(
    unit: Unit, case_id: str, values: Mapping[str, FactValue], *, run_id: str | None = None, source: str = ""
) -> dict[str, int]:
    """Give facts new values, of the case or (with ``run_id``) of one run. Returns name -> version id.

    The caller holds the case's lock; that is what makes the greatest id the newest version.
    """
    if not values:
        return {}
    names = sorted(values)
    rows = [
        {"case_id": case_id, "run_id": run_id, "name": name, "value": values[name], "set_at": unit.now,
         "set_by": unit.actor.user_id, "source": source}
        for name in names
    ]
    ids = dict(zip(names, _ADDED.returned(unit.conn, rows), strict=True))
    _NEWEST.run_all(unit.conn, [
        {"case_id": case_id, "scope": run_id or OF_THE_CASE, "name": name, "version_id": ids[name],
         "value": values[name]}
        for name in names
    ])
    return ids


def as_fact(value: object) -> FactValue:
    """Return a stored value as a fact: ISO dates become dates. No enum of the dictionary looks like one."""
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        return date.fromisoformat(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} is not a fact's value")
