"""The consents of a case as a reader may see them: purpose by recipient, every version, who received what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.case_reader import CaseReader
from nrm.queries.disclosures import Received, received
from nrm.records.consents import as_register, is_proven
from nrm.records.tables.consent import ConsentVersion
from nrm.records.tables.referral import Referral
from nrm.rules.consent import Consent, ConsentStatus, Recipient, after_withdrawal, covers
from nrm.rules.referral_steps import REVOCABLE, ReferralStatus
from nrm.vocabulary.categories import Category

ANY = "*"
ALTERED = "altered"
"""What stands in the database is not what was entered: it counts for nothing."""


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One version of an answer."""

    consent_id: str
    version: int
    status: str
    given_by: str
    categories: tuple[str, ...]
    from_at: datetime
    until_at: datetime | None
    basis: str | None
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """How it stands with one purpose for one recipient: an agency, a kind (``*kind``) or any (``*``).

    ``state``: given, override, refused, withdrawn, expired, revoked, proposed; altered.
    """

    purpose: str
    recipient: str
    recipient_name: str
    state: str
    categories: tuple[str, ...]
    """What may be shared now; empty where nothing may."""
    from_at: datetime
    until_at: datetime | None
    may_withdraw: bool
    waits: str
    """The id of a proposed legal basis, to be confirmed; else empty."""
    law: str
    """The id of a legal basis in force, to be taken back; else empty."""
    versions: tuple[AnswerVersion, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class ConsentLedger:
    """The matrix as a list of its filled cells; its rows and columns; who received what."""

    purposes: tuple[str, ...]
    recipients: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    received: tuple[Received, ...]
    version: int
    """Of the case."""


@dataclass(frozen=True, slots=True)
class EndingReferral:
    """A referral that a withdrawal would end."""

    service: str
    agency_name: str
    status: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a withdrawal would end, before it is recorded."""

    referrals: tuple[EndingReferral, ...]
    to_be_told: tuple[tuple[str, tuple[str, ...]], ...]
    """Agencies that have received something, and the categories, to be told to stop and give back or erase."""
    by_law: tuple[str, ...]
    """Agencies with which something is still shared on a legal basis, consent or not."""


def consent_ledger(reader: CaseReader) -> ConsentLedger:
    """Return the ledger: all of it, or what concerns the reader's agency."""
    query = select(ConsentVersion).where(ConsentVersion.case_id == reader.case_id)
    whole = reader.sees_all(Category.DECISION)
    if not whole:
        kind = reader.agencies.kind(reader.actor.agency_id)
        query = query.where(ConsentVersion.recipient.in_((reader.actor.agency_id, f"*{kind}")))
    rows = reader.unit.conn.execute(
        query.order_by(ConsentVersion.entered_at.desc(), ConsentVersion.version.desc(), ConsentVersion.id)
    ).all()
    places: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        places.setdefault((row.purpose, row.recipient), []).append(row)
    cells = tuple(sorted(
        (_cell(reader, purpose, recipient, found) for (purpose, recipient), found in places.items()),
        key=lambda cell: (cell.purpose, cell.recipient_name, cell.recipient),
    ))
    held = received(reader.system, reader.unit, reader.standing)
    mine = held if whole else tuple(one for one in held if one.agency_id == reader.actor.agency_id)
    return ConsentLedger(
        tuple(dict.fromkeys(cell.purpose for cell in cells)),
        tuple(sorted({(cell.recipient, cell.recipient_name) for cell in cells}, key=lambda one: (one[1], one[0]))),
        cells, mine, int(reader.standing.case.version),
    )


def consequences(reader: CaseReader, purposes: Sequence[str], recipients: Sequence[str]) -> Consequences:
    """Return what taking purposes back would end, for some agencies or all; nothing is changed.

    Who hears the person but does not see the whole ledger is told of their own agency only.
    """
    whole, own = reader.sees_all(Category.DECISION), reader.actor.agency_id
    before = reader.standing.consents
    after = before
    for purpose in purposes:
        after = after_withdrawal(after, purpose, recipients, reader.unit.now)
    live = [status for status in REVOCABLE if status is not ReferralStatus.DRAFT]
    rows = reader.unit.conn.execute(
        select(Referral).where(Referral.case_id == reader.case_id, Referral.status.in_(live)).order_by(Referral.id)
    )
    ending = tuple(
        EndingReferral(row.service, reader.agencies.name(row.to_agency), row.status) for row in rows
        if (whole or row.to_agency == own)
        and _ends(reader, before, after, row.to_agency, "referral", row.shared_categories)
    )
    told = []
    for one in received(reader.system, reader.unit, reader.standing):
        lost = {
            name for line in one.lines for name in line.categories
            if _ends(reader, before, after, one.agency_id, line.purpose, [name])
        }
        if lost and (whole or one.agency_id == own):
            told.append((one.agency_name, tuple(sorted(lost))))
    law = {
        reader.agencies.name(row.recipient) for row in before
        if row.status is ConsentStatus.OVERRIDE and row.purpose in purposes and row.recipient != ANY
        and (row.until_at is None or row.until_at > reader.unit.now) and (not recipients or row.recipient in recipients)
        and (whole or row.recipient == own)
    }
    return Consequences(ending, tuple(told), tuple(sorted(law)))


def _ends(
    reader: CaseReader, before: Iterable[Consent], after: Iterable[Consent], agency_id: str, purpose: str,
    names: Iterable[str],
) -> bool:
    recipient = Recipient(agency_id, reader.agencies.kind(agency_id))
    categories = frozenset(map(Category, names))
    was, will = (
        covers(rows, recipient, purpose, categories, reader.unit.now, child=reader.standing.treated_as_child).allowed
        for rows in (before, after)
    )
    return was and not will


def _cell(reader: CaseReader, purpose: str, recipient: str, rows: Sequence[Row[Any]]) -> Cell:
    """One place of the matrix; ``rows``: every version entered for it, the newest first."""
    newest = {row.id: row for row in reversed(rows)}
    standing = as_register(newest.values(), reader.unit.ring).consents
    shared, state = _shared(reader, purpose, recipient)
    said = {row.id: _status(reader, row) for row in newest.values()}
    holds = [row for row in newest.values() if said[row.id] in ("given", "override") and set(row.categories) & shared]
    first = rows[0]
    ends = [row.until_at for row in holds if row.until_at is not None]
    return Cell(
        purpose, recipient, "" if recipient.startswith(ANY) else reader.agencies.name(recipient),
        state or _status(reader, first), tuple(sorted(shared)),
        min((row.from_at for row in holds), default=first.from_at),
        min(ends, default=None) if holds else first.until_at,
        any(row.status is ConsentStatus.GIVEN for row in standing) or (state == "given"),
        next((consent_id for consent_id, status in said.items() if status == "proposed"), ""),
        next((row.id for row in holds if row.status == "override"), ""),
        tuple(
            AnswerVersion(row.id, row.version, _status(reader, row), row.given_by, tuple(row.categories), row.from_at,
                        row.until_at, row.basis, row.entered_at)
            for row in rows
        ),
    )


def _status(reader: CaseReader, row: Row[Any]) -> str:
    return str(row.status) if is_proven(row, reader.unit.ring) else ALTERED


def _shared(reader: CaseReader, purpose: str, recipient: str) -> tuple[set[str], str]:
    """What may be shared now with a recipient, and whether by consent or by law."""
    kind = recipient[1:] if recipient.startswith(ANY) else reader.agencies.kind(recipient)
    who = Recipient(recipient, kind)
    found, state = set(), ""
    for category in Category:
        said = covers(reader.standing.consents, who, purpose, [category], reader.unit.now,
                      child=reader.standing.treated_as_child)
        if said.allowed:
            found.add(str(category))
            state = "override" if said.rule.endswith("=override") and state != "given" else "given"
    return found, state
