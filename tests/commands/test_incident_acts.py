"""A run that stops: nobody's work is lost, a coordinator supplies the fact or two people choose the path (design 3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from nrm.commands.incidents import confirm_path, propose_path, retry_incident, supply_fact
from nrm.commands.start_run import start_run
from nrm.commands.sweep import sweep
from nrm.records.tables.run import Incident, Run
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.commands.stopping import FACT, publish, stopping
from tests.fault.agreement import disagreements
from tests.support.driving import Drive


@pytest.fixture
def stopped(drive: Drive) -> str:
    """A case whose extra run has stopped at a question nobody answered; returns the case's id."""
    return stop(drive)


def stop(drive: Drive) -> str:
    process = publish(drive, stopping())
    case_id = drive.open_case()
    start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process=process)
    drive.complete(case_id, "stopping.ask")
    return case_id


def incident_of(drive: Drive, case_id: str) -> Incident:
    found: Incident = drive.one(select(Incident).where(Incident.case_id == case_id, Incident.status != "resolved"))  # type: ignore[assignment]
    return found


def test_the_completed_task_stays_completed_and_the_run_stands_still(any_drive: Drive) -> None:
    drive = any_drive
    case_id = stop(drive)
    incident = incident_of(drive, case_id)
    assert (incident.element, incident.status) == ("which_way", "open")
    assert incident.facts == [FACT]
    assert sorted(incident.flows) == ["which_way_no", "which_way_yes"]
    assert drive.run_of(case_id, "stopping").status == "incident"
    assert drive.rows(select(Task.status).where(Task.element == "ask"))[0].status == "done"
    assert not [task for task in drive.open(case_id) if task.startswith("stopping")], "never the default path"
    assert disagreements(drive, case_id) == []


def test_other_work_of_the_case_goes_on_meanwhile(drive: Drive, stopped: str) -> None:
    drive.complete(stopped, "record_safety", {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})
    assert drive.open(stopped) == ["case.assemble_team"]


def test_the_missing_fact_is_supplied_and_the_run_goes_on(any_drive: Drive) -> None:
    drive = any_drive
    case_id = stop(drive)
    incident = incident_of(drive, case_id)
    supply_fact(drive.system, drive.person("COORD"), incident_id=incident.id, facts={FACT: "yes"})
    assert "stopping.when_yes" in drive.open(case_id)
    assert drive.run_of(case_id, "stopping").status == "open"
    drive.complete(case_id, "stopping.when_yes")
    assert drive.run_of(case_id, "stopping").outcome == "over"
    assert disagreements(drive, case_id) == []
    with pytest.raises(Conflict):
        supply_fact(drive.system, drive.person("COORD"), incident_id=incident.id, facts={FACT: "no"})


@pytest.mark.parametrize("facts", [{"no_such_fact": "yes"}, {FACT: "perhaps"}, {}, {FACT: None}])
def test_only_a_fact_of_the_dictionary_with_a_value_of_it_is_taken(
    drive: Drive, stopped: str, facts: dict[str, object]
) -> None:
    incident = incident_of(drive, stopped)
    with pytest.raises(InvalidInput):
        supply_fact(drive.system, drive.person("COORD"), incident_id=incident.id, facts=facts)
    assert incident_of(drive, stopped).status == "open"


def test_a_retry_with_nothing_new_is_a_new_incident(drive: Drive, stopped: str) -> None:
    first = incident_of(drive, stopped)
    retry_incident(drive.system, drive.person("COORD"), incident_id=first.id)
    second = incident_of(drive, stopped)
    assert second.id != first.id
    assert drive.run_of(stopped, "stopping").status == "incident"
    assert disagreements(drive, stopped) == []


