"""What an agency will be told by a referral, before anybody lets it go out: the minimum, then the named fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.referral_rows import NAMED, draft_of
from nrm.queries.referral_minimum import minimum_of
from nrm.records.types import canonical_json
from nrm.records.unit import Unit
from nrm.wiring.directory import Agencies
from nrm.wiring.library import Library


@dataclass(frozen=True, slots=True)
class ReferralPreview:
    """What one line of a plan would tell its agency.

    ``mark`` stands for all of it: who lets the referral go out sends it back, so that nothing leaves unseen.
    """

    line_no: int
    service: str
    agency_name: str
    minimum: Mapping[str, object] = field(hash=False)
    """What it sees before it answers: ``age_band``, ``district``, ``needs``, ``language``, ``sex``, as far as known."""
    fields: tuple[str, ...]
    """The dictionary elements that it sees once it has accepted, as far as they are answered and consent lasts."""
    mark: str


def preview(
    unit: Unit, library: Library, agencies: Agencies, case: Row[Any], line: Row[Any]
) -> ReferralPreview | None:
    """Return what a plan line would tell its agency if it were sent now; None for a line without an agency."""
    if line.agency_id is None:
        return None
    draft = draft_of(unit, line.id, line.agency_id)
    minimum = minimum_of(unit, library, case, service=line.service)
    fields = NAMED if draft is None else tuple(draft.fields)
    told = canonical_json([line.id, line.service, line.agency_id, minimum, list(fields)])
    mark = hashlib.sha256(told.encode()).hexdigest()[:16]
    return ReferralPreview(line.no, line.service, agencies.name(line.agency_id), minimum, fields, mark)
