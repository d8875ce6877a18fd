"""What a referral may name: answers that are known, that the provider's role may have, and that the consent covers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from nrm.queries.case_reader import CaseReader
from nrm.queries.known import Known, known_elements
from nrm.rules.consent import Recipient, covers
from nrm.rules.policy import Setting
from nrm.vocabulary.categories import Category

NEVER = frozenset({Category.STAY, Category.SELF_HARM, Category.OFFENDER})
"""Nothing of these leaves with a referral, whoever agrees to it."""
CLOSED = (Setting.NO, Setting.NAMED, Setting.OVERRIDE)


@dataclass(frozen=True, slots=True)
class FieldOffer:
    """One answer that may be named: what was asked, its category, and whether the referral names it now."""

    element: str
    label: str
    category: Category
    shown: str
    """The answer itself: for the preview, never for the list."""
    named: bool


def categories_for(reader: CaseReader, agency_id: str) -> frozenset[Category]:
    """Return the categories that a provider's roles may have and the person's consent covers now (table:D-05)."""
    agency = reader.agencies.agency(agency_id)
    roles = [role for role in agency.serves if reader.policy.roles[role].provider]
    open_to = {
        category for category in Category if category not in NEVER
        and any(reader.policy.visibility.get(role, {}).get(category, Setting.NO) not in CLOSED for role in roles)
    }
    return frozenset(
        category for category in open_to if covers(
            reader.standing.consents, Recipient(agency.id, agency.kind), "referral", [category],
            reader.standing.now, child=reader.standing.treated_as_child,
        ).allowed
    )


def offers(reader: CaseReader, agency_id: str, named: Collection[str]) -> tuple[FieldOffer, ...]:
    """Return every answer that may be named to an agency, in the order in which they were asked."""
    allowed = categories_for(reader, agency_id)
    known = known_elements(reader.unit, reader.system.library, reader.standing, reader.policy, only=allowed)
    return tuple(
        FieldOffer(one.element, one.label, one.category, one.shown, one.element in named)
        for one in known.values() if _can_be_named(one)
    )


def _can_be_named(known: Known) -> bool:
    """Registers are shown by pages of their own: lists of rows, and what a referral itself holds."""
    return not isinstance(known.value, list | dict) and not known.element.startswith(("referral.", "plan.", "consent."))