def test_a_path_is_chosen_by_two_people(any_drive: Drive) -> None:
    drive = any_drive
    case_id = stop(drive)
    incident, first, second = incident_of(drive, case_id), drive.person("COORD"), drive.person("COORD", number=2)
    with pytest.raises(Conflict):
        confirm_path(drive.system, second, incident_id=incident.id)
    propose_path(drive.system, first, incident_id=incident.id, flow="which_way_no", reason="Invented reason.")
    with pytest.raises(NotAllowed) as refused:
        confirm_path(drive.system, first, incident_id=incident.id)
    assert refused.value.code == "separation_of_duties"
    assert not [task for task in drive.open(case_id) if task.startswith("stopping")]
    confirm_path(drive.system, second, incident_id=incident.id)
    assert "stopping.when_no" in drive.open(case_id)
    acts = drive.acts(case_id)
    assert acts.index("incident.path_proposed") < acts.index("incident.path_confirmed")
    assert disagreements(drive, case_id) == []


@pytest.mark.parametrize(("flow", "reason"), [("to_ask", "Invented reason."), ("which_way_no", "  "), ("nowhere", "x")])
def test_only_a_listed_path_with_a_reason_can_be_proposed(drive: Drive, stopped: str, flow: str, reason: str) -> None:
    with pytest.raises(InvalidInput):
        propose_path(drive.system, drive.person("COORD"), incident_id=incident_of(drive, stopped).id, flow=flow,
                     reason=reason)


def test_case_managers_and_strangers_do_not_resolve_incidents(drive: Drive, stopped: str) -> None:
    incident = incident_of(drive, stopped)
    with pytest.raises(NotAllowed):
        retry_incident(drive.system, drive.person("CM", "sa_norvale"), incident_id=incident.id)
    with pytest.raises(NotFound):
        retry_incident(drive.system, drive.person("COORD", "sa_southport"), incident_id=incident.id)
    refused = [entry for entry in drive.history(stopped) if entry.outcome == "refused"]
    assert [entry.actor for entry in refused] == ["cm-sa_norvale-1", "coord-sa_southport-1"]


def test_a_limit_event_that_meets_the_question_stops_only_its_own_run(drive: Drive) -> None:
    process = publish(drive, stopping("stopping_late", waits=True))
    case_id = drive.open_case()
    start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process=process)
    drive.complete(case_id, "stopping_late.ask")
    swept = drive.wait(timedelta(hours=73))
    assert (swept.failed, swept.fired) == (0, 1)
    assert incident_of(drive, case_id).element == "which_way"
    assert drive.run_of(case_id, "case").status == "open"
    assert sweep(drive.system).fired == 0, "fired once, not again"


# -- a state that cannot be trusted -----------------------------------------------------------------


def test_a_tampered_state_is_refused_its_case_becomes_an_incident_and_the_others_go_on(any_drive: Drive) -> None:
    """goal:R: an altered blob is never loaded; the sweep says so and goes on with the next case."""
    drive = any_drive
    process = publish(drive, stopping("stopping_late", waits=True))
    cases = [drive.open_case() for _ in range(3)]
    for case_id in cases:
        start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process=process)
        drive.complete(case_id, "stopping_late.ask")
    run = drive.run_of(cases[1], process)
    blob = bytearray(run.state)
    blob[len(blob) // 2] ^= 1
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Run).where(Run.id == run.id).values(state=bytes(blob)))
    drive.reload()
    swept = drive.wait(timedelta(hours=73))
    assert (swept.failed, swept.fired) == (1, 2)
    assert [incident_of(drive, case_id).kind == "sweep_failed" for case_id in cases] == [False, True, False]
    assert drive.run_of(cases[1], process).state == bytes(blob), "what was found is left as it was"
    assert sweep(drive.system).failed == 0, "not again at every tick"


def test_a_state_moved_from_one_run_to_another_is_refused(drive: Drive) -> None:
    one, two = drive.open_case(), drive.open_case()
    foreign = drive.run_of(two, "case").state
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Run).where(Run.case_id == one, Run.process == "case").values(state=foreign))
    task = drive.task(one, "assemble_team")
    with pytest.raises(Exception, match=r".*") as refused:
        drive.complete(one, "assemble_team")
    assert type(refused.value).__name__ in ("SealBroken", "StateRefused", "NotReady")
    assert drive.any_task(task.id).status == "open"
    drive.complete(two, "assemble_team")
