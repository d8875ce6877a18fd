"""Installations for measuring: real ones, with the models of this folder published in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.server import DurableServer
from nrm.commands.install import install
from nrm.deployment.settings import Settings
from nrm.records.grants import ACCOUNT
from nrm.records.keys import make_key_file
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.system import System, build_system

MODELS = Path(__file__).parent / "models"
DISTRICT = "norvale"
AGENCY = "sa_norvale"
SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class Bench:
    """One installation and the invented case manager who works in it."""

    name: str
    system: System
    actor: Actor


def sqlite_bench(folder: Path, *, durable: bool = True) -> Bench:
    """Install on a SQLite file: WAL, synchronous FULL."""
    return _installed(SQLITE, folder / "sqlite", "", durable)


def postgres_bench(folder: Path, running: DurableServer) -> Bench:
    """Install on a database of its own on the server."""
    with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE nrm")
    return _installed(POSTGRES, folder / "postgres", running.url("nrm"), True)


def settle(bench: Bench) -> None:
    """Let the database count what it holds, as its own upkeep would."""
    with bench.system.database.engine.connect() as conn:
        if conn.dialect.name == "postgresql":
            conn = conn.execution_options(isolation_level="AUTOCOMMIT")
            conn.exec_driver_sql("VACUUM ANALYZE")
        else:
            conn.exec_driver_sql("ANALYZE")
            conn.commit()


def _installed(name: str, folder: Path, url: str, durable: bool) -> Bench:
    folder.mkdir()
    make_key_file(folder / "demo.key")
    environ = {"NRM_BPMN_DIR": str(MODELS), **({"NRM_DATABASE_URL": url} if url else {})}
    system = build_system(Settings.read(folder, environ), durable=durable)
    install(system)
    unit_of = next(a for a in system.configuration.agencies if a.id == AGENCY).units
    home = next((unit for unit, roles in unit_of.items() if "CM" in roles), None)
    actor = Actor("u-ana", AGENCY, frozenset({"CM", "FR"}), home)
    with system.database.unit(SYSTEM) as unit:
        ACCOUNT.add(unit, [{
            "id": actor.user_id, "login": "ana", "name": "Ana Invented", "email": None, "agency_id": AGENCY,
            "unit": home, "roles": sorted(actor.roles), "supervisor_id": None, "password_hash": None,
            "language": "en", "status": "active", "must_change": False, "created_at": unit.now,
        }])
    return Bench(name, system, actor)
