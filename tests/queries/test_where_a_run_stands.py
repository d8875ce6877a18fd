"""Where a run stands, when several elements wait for what is called the same: each has its own clock and child."""

from __future__ import annotations

from datetime import timedelta

from nrm.commands.case_act import case_act
from nrm.commands.read_case import read_case, read_process
from nrm.diagrams.bundle import DICTIONARY, settings_files
from nrm.queries.case_process import ProcessView
from nrm.queries.run_waits import Awaited
from nrm.vocabulary.permissions import Permission
from tests.commands.stopping import publish
from tests.scenarios.by_engine import shipped_bundle
from tests.support.diagrams import Diagram
from tests.support.driving import Drive, shipped_configuration

SOON, LATER, LONG = "T01", "T02", "T03"
INNER = "inner"


def inner() -> Diagram:
    """A process that rests for some time."""
    made = Diagram(INNER)
    made.path(made.start(), made.catch_limit("rests", LATER), made.end())
    return made


def outer() -> Diagram:
    """The same limit and the same process twice: once from the beginning, once a little later, and a message."""
    made = Diagram("outer")
    first, second = made.parallel("first"), made.parallel("second")
    made.path(made.start(), first)
    for element in (made.catch_limit("one", LONG), made.call("call_one", INNER)):
        made.path(first, element, made.end(f"after_{element}"))
    made.path(first, made.catch_limit("short", SOON), second)
    for element in (made.catch_limit("two", LONG), made.call("call_two", INNER), made.catch_message("told", "news")):
        made.path(second, element, made.end(f"after_{element}"))
    return made


def published(drive: Drive, diagram: Diagram) -> str:
    """Publish a diagram with the settings it uses."""
    draft, known = diagram.bundle(), shipped_configuration()
    settings = settings_files(draft.process(), known.limit_documents, known.ladder_documents)
    dictionary = {DICTIONARY: shipped_bundle("report_gap").files[DICTIONARY]}
    return publish(drive, draft.with_files({**dictionary, **settings}))


def test_each_waits_for_its_own(any_drive: Drive) -> None:
    drive = any_drive
    case_id, coordinator = drive.open_case(), drive.person("COORD")
    published(drive, inner())
    process = published(drive, outer())
    with case_act(drive.system, coordinator, Permission.CASE_START_RUN, case_id) as act:
        run_id = act.settlement.start_run(process, facts={}).id
    began = drive.clock.now()

    def look() -> ProcessView:
        return read_process(drive.system, coordinator, case_id=case_id, run_id=run_id)

    def standing() -> dict[str, timedelta | None]:
        return {
            badge.element: badge.due_at - began if badge.due_at else None for badge in look().badges if badge.open
        }

    hour = timedelta(hours=1)
    assert standing() == {"one": 24 * hour, "short": hour, "call_one": None}
    drive.wait(hour)
    later = {"two": 25 * hour, "call_two": None, "told": None}
    assert standing() == {"one": 24 * hour, "call_one": None, **later}
    drive.wait(hour)
    assert standing() == {"one": 24 * hour, **later}, "the first child is over, the second is not"
    awaits = [(one.kind, one.element, one.name, one.due_at and one.due_at - began) for one in look().awaits]
    assert sorted(awaits) == [
        ("limit", "one", LONG, 24 * hour), ("limit", "two", LONG, 25 * hour), ("message", "told", "news", None),
    ]
    drive.wait(23 * hour)
    assert standing() == {"told": None}
    assert {one.attached_to for one in look().awaits} == {None}


def test_a_limit_on_a_task_is_told_before_it_falls_due_and_marks_nothing(drive: Drive) -> None:
    case_id, coordinator = drive.open_case(), drive.person("COORD")
    with case_act(drive.system, coordinator, Permission.CASE_START_RUN, case_id) as act:
        run_id = act.settlement.start_run("detention_hold", facts={}).id
    drive.complete(case_id, "ask_for_hold")
    view = read_process(drive.system, coordinator, case_id=case_id, run_id=run_id)
    assert [badge.element for badge in view.badges] == ["answer_hold"]
    due = drive.clock.now() + timedelta(hours=2)
    title = "No answer in time"
    assert view.awaits == (Awaited("no_answer_in_time", title, "limit", "T03_urgent", "answer_hold", due),)
    lines = {line.element: line for line in read_case(drive.system, coordinator, case_id=case_id).tasks}
    assert lines["answer_hold"].run_id == run_id


def test_where_the_state_is_erased_tasks_are_shown_and_nothing_breaks(drive: Drive) -> None:
    case_id, coordinator = drive.open_case(), drive.person("COORD")
    run_id = drive.run_of(case_id, "case").id
    with drive.system.database.unit(coordinator) as unit:
        unit.keys.destroy(case_id, ["state"])
    view = read_process(drive.system, coordinator, case_id=case_id, run_id=run_id)
    assert ([badge.element for badge in view.badges], view.awaits) == (["assemble_team"], ())
