"""What was handed to whom, and under what: entered once for each version of a consent and each way (X1, goal:S7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import insert, select

from nrm.queries.disclosures import PERSON
from nrm.queries.standing import Standing
from nrm.records.tables.consent import Disclosure
from nrm.records.tables.record import File, RecordPart
from nrm.records.unit import Unit
from nrm.rules.consent import Consent, Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System

OWN = "own"
"""The purpose of what the person themselves receives."""
NO_RECIPIENT = "Choose who receives it."
NOT_COVERED = (
    "Neither the person's word nor a legal basis covers this. Record what the person agreed to, or propose a legal "
    "basis."
)
ON_THE_CASE_PAGE = frozenset({Category.PLAN, Category.DECISION})
"""What the page of a case shows of itself; records, files and what is opened on press are entered when opened."""


class Way(StrEnum):
    """How an agency received something."""

    READ = "read"
    REFERRAL_SENT = "referral_sent"
    REFERRAL_ACCEPTED = "referral_accepted"
    EXPORT = "export"
    LETTER = "letter"


def disclose(
    system: System, unit: Unit, *, case_id: str, agency_id: str, way: Way, categories: Iterable[Category],
    consents: Sequence[Consent], purpose: str = "", elements: Iterable[str] = (),
) -> None:
    """Enter that an agency received categories of a case under some consents; what is known already is not repeated.

    ``consents``: those relied on (:attr:`nrm.rules.consent.Coverage.used`), in the versions that stood. Without any,
    ``purpose`` says what it was for.
    """
    known = _known(unit, case_id, agency_id)
    named = sorted(set(elements))
    wanted = frozenset(categories)
    under: list[_Under] = [(one.purpose, one.id, one.version, wanted & one.categories) for one in consents]
    rows = []
    for purpose_of, consent_id, version, covered in under or [(purpose, None, None, wanted)]:
        key = (str(way), purpose_of, consent_id, version)
        fresh = sorted(covered - known.get(key, frozenset()))
        if fresh:
            rows.append({
                "id": system.new_id(), "case_id": case_id, "agency_id": agency_id, "way": str(way),
                "purpose": purpose_of, "categories": fresh, "elements": named, "consent_id": consent_id,
                "consent_version": version, "at": unit.now, "by_id": unit.actor.user_id,
            })
    if rows:
        unit.conn.execute(insert(Disclosure), rows)


def disclose_by_export(system: System, unit: Unit, standing: Standing, recipient: str, category: Category) -> None:
    """Enter that content of a category is taken out for an agency, under what covers it now, or for ``PERSON``.

    Raises InvalidInput where neither the person's word nor a legal basis covers it, or no longer does.
    """
    case_id = str(standing.case.id)
    if recipient == PERSON:
        disclose_to_person(system, unit, case_id, Way.EXPORT, [category])
        return
    agencies = system.agencies(unit)
    if recipient not in agencies.active_ids:
        raise InvalidInput(fields={"recipient": [NO_RECIPIENT]})
    to = Recipient(recipient, agencies.kind(recipient))
    by_id = {consent.id: consent for consent in standing.consents}
    for purpose in sorted({consent.purpose for consent in standing.consents}):
        covered = covers(
            standing.consents, to, purpose, [category], unit.now, child=standing.treated_as_child,
        )
        if covered.allowed:
            disclose(
                system, unit, case_id=case_id, agency_id=recipient, way=Way.EXPORT, categories=[category],
                consents=[by_id[used] for used in covered.used],
            )
            return
    raise InvalidInput(fields={"recipient": [NOT_COVERED]})


def disclose_to_person(
    system: System, unit: Unit, case_id: str, way: Way, categories: Iterable[Category]
) -> None:
    """Enter that the person themselves, or who speaks for them, was given something."""
    disclose(
        system, unit, case_id=case_id, agency_id=PERSON, way=way, categories=categories, consents=(), purpose=OWN,
    )


def disclose_by_reading(system: System, unit: Unit, standing: Standing, obj: str) -> None:
    """Enter what a reader of another agency is about to see of ``obj`` by the person's consent or a legal basis.

    Whoever works at the agency that manages the case receives nothing: it is theirs to keep.
    """
    actor, case = standing.actor, standing.case
    if actor.is_system or actor.agency_id == case.agency_id:
        return
    decisions = standing.readable()
    by_id = {consent.id: consent for consent in standing.consents}
    shown = _categories_of(unit, obj)
    used: dict[str, set[Category]] = {}
    for category, decision in decisions.items():
        if decision.allowed and category in shown:
            for consent_id in decision.used:
                used.setdefault(consent_id, set()).add(category)
    for consent_id, categories in sorted(used.items()):
        disclose(
            system, unit, case_id=str(case.id), agency_id=actor.agency_id, way=Way.READ, categories=categories,
            consents=[by_id[consent_id]],
        )


def _categories_of(unit: Unit, obj: str) -> frozenset[Category]:
    """The categories that an object of a reading holds: ``case``, ``identity``, ``record:ID``, ``file:ID`` ..."""
    kind, _, object_id = obj.partition(":")
    if kind == "case":
        return ON_THE_CASE_PAGE
    if kind == "record":
        rows = unit.conn.execute(select(RecordPart.category).where(RecordPart.record_id == object_id)).scalars()
        return frozenset(map(Category, rows))
    if kind == "file":
        rows = unit.conn.execute(select(File.category).where(File.id == object_id)).scalars()
        return frozenset(map(Category, rows))
    if kind == "task":
        return frozenset(Category)
    return frozenset({Category(kind)}) if kind in set(Category) else frozenset()


_Key = tuple[str, str, str | None, int | None]
_Under = tuple[str, str | None, int | None, frozenset[Category]]


def _known(unit: Unit, case_id: str, agency_id: str) -> Mapping[_Key, frozenset[Category]]:
    found: dict[_Key, frozenset[Category]] = {}
    for row in unit.conn.execute(
        select(Disclosure).where(Disclosure.case_id == case_id, Disclosure.agency_id == agency_id)
    ):
        key = (row.way, row.purpose, row.consent_id, row.consent_version)
        found[key] = found.get(key, frozenset()) | frozenset(map(Category, row.categories))
    return found
