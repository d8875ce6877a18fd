"""The agencies as they are now: rows that coordinators edit, kept for some seconds because every act needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from nrm.deployment.people import AgencySetting
from nrm.records.tables.agency import Agency
from nrm.rules.calendars import Calendar
from nrm.rules.routing import ServingAgency
from nrm.vocabulary.errors import NotFound

KEPT = timedelta(seconds=10)


@dataclass(frozen=True)
class Agencies:
    """Every agency that was ever there, by id; those that ended serve nobody."""

    by_id: Mapping[str, AgencySetting]
    active_ids: frozenset[str]

    def agency(self, agency_id: str) -> AgencySetting:
        """Return an agency. Raises NotFound."""
        found = self.by_id.get(agency_id)
        if found is None:
            raise NotFound("There is no such agency.")
        return found

    def name(self, agency_id: str | None) -> str:
        """Return an agency's name, or an empty text where there is none (the system itself)."""
        found = self.by_id.get(agency_id or "")
        return found.name if found else ""

    def kind(self, agency_id: str) -> str:
        """Return an agency's kind, or an empty text."""
        found = self.by_id.get(agency_id)
        return found.kind if found else ""

    @cached_property
    def active(self) -> tuple[AgencySetting, ...]:
        """Return the agencies that take part, in the order in which routing prefers them."""
        return tuple(agency for agency in self.by_id.values() if agency.id in self.active_ids)

    @cached_property
    def serving(self) -> tuple[ServingAgency, ...]:
        """Return what routing needs of the agencies that take part."""
        return tuple(agency.serving for agency in self.active)

    def serving_of(self, agency_id: str) -> ServingAgency | None:
        """Return what routing needs of one agency; None where it takes no part."""
        return next((agency for agency in self.serving if agency.id == agency_id), None)

    def managing(self, district: str) -> AgencySetting | None:
        """Return the agency that manages cases in a district."""
        return next((a for a in self.active if a.manages_cases and district in a.districts), None)


class Directory:
    """Reads the agencies at most every ten seconds; an edit in this process is seen at once."""

    def __init__(self) -> None:
        self._kept: Agencies | None = None
        self._read_at: datetime | None = None

    def at(self, conn: Connection, now: datetime, calendars: Mapping[str, Calendar]) -> Agencies:
        """Return the agencies as they are at ``now``. ``calendars`` say when an agency's last day is over."""
        if self._kept is None or self._read_at is None or not timedelta(0) <= now - self._read_at < KEPT:
            rows = conn.execute(select(Agency).order_by(Agency.id)).all()
            found = sorted((_setting(row) for row in rows), key=lambda pair: pair[0])
            self._kept = Agencies(
                MappingProxyType({setting.id: setting for _, setting in found}),
                frozenset(row.id for row in rows if row.status == "active" and not _is_over(row, now, calendars)),
            )
            self._read_at = now
        return self._kept

    def forget(self) -> None:
        """Read again at the next question: something was edited."""
        self._kept = None


def _is_over(row: Row[Any], now: datetime, calendars: Mapping[str, Calendar]) -> bool:
    if row.until is None:
        return False
    calendar = calendars.get(row.calendar or "")
    return bool((now if calendar is None else calendar.local(now)).date() > row.until)


def agency_row(setting: AgencySetting, order: int) -> dict[str, object]:
    """Return an agency of the configuration as a row."""
    return {
        "id": setting.id, "name": setting.name, "kind": setting.kind, "districts": list(setting.districts),
        "serves": sorted(setting.serves), "calendar": setting.calendar,
        "units": {unit: sorted(roles) for unit, roles in setting.units.items()}, "email": setting.email,
        "status": "active", "until": setting.until,
        "settings": {
            "order": order, "manages_cases": setting.manages_cases, "accommodates": sorted(setting.accommodates),
        },
    }


def _setting(row: Row[Any]) -> tuple[int, AgencySetting]:
    more = row.settings or {}
    return int(more.get("order", 1000)), AgencySetting(
        id=row.id, name=row.name, kind=row.kind, districts=tuple(row.districts), serves=frozenset(row.serves),
        calendar=row.calendar or "", units={unit: frozenset(roles) for unit, roles in (row.units or {}).items()},
        accommodates=frozenset(more.get("accommodates", ())), manages_cases=bool(more.get("manages_cases")),
        email=row.email or "", until=row.until,
    )
