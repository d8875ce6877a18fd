"""The steps of ``docs/tour.md``, clicked in the order of the guide by the people it names, in one demo."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet, served
from tests.browser.people.coordinator import Coordinator
from tests.browser.people.form_filling import complete
from tests.browser.people.person import Person, Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SOURCE = "Decision 14/2026, point 3 (invented)"


@pytest.fixture(scope="module")
def tour(made_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One demo for the whole tour, as a delegation has it."""
    with served(Path(shutil.copytree(made_demo, tmp_path_factory.mktemp("tour") / "demo"))) as site:
        yield site


def start(person: Person, code: str, process: str) -> None:
    """Start a process in a case: Start and change, Start…."""
    person.case(code, "Start and change")
    line = person.page.get_by_role("main").get_by_role("listitem").filter(
        has=person.page.get_by_role("heading", name=process, exact=True)
    )
    person.press_surely("Start it", inside=line)
    person.sees("It has started.")


def advance(person: Person) -> None:
    """Press the demo's button for the next working day on its desk."""
    person.go("/demo/")
    person.press("Advance one working day", inside=person.page.get_by_role("main"))
    person.sees("Messages about time limits that went out")


def notices(person: Person, text: str, task: str = "What the person needs") -> int:
    """Count a person's notices of a text about a task of TRY-4444, after pressing Notices."""
    person.menu("Notices")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Notices")
    return person.page.locator(".nrm-notices li").filter(has_text=text).filter(
        has_text=re.compile(f"{task}.*TRY-4444")
    ).count()


def test_1_a_bed_before_any_question(tour: Site, meet: Meet) -> None:
    ana, hana = meet(tour, "ana"), meet(tour, "hana")
    line = ana.task_line("Check on safety", "TRY-2222")
    assert line.evaluate("(one) => [...one.parentElement.children].indexOf(one)") < 8, "among the first lines"
    ana.open_task("Check on safety", "TRY-2222")
    expect(ana.page.locator(".nrm-guidance")).to_contain_text("Nothing of this is stored.")
    complete(ana.page, {"danger_now": "yes", "shelter_wanted": "yes"})
    ana.sees("Protect now", "Arrange a safe place")
    ana.does("Arrange a safe place", "TRY-2222", {
        "place_found": "shelter", "place_agency": "harbour_house", "person_agrees": "yes",
    })
    line = hana.task_line("Welcome the person", "TRY-2222")
    line.locator("summary").click()
    expect(line).to_contain_text("Why is this with me")
    expect(line).to_contain_text("Why this date")
    ana.case("TRY-2222", "Process")
    expect(ana.page.locator("[data-nrm-viewer][data-ready]")).to_be_visible()
    runs = ana.page.get_by_role("navigation", name="Processes of this case")
    expect(runs).to_contain_text("Immediate assistance")
    expect(runs).not_to_contain_text("Identification")
    assert ana.page.locator(".djs-overlay-nrm-mark, .nrm-badge-active").count()


def test_2_the_line_comes_back_and_the_gap_is_counted(tour: Site, meet: Meet) -> None:
    lucia, ana, clara = meet(tour, "lucia"), meet(tour, "ana"), meet(tour, "clara")
    lucia.open_task("Can you take this on?", "TRY-3333")
    assert lucia.go("/cases/TRY-3333") == 404, "the task, and not the file behind it"
    lucia.does("Can you take this on?", "TRY-3333", {"referral_answer": "refused", "refusal_reason": "no_capacity"})
    ana.open_task("Look for another way", "TRY-3333")
    ana.sees("No capacity")
    ana.case("TRY-3333", "Plan")
    ana.sees("Returned")
    clara.menu("Coordination", "Service gaps")
    row = clara.page.get_by_role("row").filter(has_text="Norvale").filter(has_text="Psychosocial")
    expect(row).to_be_visible()
    clara.sees_not("TRY-3333")


