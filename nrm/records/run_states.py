"""The saved state of a run: sealed under its case, and bound to run and bundle so that it cannot be moved."""

from __future__ import annotations

from nrm.records.unit import Unit

CATEGORY = "state"


def seal_state(unit: Unit, state: bytes, *, case_id: str, run_id: str, bundle: str) -> bytes:
    """Seal the engine's state of a run. KeyGone when the case was erased."""
    return unit.seal(case_id, CATEGORY, state, _about(run_id, bundle))


def open_state(unit: Unit, sealed: bytes, *, case_id: str, run_id: str, bundle: str) -> bytes:
    """Open the state of a run. SealBroken when altered or moved, KeyGone when the case was erased."""
    return unit.open_sealed(case_id, CATEGORY, sealed, _about(run_id, bundle))


def _about(run_id: str, bundle: str) -> str:
    return f"run:{run_id}:{bundle}"
