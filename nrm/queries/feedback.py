"""Whether the person agrees that whoever brought them hears how far their case is."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from nrm.queries.standing import treated_as_child
from nrm.records.consents import read_consents
from nrm.records.unit import Unit
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.categories import Category

TEMPLATE = "feedback"
"""Letters about how far a case is: the person's word counts again when one is sent."""


def is_agreed(unit: Unit, case: Row[Any], kind_of_agency: str) -> bool:
    """Whether a case's referring agency may hear now how far it is. Columns of ``Case``."""
    return covers(
        read_consents(unit, case.id), Recipient(case.referring_agency_id, kind_of_agency), "feedback",
        (Category.DECISION,), unit.now, child=treated_as_child(unit.conn, case.id),
    ).allowed
