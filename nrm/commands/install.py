"""Set an installation up: its schema, its agencies, the shipped processes as their first published versions."""

from __future__ import annotations

from sqlalchemy import insert, select

from nrm.commands.note_configuration import note_configuration
from nrm.commands.settling.keeping import keep_all_closed
from nrm.commands.settling.ledger import Ledger
from nrm.diagrams.bundle import assemble
from nrm.records import schema
from nrm.records.tables.agency import Agency
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.directory import agency_row
from nrm.wiring.system import System


def install(system: System) -> tuple[str, ...]:
    """Bring the schema up to date and fill what is missing; what is there is left alone.

    Returns the ids of the processes that were published. Safe to run again.
    """
    schema.upgrade(system.settings.database_url, keys=system.keys)
    with system.database.unit(SYSTEM) as unit:
        _agencies(system, unit)
        keep_all_closed(system, unit)
        published = _processes(system, unit)
    note_configuration(system)
    return published


def shipped_processes(system: System) -> tuple[str, ...]:
    """Return the ids of the processes in the ``bpmn`` folder."""
    return tuple(sorted(path.parent.name for path in system.bpmn_dir.glob("*/*.bpmn")))


def _agencies(system: System, unit: Unit) -> None:
    known = set(unit.conn.execute(select(Agency.id)).scalars())
    rows = [
        agency_row(setting, order) for order, setting in enumerate(system.configuration.agencies)
        if setting.id not in known
    ]
    if rows:
        unit.conn.execute(insert(Agency), rows)
        system.directory.forget()


def _processes(system: System, unit: Unit) -> tuple[str, ...]:
    known = set(unit.conn.execute(select(BundleRow.process)).scalars())
    added = []
    for process in shipped_processes(system):
        if process in known:
            continue
        bundle = assemble(
            system.bpmn_dir, process, system.configuration.limit_documents, system.configuration.ladder_documents,
        )
        unit.conn.execute(insert(BundleRow), [{
            "digest": bundle.digest, "process": process, "number": 1, "status": "current", "files": bundle.to_zip(),
            "author_id": SYSTEM.user_id, "approver_id": SYSTEM.user_id, "published_at": unit.now,
            "note": "as shipped", "changes": [],
        }])
        Ledger(unit, INSTALLATION).enter(
            "process.published", f"process:{process}", rule="shipped", bundle=bundle.digest,
        )
        added.append(process)
    return tuple(added)
