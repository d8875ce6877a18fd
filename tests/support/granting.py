"""Rows that grant something, written by tests as the system writes them: signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, inspect

from nrm.records.grants import case_signed_anew
from nrm.records.proofs import Proof
from nrm.records.tables.case import KeptAway
from nrm.records.unit import Unit


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
