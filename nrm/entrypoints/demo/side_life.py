"""What happens beside the tasks: notes, a look into a case, a linked colleague, a gap reviewed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from nrm.commands.add_note import add_note
from nrm.commands.case_life import link_cases
from nrm.commands.read_case import read_case
from nrm.commands.review_gap import review_gap
from nrm.entrypoints.demo.cast import Cast
from nrm.entrypoints.demo.people import Staff
from nrm.records.tables.referral import ServiceGap
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NrmError
from nrm.wiring.system import System

NOTE_SHARE, LOOK_SHARE = 0.12, 0.1
NOTES = (
    ("process", "Called back at the agreed hour; will call again on Thursday."),
    ("plan", "Asked to have the course in the mornings."),
    ("process", "Interpreter booked for the next two dates."),
    ("contact", "New number; the old one is not to be used."),
    ("narrative", "Remembered a name today; did not want to say more, and that is fine."),
)
SUPERVISORS = {"norvale": ("sonia", "clara"), "midmar": ("marek",), "southport": ("stefan",)}
REVIEWED = "Talked about in the quarterly meeting; the budget for one more place is asked for."
QUARTER = 80


def beside(system: System, staff: Staff, cast: Cast) -> int:
    """After a step, perhaps write a note or have a supervisor look into the case. Returns how many acts."""
    acts = 0
    if cast.rng.random() < NOTE_SHARE:
        category, text = cast.rng.choice(NOTES)
        try:
            add_note(system, cast.worker, case_id=cast.case_id, category=category, text=text)
            acts += 1
        except NrmError:
            pass
    if cast.rng.random() < LOOK_SHARE:
        read_case(system, staff[cast.rng.choice(SUPERVISORS[cast.district])], case_id=cast.case_id)
        acts += 1
    return acts


def link_group(system: System, cast: Cast, earlier: list[Cast]) -> None:
    """Link the case of a co-worker to those of the same group that are there already."""
    for other in earlier:
        if other.group and other.group == cast.group and other.code and other is not cast:
            link_cases(system, cast.worker, case_id=cast.case_id, other_code=other.code, kind="same_place")
            return


def review_old_gaps(system: System, staff: Staff, now: datetime) -> int:
    """Review, as coordinators do each quarter, what was missing more than a quarter ago."""
    with system.database.reader(SYSTEM) as unit:
        rows = unit.conn.execute(
            select(ServiceGap.id, ServiceGap.agency_id, ServiceGap.recorded_at).where(ServiceGap.status == "open")
            .order_by(ServiceGap.recorded_at, ServiceGap.id)
        ).all()
    by_agency = {"sa_norvale": "clara", "sa_midmar": "marek", "sa_southport": "stefan"}
    old = [row for row in rows if (now - row.recorded_at).days > QUARTER and row.agency_id in by_agency]
    for row in old:
        review_gap(system, staff[by_agency[row.agency_id]], gap_id=row.id, note=REVIEWED)
    return len(old)
