"""Restoring a backup into an empty installation: erasures made since are carried out before anybody is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from nrm.commands.backup import Manifest, open_backup
from nrm.commands.case_act import CLOSED
from nrm.commands.erasing import erase_case
from nrm.commands.erasure_ledger import Erased, read_ledger, write_whole
from nrm.commands.settling.ledger import Ledger
from nrm.deployment.settings import Settings
from nrm.records import schema
from nrm.records.dumps import is_empty, load_postgresql, mark_revision, write_new
from nrm.records.erasing import leave_no_bytes
from nrm.records.keys import KeyRing
from nrm.records.tables.case import Case
from nrm.records.tables.erasure import Erasure
from nrm.records.tables.history import INSTALLATION
from nrm.records.types import text_instant
from nrm.records.unit import Unit
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import Clock
from nrm.vocabulary.errors import Conflict, HistoryBroken
from nrm.wiring.system import System, build_system

REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: ``erased`` cases were erased again, ``entries`` of the history are whole."""

    manifest: Manifest
    erased: int
    chains: int
    entries: int


def restore_backup(
    settings: Settings, file: Path, erasures: Path, *, offline_key: Path | None = None, clock: Clock | None = None
) -> Restored:
    """Restore a backup into an installation without a database, erase again what was erased since, and verify.

    The installation cannot be served before all of it is done. ``erasures`` is the newest ledger there is;
    ``offline_key`` holds the private half of a key that the backup is sealed to.

    Raises:
        Conflict: there is a database already, or the backup is of another kind or program version.
        SealBroken: the backup was altered, cut, or sealed by other keys.
        InvalidInput: the ledger was altered, or the backup needs an offline key.
        HistoryBroken: the history in it is not whole.
    """
    if not is_empty(settings.database_url):
        raise Conflict("There is a database already. A backup is restored into an empty installation only.")
    keys = KeyRing.read(settings.kek_file, demo=settings.is_demo)
    ledger = read_ledger(erasures, keys)
    settings.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("rb") as sealed:
        manifest, pieces = open_backup(sealed, keys, offline_key, settings.dir)
        _require_fitting(settings, manifest)
        with _loaded(settings, manifest, pieces) as loaded:
            system = build_system(loaded, clock=clock)
            try:
                return _made_whole(system, manifest, ledger)
            finally:
                system.database.dispose()


def replay(system: System, ledger: Iterable[Erased]) -> int:
    """Erase again what was erased after the backup; return how many cases. What is erased already stays so."""
    return sum(_erase_again(system, one) for one in ledger)


def _made_whole(system: System, manifest: Manifest, ledger: Iterable[Erased]) -> Restored:
    erased = replay(system, ledger)
    with system.database.unit(SYSTEM) as unit:
        Ledger(unit, INSTALLATION).enter("installation.restored", INSTALLATION, payload={
            "backup_of": manifest.made_at, "erased_again": erased,
        })
        unit.flush()
        write_whole(unit, system.settings.erasure_ledger)
    leave_no_bytes(system.database)
    with system.database.reader(SYSTEM) as unit:
        found = verify(unit.conn, system.keys)
    broken = [chain for chain in found if not chain.ok]
    if broken:
        raise HistoryBroken(f"{len(broken)} chains of the history are not whole. {broken[0].sentence}")
    return Restored(manifest, erased, len(found), sum(chain.entries for chain in found))


def _require_fitting(settings: Settings, manifest: Manifest) -> None:
    here = "sqlite" if settings.on_sqlite else "postgresql"
    if manifest.database != here:
        raise Conflict(f"The backup is of {manifest.database}, and the new installation of {here}.")
    if manifest.revision != schema.head():
        raise Conflict(
            f"The backup is of revision {manifest.revision}, and this program of {schema.head()}. Restore it with the "
            "program version that made it, then upgrade."
        )


@contextmanager
def _loaded(settings: Settings, manifest: Manifest, pieces: Iterator[bytes]) -> Iterator[Settings]:
    """Load the dump where nobody is served from it, lend it, and put it in its place when the block went well."""
    if not settings.on_sqlite:
        load_postgresql(pieces, settings.database_url, settings.dir)
        yield settings
        mark_revision(settings.database_url, manifest.revision)
        return
    place = Path(settings.database_url.removeprefix("sqlite:///"))
    beside = place.with_name(place.name + ".restoring")
    _clear(beside)  # of a restore that was killed
    try:
        write_new(pieces, beside)
        yield replace(settings, database_url=f"sqlite:///{beside}")
        beside.replace(place)
    finally:
        _clear(beside)


def _clear(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _erase_again(system: System, one: Erased) -> bool:
    with system.database.unit(SYSTEM) as unit:
        found = unit.conn.execute(select(Case.erased_at).where(Case.id == one.case_id)).first()
        if found is None or found.erased_at is not None:
            return False
        _close(unit, one)
        _write_decision(unit, one)
        case = unit.lock_case(one.case_id)
        erasure = unit.conn.execute(select(Erasure).where(Erasure.id == one.id)).one()
        erase_case(system, unit, case, erasure, outcome=REPLAYED)
        unit.conn.execute(update(Erasure).where(Erasure.id == one.id).values(done_at=text_instant(one.done_at)))
        return True


def _close(unit: Unit, one: Erased) -> None:
    """It was closed before it was erased; the backup may be from before that."""
    unit.conn.execute(
        update(Case).where(Case.id == one.case_id, Case.status.not_in(CLOSED))
        .values(status="closed", closed_at=text_instant(one.done_at))
    )


def _write_decision(unit: Unit, one: Erased) -> None:
    """Write who decided, from the ledger, in place of what the backup knew of it."""
    done_at = text_instant(one.done_at)
    unit.conn.execute(delete(Erasure).where(
        Erasure.case_id == one.case_id, Erasure.status.in_(("proposed", "approved"))
    ))
    unit.conn.execute(insert(Erasure), [{
        "id": one.id, "case_id": one.case_id, "case_code": one.case_code, "basis": one.basis, "status": "approved",
        "proposed_by": one.proposed_by, "proposed_at": done_at, "decided_by": one.decided_by, "decided_at": done_at,
        "done_at": None, "counts": {}, "history_seq": None, "digest": None, "written_at": done_at,
    }])