def test_3_a_weekend_does_not_count_and_a_late_task_is_heard_of(tour: Site, meet: Meet) -> None:
    ana, sonia, clara = meet(tour, "ana"), meet(tour, "sonia"), meet(tour, "clara")
    ana.open_task("What the person needs", "TRY-4444")
    ana.page.get_by_role("complementary").locator("summary").filter(has_text="Why this date").click()
    ana.sees("Weekend 16-17 May does not count.", "Working day 5 is Wednesday 20 May 2026.")
    half, missed = "Half of the time for a task is over.", "A time limit was missed."
    escalated = ("nobody has acted", "See to a missed time limit")
    for _ in range(5):
        if notices(ana, missed):
            break
        advance(ana)
    assert notices(ana, half) == 1
    assert notices(ana, missed) == 1
    assert notices(sonia, missed) == 1
    assert notices(clara, *escalated) == 0
    advance(clara)
    assert notices(clara, *escalated) == 1
    clara.task_line("See to a missed time limit", "TRY-4444")
    clara.menu("Coordination", "Deadlines")
    clara.sees("TRY-4444")
    advance(clara)
    assert notices(clara, *escalated) == 1, "once, however often the clock is moved on"
    ana.case("TRY-4444", "History")
    told = ana.page.locator(".nrm-timeline > li").all_inner_texts()
    assert any("reminder" in one.lower() for one in told), told[:12]
    ana.open_task("What the person needs", "TRY-4444")


def test_4_who_wants_no_police_has_the_same_services(tour: Site, meet: Meet) -> None:
    ana, pavel = meet(tour, "ana"), meet(tour, "pavel")
    services = {}
    for code in ("TRY-5555", "TRY-6666"):
        ana.case(code, "Plan")
        table = ana.page.get_by_role("table", name="Lines of the plan")
        services[code] = sorted(table.get_by_role("rowheader").all_inner_texts())
    assert services["TRY-5555"] == services["TRY-6666"] != []
    for code, answer in (("TRY-5555", "Says no"), ("TRY-6666", "Agrees")):
        ana.case(code, "Consent")
        police = ana.page.get_by_role("row").filter(has=ana.page.get_by_role("rowheader", name="police"))
        expect(police.first).to_contain_text(answer)
    pavel.case("TRY-6666")
    pavel.press("Name and language")
    expect(pavel.page.locator("#open-identity")).to_be_visible()
    parts = pavel.page.get_by_role("navigation", name="Parts of the case")
    expect(parts.get_by_role("link", name="Team")).to_be_visible()
    expect(parts.get_by_role("link", name="Plan")).to_have_count(0)
    assert pavel.go("/cases/TRY-5555") == 404
    pavel.finds_nothing()
    found = pavel.page.get_by_role("main").inner_text()
    assert pavel.go("/cases/TRY-ZZZZ") == 404
    assert pavel.page.get_by_role("main").inner_text() == found


def test_5_the_family_is_not_visited_and_the_plan_goes_on(tour: Site, meet: Meet) -> None:
    ana = meet(tour, "ana")
    ana.does("May the family be asked?", "TRY-7777", {"consent_family_assessment": "refused"})
    ana.case("TRY-7777", "Process")
    family = ana.page.get_by_role("navigation", name="Processes of this case").get_by_role("link").filter(
        has_text="Family"
    )
    expect(family).to_contain_text("Family declined")
    ana.task_line("Draft the plan together", "TRY-7777")


def test_6_after_a_negative_finding_services_go_on(tour: Site, meet: Meet) -> None:
    ana, viktor = meet(tour, "ana"), meet(tour, "viktor")
    ana.does("Explain the finding", "TRY-8888", {"review_asked": "yes"})
    ana.case("TRY-8888", "Plan")
    expect(ana.page.get_by_role("table", name="Referrals")).to_contain_text("Accepted")
    viktor.task_line("Review the finding", "TRY-8888")


