"""When a letter that can wait may go: by the clock on the wall of its reader's agency."""

from __future__ import annotations

from datetime import datetime

from nrm.records.unit import Unit
from nrm.rules.quiet_hours import after_quiet, next_digest
from nrm.wiring.system import System


def letter_of_the_day_at(system: System, unit: Unit, agency_id: str) -> datetime:
    """Return when the next letter of the day goes to somebody of an agency."""
    return next_digest(unit.now, system.configuration.product.mail_hours, zone_of(system, unit, agency_id))


def not_before(system: System, unit: Unit, agency_id: str) -> datetime:
    """Return when a letter that is due may go to somebody of an agency: now, or after the quiet hours."""
    return after_quiet(unit.now, system.configuration.product.mail_hours, zone_of(system, unit, agency_id))


def zone_of(system: System, unit: Unit, agency_id: str) -> str:
    """Return the name of the zone in which an agency works."""
    agency = system.agencies(unit).by_id.get(agency_id)
    calendar = system.configuration.calendars.get(agency.calendar) if agency else None
    return calendar.zone if calendar else "UTC"
