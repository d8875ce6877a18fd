"""The ledger of consents: answers are added, and followed by further versions; nothing in it is ever changed.

Every version carries a keyed hash over all it says. One that the key does not prove is nobody's word: it was written,
changed or moved behind the system's back. It counts as no consent, and because it may have been a no, what was agreed
to before it was found counts no more either: the person is asked again (goal:S20).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Row

from nrm.records.keys import KeyRing
from nrm.records.proofs import Proof
from nrm.records.tables.consent import Consent as Newest
from nrm.records.tables.consent import ConsentVersion
from nrm.records.tables.history import History
from nrm.records.unit import Unit
from nrm.rules.consent import Consent, ConsentStatus, GivenBy
from nrm.vocabulary.categories import Category

FOUND = "consent.altered"
"""The act in the history of the case."""
SAID = (
    "id", "version", "case_id", "purpose", "recipient", "categories", "status", "given_by", "from_at", "until_at",
    "withdrawn_at", "basis", "approver_id", "record_id", "entered_by", "entered_at",
)
"""The columns that the keyed hash covers: all but itself."""
CONSENT = Proof("consent", ConsentVersion, SAID)


@dataclass(frozen=True, slots=True)
class Register:
    """The newest version of every answer of a case: those that count, and the ids of those that were altered."""

    consents: tuple[Consent, ...]
    altered: tuple[str, ...] = ()


def add_consents(unit: Unit, rows: Sequence[Mapping[str, object]]) -> None:
    """Add answers, each with its first version.

    A row holds ``id, case_id, purpose, recipient, categories, status, given_by`` and whichever other columns have a
    value; who entered it and when is the unit's actor and instant.
    """
    CONSENT.add(unit, [{**_NOTHING, **_now(unit), **row, "version": 1} for row in rows])


def follow(unit: Unit, which: ColumnElement[bool], **changes: object) -> Sequence[Row[Any]]:
    """Add a further version to every answer whose newest fits a condition on :data:`Consent`; the rest of it stays.

    Returns the versions that were followed. Of two who follow the same version at once, one is refused. What was
    altered is not followed: nobody signs what nobody said.
    """
    rows = unit.conn.execute(select(Newest).where(which).order_by(Newest.id)).all()
    rows = [row for row in rows if is_proven(row, unit.ring)]
    CONSENT.add(unit, [{**row._asdict(), **_now(unit), **changes, "version": row.version + 1} for row in rows])
    return rows


def read_register(unit: Unit, case_id: str) -> Register:
    """Return the register of a case as it stands now."""
    rows = unit.conn.execute(select(Newest).where(Newest.case_id == case_id).order_by(Newest.from_at, Newest.id))
    register = as_register(rows, unit.ring)
    if not register.altered:
        return register
    found_at = unit.conn.execute(
        select(func.min(History.at)).where(History.chain == case_id, History.act == FOUND)
    ).scalar()
    return Register(tuple(_ended(register.consents, found_at or unit.now)), register.altered)


def read_consents(unit: Unit, case_id: str) -> tuple[Consent, ...]:
    """Return the newest version of every answer of a case that counts, as the rules know them."""
    return read_register(unit, case_id).consents


def as_register(rows: Iterable[Row[Any]], ring: KeyRing) -> Register:
    """Return versions as the rules know them; what the key does not prove is set apart."""
    proven, altered = [], []
    for row in rows:
        if is_proven(row, ring):
            proven.append(_as_rule(row))
        else:
            altered.append(str(row.id))
    return Register(tuple(proven), tuple(altered))


def is_proven(row: Row[Any], ring: KeyRing) -> bool:
    """Whether a version says what was entered."""
    return CONSENT.holds(ring, row)


def _ended(consents: Sequence[Consent], at: datetime) -> Iterator[Consent]:
    """Yield the answers, and a no at an instant in every voice and for every purpose that had any; the law stands."""
    yield from consents
    for purpose, voice in sorted({(one.purpose, one.given_by) for one in consents} - {
        (one.purpose, GivenBy.OVERRIDE) for one in consents
    }):
        yield Consent(purpose, "*", frozenset(), ConsentStatus.REFUSED, voice, at)


def _as_rule(row: Row[Any]) -> Consent:
    return Consent(
        row.purpose, row.recipient, frozenset(map(Category, row.categories)), ConsentStatus(row.status),
        GivenBy(row.given_by), row.from_at, row.until_at, row.withdrawn_at, row.id, row.version,
    )


_NOTHING: Mapping[str, object] = {
    "until_at": None, "withdrawn_at": None, "basis": None, "approver_id": None, "record_id": None,
}


def _now(unit: Unit) -> dict[str, object]:
    return {"entered_by": unit.actor.user_id, "entered_at": unit.now}