def test_7_the_guardian_comes_first(tour: Site, meet: Meet) -> None:
    ana, cora, greta = meet(tour, "ana"), meet(tour, "cora"), meet(tour, "greta")
    ana.case("TRY-9999", "Process")
    ana.sees("Ask both about a conversation")
    with pytest.raises(AssertionError, match="has no task"):
        ana.task_line("First conversation", "TRY-9999")
    cora.does("Appoint a guardian", "TRY-9999", {
        "guardian_agency": "guardians", "guardian_conflict": "no", "guardian_in_place": "yes",
        "conflict_check": ["no_tie", "not_paid", "not_recruiter", "no_interest", "child_asked"],
    })
    greta.does("Ask both about a conversation", "TRY-9999", {"consent_interview": "given", "child_assents": "yes"})
    ana.task_line("First conversation", "TRY-9999")


def test_8_five_days_become_seven_and_the_old_case_stays(tour: Site, meet: Meet) -> None:
    clara, marek = meet(tour, "clara", kind=Coordinator, width=1400), meet(tour, "marek", kind=Coordinator, width=1400)
    assert isinstance(clara, Coordinator)
    assert isinstance(marek, Coordinator)
    ana = meet(tour, "ana")
    clara.drafts_a_change("Needs")
    clara.sets_limit("T18", "7", SOURCE)
    clara.adds_task_after("assess_needs", "Read it back to the person")
    clara.press("Check")
    expect(clara.page.locator("[data-nrm-findings]")).to_contain_text("limit")
    clara.gives(form="F11_needs", limit="T18")
    clara.saves()
    clara.asks_for_review("People asked for two more days")
    clara.sees("waits for a second person")
    expect(clara.page.locator("summary").filter(has_text="Publish")).to_have_count(0)
    marek.reviews("Needs")
    marek.sees("5 working days becomes 7 working days", "Read it back to the person")
    expect(marek.page.locator("[data-nrm-viewer][data-ready]")).to_have_count(2)
    marek.publishes()
    ana.open_task("What the person needs", "TRY-4444")
    ana.page.get_by_role("complementary").locator("summary").filter(has_text="Why this date").click()
    ana.sees("Working day 5 is")
    start(ana, "TRY-7777", "Needs")
    ana.open_task("What the person needs", "TRY-7777")
    ana.page.get_by_role("complementary").locator("summary").filter(has_text="Why this date").click()
    ana.sees("Working day 7 is", SOURCE)
    complete(ana.page, {})
    ana.sees("Read it back to the person")


def test_9_withdrawn_consent_ends_access_with_the_next_click(tour: Site, meet: Meet) -> None:
    lucia, ana, helga = meet(tour, "lucia"), meet(tour, "ana"), meet(tour, "helga")
    lucia.case("TRY-AAAA")
    lucia.sees("TRY-AAAA")
    start(ana, "TRY-AAAA", "Change of consent")
    ana.does("Record the change", "TRY-AAAA", {
        "changes[0].purpose": "referral", "changes[0].new_answer": "withdrawn", "changes[0].agency": "lantern",
    })
    ana.sees("Tell the recipients")
    lucia.page.get_by_role("navigation", name="Parts of the case").get_by_role("link").last.click()
    lucia.finds_nothing()
    helga.case("TRY-AAAA")
    helga.sees("TRY-AAAA")


def test_10_the_auditor_sees_who_read_it_and_finds_the_altered_line(tour: Site, meet: Meet) -> None:
    pavel, otto = meet(tour, "pavel"), meet(tour, "otto")
    pavel.go("/cases/TRY-5555")
    otto.menu("Audit")
    otto.page.get_by_label("Code").first.fill("TRY-5555")
    otto.press("Find cases")
    otto.follow("TRY-5555")
    otto.sees("Pavel Invented", "Otto Invented")
    expect(otto.page.locator('.nrm-entries [data-outcome="refused"]').first).to_be_visible()
    otto.press("Check this history")
    otto.sees("as they were written")
    otto.go("/demo/")
    otto.page.get_by_label("Case").select_option("TRY-5555")
    otto.press("Alter and check")
    expect(otto.page.get_by_role("main")).to_contain_text(
        re.compile(r"Entry \d+ was altered after it was written\."), use_inner_text=True
    )
    otto.sees("The demo's own history is intact.")
