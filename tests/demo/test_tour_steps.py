"""The steps of ``docs/tour.md`` as acts, by the people it names: what the guide promises holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.read_case import read_case
from nrm.commands.read_history import read_history, verify_case
from nrm.commands.start_run import start_run
from nrm.entrypoints.demo.chance import seeded
from nrm.entrypoints.demo.filling import Filler
from nrm.entrypoints.demo.running import demo_settings, make_demo
from nrm.entrypoints.demo.words import bank
from nrm.queries.my_tasks import my_tasks
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.referral import PlanLine, Referral, ServiceGap
from nrm.records.tables.task import IS_OPEN, Task
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import SystemClock
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System, build_system

pytestmark = pytest.mark.xdist_group("demo")


@dataclass
class Visitor:
    """Walks the tour: signs in as people, does tasks, asks what is open."""

    system: System
    people: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.system.database.reader(SYSTEM) as unit:
            self.people = {
                row.login: Actor(row.id, row.agency_id, frozenset(row.roles), row.unit)
                for row in unit.conn.execute(select(User))
            }

    def case(self, code: str) -> str:
        """Return the id of a case."""
        return str(self._scalar(select(Case.id).where(Case.code == code)))

    def open(self, code: str) -> set[str]:
        """Return the elements that are open in a case."""
        with self.system.database.reader(SYSTEM) as unit:
            return set(unit.conn.execute(select(Task.element).where(Task.case_code == code, IS_OPEN)).scalars())

    def does(self, login: str, code: str, element: str, wishes: Mapping[str, Any]) -> None:
        """Open a task that is in the person's inbox, and complete it."""
        task_id = str(self._scalar(select(Task.id).where(Task.case_code == code, Task.element == element, IS_OPEN)))
        actor = self.people[login]
        assert task_id in {line.id for line in my_tasks(self.system, actor, queue="all", limit=100).items}
        page = open_task(self.system, actor, task_id=task_id)
        about = {"name": "Somebody", "language": "English"}
        answers = Filler(seeded("tour"), bank(), about).fill(page.form, wishes, page.answers, self.system.clock.now())
        looked = look_at_answers(self.system, actor, task_id=task_id, answers=answers)
        complete_task(self.system, actor, task_id=task_id, answers=looked.answers, seen_version=page.version)

    def sees(self, login: str, code: str) -> bool:
        """Whether the case exists for a person."""
        try:
            read_case(self.system, self.people[login], case_id=self.case(code))
        except NotFound:
            return False
        return True

    def _scalar(self, query: Any) -> Any:
        with self.system.database.reader(SYSTEM) as unit:
            return unit.conn.execute(query).scalar_one()


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A visitor of a fresh demo with the cases of the tour only."""
    settings = demo_settings(tmp_path_factory.mktemp("tour") / "site")
    assert make_demo(settings, cases=9, seed=1, now=SystemClock().now()).problems == ()
    system = build_system(settings, durable=False)
    yield Visitor(system)
    system.database.dispose()


def test_a_danger_call_leads_to_a_bed_before_any_screening(visitor: Visitor) -> None:
    visitor.does("ana", "TRY-2222", "record_safety", {"danger_now": "yes", "shelter_wanted": "yes"})
    assert {"protect_now", "arrange_safe_place"} <= visitor.open("TRY-2222")
    visitor.does("ana", "TRY-2222", "arrange_safe_place", {"place_found": "shelter", "place_agency": "harbour_house"})
    visitor.does("hana", "TRY-2222", "welcome_person", {})
    assert visitor.open("TRY-2222") == {"protect_now", "assemble_team"}


def test_a_refusal_gives_the_line_back_and_counts_the_gap(visitor: Visitor) -> None:
    refused = {"referral_answer": "refused", "refusal_reason": "no_capacity"}
    visitor.does("lucia", "TRY-3333", "answer_referral", refused)
    assert "choose_other_provider" in visitor.open("TRY-3333")
    with visitor.system.database.reader(SYSTEM) as unit:
        lines = set(unit.conn.execute(
            select(PlanLine.status).where(PlanLine.case_id == visitor.case("TRY-3333"))
        ).scalars())
        gap = unit.conn.execute(select(ServiceGap.service, ServiceGap.district, ServiceGap.reason)).one()
    assert "returned" in lines
    assert tuple(gap) == ("psychosocial", "norvale", "no_capacity")


def test_who_wants_no_police_gets_the_same_services_and_is_not_there_for_the_police(visitor: Visitor) -> None:
    with visitor.system.database.reader(SYSTEM) as unit:
        services = {
            code: sorted(unit.conn.execute(
                select(PlanLine.service).where(PlanLine.case_id == visitor.case(code))
            ).scalars())
            for code in ("TRY-5555", "TRY-6666")
        }
    assert services["TRY-5555"] == services["TRY-6666"] != []
    assert visitor.sees("pavel", "TRY-6666")
    assert not visitor.sees("pavel", "TRY-5555")


def test_a_declined_family_visit_stops_nothing(visitor: Visitor) -> None:
    visitor.does("ana", "TRY-7777", "ask_about_family", {"consent_family_assessment": "refused"})
    assert visitor.open("TRY-7777") == {"draft_plan"}


def test_after_a_negative_finding_services_go_on_and_somebody_else_reviews(visitor: Visitor) -> None:
    visitor.does("ana", "TRY-8888", "explain_finding", {"review_asked": "yes", "review_grounds": ["new_evidence"]})
    assert "review_finding" in visitor.open("TRY-8888")
    with visitor.system.database.reader(SYSTEM) as unit:
        referrals = set(unit.conn.execute(
            select(Referral.status).where(Referral.case_id == visitor.case("TRY-8888"))
        ).scalars())
    assert referrals == {"accepted"}, "the bed stays"
    visitor.does("viktor", "TRY-8888", "review_finding", {"review_result": "upheld"})


def test_for_a_child_the_guardian_comes_first(visitor: Visitor) -> None:
    assert "screening" not in visitor.open("TRY-9999")
    visitor.does("cora", "TRY-9999", "fill_guardian", {"guardian_agency": "guardians"})
    visitor.does("greta", "TRY-9999", "consent_for_child", {
        "given_by": "guardian", "consent_interview": "given", "child_assents": "yes",
    })
    assert "screening" in visitor.open("TRY-9999")
    assert "guardian_consent_and_assent" not in visitor.open("TRY-9999"), "both are asked once"


def test_a_withdrawn_consent_ends_access_with_the_next_click(visitor: Visitor) -> None:
    assert visitor.sees("lucia", "TRY-AAAA")
    start_run(visitor.system, visitor.people["ana"], case_id=visitor.case("TRY-AAAA"), process="consent_change")
    visitor.does("ana", "TRY-AAAA", "record_change", {
        "changes": [{"purpose": "referral", "new_answer": "withdrawn", "agency": "lantern"}],
    })
    assert not visitor.sees("lucia", "TRY-AAAA")
    assert visitor.sees("helga", "TRY-AAAA"), "the doctor's line is another one"


def test_the_auditor_sees_who_read_it_and_no_content(visitor: Visitor) -> None:
    otto, case_id = visitor.people["otto"], visitor.case("TRY-5555")
    assert not visitor.sees("pavel", "TRY-5555")
    history = read_history(visitor.system, otto, case_id=case_id)
    assert {"read", "task.completed"} <= {entry.act for entry in history.entries}
    assert any(entry.outcome == "refused" for entry in history.entries), "the police came and found nothing"
    assert verify_case(visitor.system, otto, case_id=case_id).ok
