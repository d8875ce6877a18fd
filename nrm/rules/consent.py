"""Consent as an executable gate (table:D-05): what the person agreed to, for whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from nrm.vocabulary.categories import Category


class ConsentStatus(StrEnum):
    """What a version of an answer says."""

    PROPOSED = "proposed"
    """A legal basis that no second person has confirmed: it opens nothing."""
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OVERRIDE = "override"
    """A legal basis, confirmed by a second person, in place of consent."""
    REVOKED = "revoked"
    """A legal basis, or a proposal of one, that was taken back."""


class GivenBy(StrEnum):
    """Who said it."""

    PERSON = "person"
    GUARDIAN = "guardian"
    ASSENT = "assent"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer of the consent ledger, in the version that stands.

    ``recipient`` is an agency id, or ``*kind`` for every agency of a kind, or ``*`` for any.
    ``from_at`` and ``until_at`` bound it (UTC; the end itself is outside). Categories of a refusal
    may be empty: it then refuses everything for that purpose and recipient.
    """

    purpose: str
    recipient: str
    categories: frozenset[Category]
    status: ConsentStatus
    given_by: GivenBy
    from_at: datetime
    until_at: datetime | None = None
    withdrawn_at: datetime | None = None
    id: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who would receive: an agency and its kind."""

    agency_id: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether consent covers, by which rule, and which categories are missing."""

    allowed: bool
    rule: str
    missing: frozenset[Category] = frozenset()
    used: tuple[str, ...] = ()
    """Ids of the consents relied on."""
    sentence: str = ""


def covers(
    consents: Iterable[Consent],
    recipient_agency: Recipient | str,
    purpose: str,
    categories: Iterable[Category],
    on: datetime,
    *,
    child: bool = False,
) -> Coverage:
    """Say whether ``recipient_agency`` may receive ``categories`` for ``purpose`` at the instant ``on``.

    Silence is no. A refusal or withdrawal said later than a consent ends it. For a child, or where
    age is in doubt, the guardian's consent *and* the child's assent are both needed. An adult's own
    word decides: what they refused or took back nobody agrees to in their place. A legal override
    covers what it names and is not ended by a refusal.
    """
    recipient = Recipient(recipient_agency) if isinstance(recipient_agency, str) else recipient_agency
    rows = [c for c in consents if c.purpose == purpose and _is_for(c, recipient)]
    wanted = frozenset(categories)
    by_override, used = _covered(rows, _OVERRIDE, on)
    voices = (GivenBy.GUARDIAN, GivenBy.ASSENT) if child else (GivenBy.PERSON, GivenBy.GUARDIAN)
    grants = [_covered(rows, voice, on) for voice in voices]
    said = grants[0][0] & grants[1][0] if child else grants[0][0] | (grants[1][0] - _own_no(rows, on))
    missing = wanted - said - by_override
    if missing:
        return _refused(purpose, child, missing, [bool(wanted - g[0] - by_override) for g in grants])
    ids = tuple(sorted(used if wanted <= by_override else {*used, *grants[0][1], *grants[1][1]}))
    if wanted - said:
        return Coverage(True, f"consent:{purpose}=override", used=ids,
                        sentence="A legal basis, confirmed by a second person, covers this.")
    return Coverage(True, f"consent:{purpose}=given", used=ids, sentence="The person's consent covers this.")


_OVERRIDE = GivenBy.OVERRIDE


def _refused(purpose: str, child: bool, missing: frozenset[Category], lacking: Sequence[bool]) -> Coverage:
    """Say no, naming whose word is missing."""
    if not child:
        return Coverage(False, f"consent:{purpose}=missing", missing,
                        sentence="The person has not agreed to this, or no longer agrees.")
    names = [name for name, lacks in zip(("guardian", "assent"), lacking, strict=True) if lacks]
    return Coverage(False, f"consent:{purpose}=missing_{'_and_'.join(names) or 'guardian'}", missing,
                    sentence="For a child the guardian's consent and the child's own assent are both needed.")


