"""A ladder that could not fire: every fault with the number of its rung, and what is sound stays without one."""

from __future__ import annotations

import pytest

from nrm.rules.ladder_faults import Surroundings, ladder_faults
from nrm.rules.ladders import Channel, Effect, Ladder, Rung, When
from nrm.rules.limits import Unit

ROLES = frozenset({"CM", "COORD", "NCU", "POL"})
EMPTY = {"NCU": ("Southport", "Midmar"), "POL": None}
AROUND = Surroundings(roles=ROLES, unfilled=lambda role: EMPTY.get(role, ()), escalates=True)


def rung(
    when: str, *tell: str, length: int = 0, unit: str = "hours", effect: str = "remind",
    channel: tuple[Channel, ...] = tuple(Channel),
) -> Rung:
    return Rung(1, When(when), tell, length, Unit(unit), effect=Effect(effect), channel=channel)


def ladder(*rungs: Rung, safety: bool = False) -> Ladder:
    return Ladder("one", "One", tuple(
        Rung(no, one.when, one.tell, one.length, one.unit, one.level, one.effect, one.channel)
        for no, one in enumerate(rungs, start=1)
    ), safety)


LAST = rung("after", "role:COORD", length=9, unit="working_days")
FAULTS = [
    ("nobody is told", [rung("half"), LAST], (1, "rung_tells_nobody")),
    ("a mail without a notice", [rung("half", "assignee", channel=(Channel.MAIL,)), LAST], (1, "rung_without_notice")),
    ("no such role", [rung("half", "role:KING"), LAST], (1, "rung_role_unknown")),
    ("no such role on duty", [rung("half", "duty:KING"), LAST], (1, "rung_role_unknown")),
    ("nobody in it anywhere", [rung("half", "duty:POL"), LAST], (1, "rung_role_empty")),
    ("the last rung has no owner", [rung("breach", "assignee", "supervisor")], (1, "ladder_without_end")),
    ("auditors own nothing", [rung("half", "role:CM"), rung("breach", "auditors")], (2, "ladder_without_end")),
    ("half after the breach", [rung("breach", "assignee"), rung("half", "role:CM")], (2, "rungs_out_of_order")),
    ("two days before, then one", [
        rung("before", "assignee", length=48), rung("before", "assignee", length=1, unit="calendar_days"), LAST,
    ], None),
    ("one day before, then two", [
        rung("before", "assignee", length=24), rung("before", "assignee", length=2, unit="calendar_days"), LAST,
    ], (2, "rungs_out_of_order")),
    ("three days after, then one", [
        rung("after", "assignee", length=3, unit="working_days"), rung("after", "role:CM", length=24),
    ], (2, "rungs_out_of_order")),
    ("a reason before anything is late", [rung("half", "assignee", effect="reason"), LAST], (1, "rung_too_early")),
    ("an escalation too early", [rung("before", "role:CM", length=1, effect="escalate"), LAST], (1, "rung_too_early")),
    ("nobody to take it over", [rung("breach", "assignee", effect="reassign"), LAST], (1, "rung_without_taker")),
    ("offered early is no fault", [rung("half", "supervisor", effect="offer"), LAST], None),
    ("no rung at all is no fault", [], None),
]

@pytest.mark.parametrize(("rungs", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_each_fault_names_its_rung(rungs: list[Rung], expected: tuple[int, str] | None) -> None:
    found = ladder_faults(ladder(*rungs), AROUND)
    assert [(fault.rung, fault.code) for fault in found] == ([expected] if expected else [])
    for fault in found:
        assert fault.sentence.startswith(f"Rung {fault.rung}: ")
        assert fault.sentence.endswith(".")


def test_districts_without_anybody_are_named_and_stop_nothing() -> None:
    (fault,) = ladder_faults(ladder(rung("half", "role:NCU"), LAST), AROUND)
    assert fault.sentence == (
        "Rung 1: nobody fills the role “NCU” in Midmar, Southport. People of other districts would hear."
    )
    assert not fault.stops


def test_a_safety_ladder_counts_no_working_days() -> None:
    (fault,) = ladder_faults(ladder(LAST, safety=True), AROUND)
    assert (fault.rung, fault.code) == (1, "safety_ladder_waits")


def test_an_escalation_needs_its_process() -> None:
    up = ladder(rung("breach", "role:COORD", effect="escalate"))
    assert ladder_faults(up, AROUND) == ()
    (fault,) = ladder_faults(up, Surroundings(escalates=False))
    assert fault.code == "escalation_missing"


def test_what_is_not_known_is_not_asked() -> None:
    assert ladder_faults(ladder(rung("breach", "role:KING", effect="escalate")), Surroundings()) == ()
