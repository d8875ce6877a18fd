"""Rows that grant something, written by tests as the system writes them: signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, inspect, select

from nrm.records.grants import (
    ACCOUNT,
    EMERGENCY,
    FACTOR,
    FORMER_SEAT,
    REFERRAL,
    SEAT,
    SESSION,
    TASK,
    TOKEN,
    case_signed_anew,
    is_proven_case,
)
from nrm.records.proofs import Proof
from nrm.records.tables.case import Case, KeptAway
from nrm.records.unit import Unit

PROOFS = (SEAT, FORMER_SEAT, REFERRAL, EMERGENCY, TASK, ACCOUNT, SESSION, TOKEN, FACTOR)


def grant(unit: Unit, proof: Proof, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add signed rows; what they leave out of a covered column is what the table puts there."""
    proof.add(unit, [{**{name: _default(proof, name) for name in proof.said}, **row} for row in rows])


def _default(proof: Proof, name: str) -> object:
    default: Any = inspect(proof.table).columns[name].default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


def keep_away(unit: Unit, case_id: str, user_id: str, *, noted_by: str = "system", reason: str = "other") -> None:
    """Keep an account from a case."""
    with case_signed_anew(unit, case_id):
        unit.conn.execute(insert(KeptAway), [{
            "case_id": case_id, "user_id": user_id, "since": unit.now, "noted_by": noted_by, "reason": reason,
        }])


def unproven(unit: Unit) -> list[str]:
    """Return every row that grants something and that nobody signed, as ``kind:id``."""
    conn = unit.conn
    found = [
        f"{proof.purpose}:{row[0]}" for proof in PROOFS for row in conn.execute(select(*proof.columns))
        if not proof.holds(unit.ring, row)
    ]
    kept: dict[str, list[str]] = {}
    for row in conn.execute(select(KeptAway.case_id, KeptAway.user_id)):
        kept.setdefault(row.case_id, []).append(row.user_id)
    cases = conn.execute(select(Case)).all()
    return found + [f"case:{row.id}" for row in cases if not is_proven_case(unit.ring, row, kept.get(row.id, ()))]