def in_force(consent: Consent, on: datetime) -> bool:
    """Whether a consent or override holds at ``on`` (refusals never do)."""
    if consent.status not in (ConsentStatus.GIVEN, ConsentStatus.OVERRIDE, ConsentStatus.WITHDRAWN):
        return False
    ends = [at for at in (consent.until_at, consent.withdrawn_at) if at is not None]
    if consent.status is ConsentStatus.WITHDRAWN and consent.withdrawn_at is None:
        return False
    return consent.from_at <= on and all(on < end for end in ends)


def waits_for_a_second_person(consents: Iterable[Consent], agency_id: str, purpose: str) -> bool:
    """Whether a legal basis was proposed for an agency and nobody has confirmed or refused it yet."""
    return any(
        one.status is ConsentStatus.PROPOSED and one.purpose == purpose and one.recipient in (agency_id, "*")
        for one in consents
    )


def after_withdrawal(
    consents: Iterable[Consent], purpose: str, recipients: Sequence[str], now: datetime,
    categories: frozenset[Category] = frozenset(),
) -> tuple[Consent, ...]:
    """Return the answers as they stand once a purpose is taken back at ``now``.

    ``recipients`` empty: for everybody. ``categories`` empty: all of it. What was agreed to for exactly these
    recipients ends or shrinks. A no of every voice that had agreed stands beside it, because what was agreed to
    for any agency, or for a kind, lives on for the others. A legal basis is not touched.
    """
    rows = tuple(consents)
    said = {row for row in rows if row.purpose == purpose and row.given_by is not _OVERRIDE}
    given = {row for row in said if row.status is ConsentStatus.GIVEN}
    named = {row for row in given if not recipients or row.recipient in recipients}
    voices = sorted({GivenBy.PERSON} | {row.given_by for row in said if row in given or in_force(row, now)})
    return (
        *(_less(row, categories, now) if row in named else row for row in rows),
        *(
            Consent(purpose, name, categories, ConsentStatus.REFUSED, voice, now)
            for name in recipients or ("*",) for voice in voices
        ),
    )


def _less(given: Consent, categories: frozenset[Category], now: datetime) -> Consent:
    """The next version of a consent from which categories are taken; all of them where none is named."""
    rest = given.categories - categories
    if rest == given.categories and categories:
        return given
    if rest and categories:
        return replace(given, categories=rest, version=given.version + 1)
    return replace(given, status=ConsentStatus.WITHDRAWN, withdrawn_at=now, version=given.version + 1)


def _covered(rows: Sequence[Consent], voice: GivenBy, on: datetime) -> tuple[frozenset[Category], set[str]]:
    """The categories one voice has agreed to and not taken back."""
    covered: set[Category] = set()
    used: set[str] = set()
    for row in rows:
        if row.given_by is not voice or not in_force(row, on):
            continue
        kept = row.categories
        if voice is not GivenBy.OVERRIDE:
            kept -= _taken_back(row, rows, on)
        if kept:
            covered |= kept
            used.add(row.id)
    return frozenset(covered), used


def _taken_back(given: Consent, rows: Sequence[Consent], on: datetime) -> frozenset[Category]:
    """What a later refusal of the same voice takes from a consent."""
    taken: set[Category] = set()
    for row in rows:
        said = row.status is ConsentStatus.REFUSED and row.given_by is given.given_by
        if said and given.from_at <= row.from_at <= on:
            taken |= row.categories or given.categories
    return frozenset(taken)


def _own_no(rows: Sequence[Consent], on: datetime) -> frozenset[Category]:
    """What the person refused or took back themselves, up to ``on``."""
    everything = frozenset(Category)
    return frozenset().union(*(
        row.categories or everything for row in rows if row.given_by is GivenBy.PERSON and (
            (row.status is ConsentStatus.REFUSED and row.from_at <= on)
            or (row.status is ConsentStatus.WITHDRAWN and (row.withdrawn_at or row.from_at) <= on)
        )
    ))


def _is_for(consent: Consent, recipient: Recipient) -> bool:
    return consent.recipient in (recipient.agency_id, f"*{recipient.kind}" if recipient.kind else "*", "*")
