"""One run that stands still: the guardians' office was off the list for two hours, and a child's case met that."""

from __future__ import annotations

from datetime import datetime, timedelta

from nrm.commands.agencies import save_agency
from nrm.entrypoints.demo.making import Maker
from nrm.entrypoints.demo.people import Staff
from nrm.entrypoints.demo.prepared import prepared_cast
from nrm.entrypoints.demo.stories import KITCHEN
from nrm.entrypoints.demo.stories_children import CHILD, SCHOOL
from nrm.entrypoints.demo.story import Story
from nrm.wiring.system import System

OFFICE = "guardians"
AWAY = timedelta(hours=26)
BACK = timedelta(hours=22)
STORY = Story("stopped", "male", KITCHEN, ("ro",), (15, 15), lines=(SCHOOL,), said={
    "*": {**CHILD, "purpose_labour": "yes"},
})


def plan_stopped_case(maker: Maker, staff: Staff, until: datetime) -> None:
    """Plan the office's absence and the case that stops on it; a coordinator can try it again, and it goes on."""
    maker.plan(until - AWAY, lambda: maker.count(_list_office(maker.system, staff, active=False)))
    maker.plan(until - BACK, lambda: maker.count(_list_office(maker.system, staff, active=True)))
    maker.add(prepared_cast(
        STORY, staff["mara"], 230, district="midmar", pace=timedelta(minutes=11),
        stop_at={"fill_guardian", "consent_for_child"},
    ), until - AWAY + timedelta(minutes=15))


def _list_office(system: System, staff: Staff, *, active: bool) -> int:
    """The administrator takes the office off the list of agencies, or puts it back. Returns the number of acts."""
    office = system.configuration.agency(OFFICE)
    save_agency(
        system, staff["adam"], agency_id=office.id, name=office.name, kind=office.kind, districts=office.districts,
        serves=office.serves, calendar=office.calendar, email=office.email or "", active=active,
    )
    return 1
