"""Unusual access is noted with the act and told at once: many cases, nights, colleagues' names, honey cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from nrm.commands.read_case import read_case
from nrm.commands.search_duplicates import search_duplicates
from nrm.commands.watching_access import mark_signal_seen, set_honey
from nrm.queries.signals import signals
from nrm.records.tables.need_to_know import Signal
from nrm.records.tables.notice import Notice
from nrm.records.tables.working_time import Absence, Duty
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotAllowed, NotFound
from tests.support.driving import Drive


def kinds(drive: Drive) -> list[str]:
    """The kinds of signals there are, each as often as it was noted."""
    return sorted(row.kind for row in drive.rows(select(Signal.kind)))


def officer(drive: Drive) -> Actor:
    """The data-protection officer."""
    return drive.person("DPO", "national_unit")


def test_more_cases_in_a_day_than_usual(any_drive: Drive) -> None:
    reader, configuration = any_drive.person("COORD"), any_drive.system.configuration
    some = [any_drive.open_case() for _ in range(4)]
    few = replace(configuration.access.thresholds, cases_a_day=3)
    any_drive.system.configuration = replace(configuration, access=replace(configuration.access, thresholds=few))
    for case_id in some[:3]:
        read_case(any_drive.system, reader, case_id=case_id)
    assert kinds(any_drive) == []
    read_case(any_drive.system, reader, case_id=some[3])
    assert kinds(any_drive) == ["many_cases"]


def test_at_night_without_a_turn_of_duty(any_drive: Drive) -> None:
    case_id, reader = any_drive.open_case(), any_drive.person("COORD")
    read_case(any_drive.system, reader, case_id=case_id)
    any_drive.clock.advance(timedelta(hours=13))  # midnight in Norvale
    read_case(any_drive.system, reader, case_id=case_id)
    assert kinds(any_drive) == ["at_night"]
    told = {row.user_id for row in any_drive.rows(select(Notice.user_id).where(Notice.kind == "signal_at_night"))}
    assert officer(any_drive).user_id in told


MINE, THEIRS = "the reader's turn", "a colleague's turn"
GONE, STANDS_IN, ELSEWHERE = "the reader is away", "the reader stands in", "the reader stands in for another case"


@pytest.mark.parametrize(("what", "noticed"), [
    ({MINE}, False), ({THEIRS}, True), ({MINE, GONE}, True), ({THEIRS, STANDS_IN}, False),
    ({THEIRS, ELSEWHERE}, True), ({STANDS_IN}, True), ({THEIRS, STANDS_IN, GONE}, True),
], ids=lambda one: ", ".join(sorted(one)) if isinstance(one, set) else str(one))
def test_at_night_the_rosters_and_who_stands_in_for_whom_are_looked_at(
    any_drive: Drive, what: set[str], noticed: bool
) -> None:
    case_id = any_drive.open_case()
    reader, colleague = any_drive.person("COORD"), any_drive.person("COORD", number=2)
    any_drive.clock.advance(timedelta(hours=13))
    with any_drive.system.database.unit(SYSTEM) as unit:
        night = {"from_at": unit.now - timedelta(hours=1), "to_at": unit.now + timedelta(hours=8),
                 "added_by": "somebody", "added_at": unit.now}
        for turn, who in ((MINE, reader), (THEIRS, colleague)):
            if turn in what:
                unit.conn.execute(insert(Duty), [{
                    "id": turn, "role": "COORD", "district": "norvale", "user_id": who.user_id, **night,
                }])
        for absence, (who, substitute, cases) in {
            GONE: (reader, None, []), STANDS_IN: (colleague, reader.user_id, []),
            ELSEWHERE: (colleague, reader.user_id, ["ZZZ-ZZZZ"]),
        }.items():
            if absence in what:
                unit.conn.execute(insert(Absence), [{
                    "id": absence, "user_id": who.user_id, "substitute_id": substitute, "status": "running",
                    "scope": {"processes": [], "cases": cases}, **night,
                }])
    read_case(any_drive.system, reader, case_id=case_id)
    assert kinds(any_drive) == (["at_night"] if noticed else [])


@pytest.mark.parametrize(("names", "found"), [
    ({"person.given_name": "COORD", "person.family_name": "2 Invented"}, ["colleague"]),
    ({"person.family_name": "Invented"}, []),
    ({"person.given_name": "Nobody", "person.family_name": "Known"}, []),
])
def test_a_search_for_a_colleague_is_a_hint(any_drive: Drive, names: dict[str, str], found: list[str]) -> None:
    search_duplicates(any_drive.system, any_drive.person("COORD"), names=names)
    assert kinds(any_drive) == found


def test_whoever_touches_a_honey_case_is_told_of(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    watcher, reader, stranger = officer(any_drive), any_drive.person("COORD"), any_drive.person("COORD", "sa_midmar")
    set_honey(any_drive.system, watcher, case_code=any_drive.case(case_id).code, on=True)
    read_case(any_drive.system, reader, case_id=case_id)
    with pytest.raises(NotFound):
        read_case(any_drive.system, stranger, case_id=case_id)
    assert kinds(any_drive) == ["honey", "honey"]
    assert "honey.set" not in any_drive.acts(case_id), "no team reads that it is one"


def test_nobody_looks_at_a_signal_about_themselves(any_drive: Drive) -> None:
    case_id, auditor = any_drive.open_case(), any_drive.person("AUD", "national_unit")
    set_honey(any_drive.system, officer(any_drive), case_code=any_drive.case(case_id).code, on=True)
    with pytest.raises(NotAllowed):
        read_case(any_drive.system, auditor, case_id=case_id)
    signal = next(one for one in signals(any_drive.system, auditor).items if one.kind == "honey")
    with pytest.raises(NotAllowed):
        mark_signal_seen(any_drive.system, auditor, signal_id=signal.id, note="it was me")
    mark_signal_seen(any_drive.system, officer(any_drive), signal_id=signal.id, note="asked the auditor")
    assert [one.note for one in signals(any_drive.system, auditor, status="seen").items] == ["asked the auditor"]
