"""A changed configuration is an entry of the history, and the rules of access of then can be read again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select

from nrm.commands.settling.ledger import Ledger
from nrm.records.tables.configuration import ConfigurationVersion
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict
from nrm.wiring.system import System


def note_configuration(system: System) -> None:
    """Enter that the configuration is another one than at the last start; nothing where it is the same.

    Several processes may start at once: the first of them enters it.
    """
    with system.database.reader(SYSTEM) as unit:
        if _newest(unit)[1] == system.configuration.written.digest:
            return
    try:
        with system.database.unit(SYSTEM) as unit:
            _note(system, unit)
    except Conflict:
        return


def _note(system: System, unit: Unit) -> None:
    written = system.configuration.written
    number, digest, files = _newest(unit)
    if digest == written.digest:
        return
    unit.conn.execute(insert(ConfigurationVersion), [{
        "number": number + 1, "from_at": unit.now, "digest": written.digest, "files": dict(written.files),
        "rules": dict(written.rules),
    }])
    Ledger(unit, INSTALLATION).enter(
        "configuration.changed", f"configuration:{number + 1}",
        payload={"digest": written.digest, "files": _changed(files, written.files)},
    )


def _newest(unit: Unit) -> tuple[int, str, Mapping[str, object]]:
    row = unit.conn.execute(
        select(ConfigurationVersion.number, ConfigurationVersion.digest, ConfigurationVersion.files)
        .order_by(ConfigurationVersion.number.desc()).limit(1)
    ).first()
    return (0, "", {}) if row is None else (row.number, row.digest, row.files)


def _changed(before: Mapping[str, object], after: Mapping[str, str]) -> list[str]:
    """Name the files that are new, gone or other than before; none for the first configuration of all."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name)) if before else []
