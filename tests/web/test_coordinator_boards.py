"""Deadlines, incidents and service gaps on the coordinator's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from nrm.commands.sweep import sweep
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.history import History
from nrm.records.tables.referral import ServiceGap
from nrm.records.tables.run import Incident, Run
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import Installation

GAP = {
    "id": "gap-1", "service": "shelter", "district": "norvale", "urgency": "urgent", "reason": "no_capacity",
    "agency_id": None, "status": "open", "reviewed_at": None, "reviewed_by": None, "review_note": None,
}


@pytest.fixture
def stopped(installation: Installation) -> str:
    """The code of a case of Norvale whose backbone stands at a gateway that could not decide."""
    opened = installation.open_case("ana", "norvale")
    with installation.system.database.unit(SYSTEM) as unit:
        run = unit.conn.execute(select(Run).where(Run.case_id == opened.case_id, Run.process == "case")).one()
        process = installation.system.library.published(unit.conn, run.bundle).process
        gateway = next(e for e in process.elements if e.kind.value == "choice" and len(process.outgoing(e.id)) > 1)
        unit.conn.execute(insert(Incident), [{
            "id": "inc-1", "case_id": opened.case_id, "run_id": run.id, "element": gateway.id,
            "kind": "condition_unknown", "sentence": "It is not known which way to go.", "facts": ["danger_now"],
            "flows": [flow.id for flow in process.outgoing(gateway.id)], "opened_at": unit.now, "status": "open",
            "proposal": None, "proposed_by": None, "resolved_at": None, "resolved_by": None, "resolution": None,
        }])
    return opened.code


def first_way(text: str) -> str:
    """The first path that may be proposed."""
    return text.split('name="flow" value="')[1].split('"', maxsplit=1)[0]


class TestDeadlines:
    def test_overdue_first_and_every_filter_stands_in_the_address(self, installation: Installation) -> None:
        opened = installation.open_case("ana", "norvale")
        installation.clock.advance(timedelta(days=9))
        sweep(installation.system, limit=100)
        browser = installation.browser("cora")
        text = browser.get("/deadlines").get_data(as_text=True)
        assert opened.code in text
        assert "days overdue" in text
        assert 'href="/deadlines?state=soon"' in text
        only = browser.get("/deadlines?state=all&agency=sa_norvale").get_data(as_text=True)
        assert opened.code in only
        assert opened.code not in browser.get("/deadlines?state=paused").get_data(as_text=True)

    def test_a_district_does_not_see_the_clocks_of_another(self, installation: Installation) -> None:
        foreign = installation.open_case("mia", "midmar")
        installation.clock.advance(timedelta(days=9))
        sweep(installation.system, limit=100)
        browser = installation.browser("cora")
        assert foreign.code not in browser.get("/deadlines?state=all").get_data(as_text=True)

    @pytest.mark.parametrize("query", ["state=nonsense", "rung=x", "rung=999", "agency=nobody", "after="])
    def test_odd_filters_are_answered_with_a_page(self, installation: Installation, query: str) -> None:
        assert installation.browser("cora").get(f"/deadlines?{query}").status_code == 200

    @pytest.mark.parametrize("login", ["ana", "hana", "pol", "ada"])
    def test_only_who_watches_the_clocks_opens_the_board(self, installation: Installation, login: str) -> None:
        browser = installation.browser(login)
        assert browser.get("/deadlines").status_code == 403
        assert "/deadlines" not in browser.get("/notices").get_data(as_text=True)


class TestIncidents:
    def test_the_list_and_the_page_say_what_is_missing_in_words(self, installation: Installation, stopped: str) -> None:
        browser = installation.browser("cora")
        assert stopped in browser.get("/incidents").get_data(as_text=True)
        text = browser.get("/incidents/inc-1").get_data(as_text=True)
        assert "In danger now" in text
        assert "Prefers not" in text
        assert 'name="fact-danger_now"' in text

    def test_a_fact_is_supplied_typed_and_kept(self, installation: Installation, stopped: str) -> None:
        browser = installation.browser("cora")
        browser.get("/incidents/inc-1")
        assert browser.post("/incidents/inc-1/facts", {}).status_code == 422
        assert "Give this a value." in browser.text
        assert browser.post("/incidents/inc-1/facts", {"fact-danger_now": "perhaps"}).status_code == 422
        answer = browser.post("/incidents/inc-1/facts", {"fact-danger_now": "no"})
        assert (answer.status_code, answer.location) == (303, "/incidents?said=supplied")
        with installation.system.database.reader() as unit:
            wanted = select(FactCurrent.value).where(FactCurrent.name == "danger_now")
            assert unit.conn.execute(wanted).scalars().all() == ["no"]

    def test_a_path_is_proposed_with_a_reason_and_confirmed_by_a_second_person(
        self, installation: Installation, stopped: str
    ) -> None:
        first = installation.browser("cora")
        flow = first_way(first.get("/incidents/inc-1").get_data(as_text=True))
        assert first.post("/incidents/inc-1/path", {"flow": flow, "reason": " "}).status_code == 422
        assert f'value="{flow}" checked' in first.text
        answer = first.post("/incidents/inc-1/path", {"flow": flow, "reason": "Invented reason"})
        assert answer.status_code == 303
        own = first.get("/incidents/inc-1").get_data(as_text=True)
        assert "Invented reason" in own
        assert "Confirm this path" not in own
        assert first.post("/incidents/inc-1/confirm", {}).status_code == 403
        second = installation.browser("cyril")
        text = second.get("/incidents/inc-1").get_data(as_text=True)
        assert "Invented reason" in text
        assert "Cora Invented" in text
        assert second.post("/incidents/inc-1/confirm", {}).status_code == 303
        with installation.system.database.reader() as unit:
            assert unit.conn.execute(select(Incident.status)).scalars().all() == ["resolved"]

    def test_the_reason_stands_in_no_table_in_the_clear(self, installation: Installation, stopped: str) -> None:
        browser = installation.browser("cora")
        flow = first_way(browser.get("/incidents/inc-1").get_data(as_text=True))
        browser.post("/incidents/inc-1/path", {"flow": flow, "reason": "Invented reason"})
        with installation.system.database.reader() as unit:
            row = unit.conn.execute(select(Incident.proposal)).scalar_one()
            wanted = select(History.sealed).where(History.act == "incident.path_proposed")
            sealed = unit.conn.execute(wanted).scalar_one()
        assert row == {"flow": flow}
        assert sealed is not None
        assert b"Invented reason" not in sealed

    @pytest.mark.parametrize("login", ["mia", "ana", "pol"])
    def test_a_stranger_finds_nothing(self, installation: Installation, stopped: str, login: str) -> None:
        assert installation.browser(login).get("/incidents/inc-1").status_code in (403, 404)


class TestGaps:
    @pytest.fixture
    def gap(self, installation: Installation) -> None:
        with installation.system.database.unit(SYSTEM) as unit:
            unit.conn.execute(insert(ServiceGap), [{**GAP, "recorded_at": unit.now}])

    @pytest.mark.usefixtures("gap")
    def test_a_gap_is_counted_listed_by_quarter_and_reviewed_with_a_note(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        text = browser.get("/service-gaps?district=norvale").get_data(as_text=True)
        assert "Shelter" in text
        assert "Quarter 1 of 2026" in text
        assert browser.post("/service-gaps/gap-1/review", {"note": ""}).status_code == 422
        assert "Write what follows from this gap." in browser.text
        answer = browser.post("/service-gaps/gap-1/review", {"note": "Invented follow-up", "district": "norvale"})
        assert answer.status_code == 303
        assert "district=norvale" in answer.location
        assert "Invented follow-up" in browser.get("/service-gaps").get_data(as_text=True)

    @pytest.mark.usefixtures("gap")
    def test_a_supervisor_sees_gaps_and_reviews_none(self, installation: Installation) -> None:
        browser = installation.browser("sol")
        text = browser.get("/service-gaps").get_data(as_text=True)
        assert "Shelter" in text
        assert "/review" not in text
        assert browser.post("/service-gaps/gap-1/review", {"note": "x"}).status_code == 403

    @pytest.mark.parametrize(("query", "listed", "said"), [
        ("", 3, "3 missing, 2 of them not reviewed."),
        ("?quarter=2026-Q1", 2, "Quarter 1 of 2026: 2 missing, 1 of them not reviewed."),
        ("?quarter=2025-Q4", 1, "Quarter 4 of 2025: 1 missing, 1 of them not reviewed."),
        ("?quarter=2026-Q1&district=midmar", 1, "Quarter 1 of 2026: 1 missing, 0 of them not reviewed."),
        ("?district=southport", 0, "0 missing, 0 of them not reviewed."),
        ("?quarter=2031-Q9", 3, "3 missing, 2 of them not reviewed."),
    ])
    def test_gaps_are_counted_by_quarter_and_district_in_the_address(
        self, installation: Installation, query: str, listed: int, said: str
    ) -> None:
        rows = [
            {**GAP, "id": "gap-1", "recorded_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {**GAP, "id": "gap-2", "recorded_at": datetime(2025, 12, 31, 23, 59, tzinfo=UTC)},
            {**GAP, "id": "gap-3", "recorded_at": datetime(2026, 3, 1, tzinfo=UTC), "district": "midmar",
             "status": "reviewed", "reviewed_at": datetime(2026, 3, 2, tzinfo=UTC), "review_note": "Asked"},
        ]
        with installation.system.database.unit(SYSTEM) as unit:
            unit.conn.execute(insert(ServiceGap), rows)
        text = installation.browser("cora").get(f"/service-gaps{query}").get_data(as_text=True)
        assert text.count("nrm-card-head") == listed
        assert said in text

    def test_without_gaps_the_page_says_what_it_is_for(self, installation: Installation) -> None:
        assert "No service gaps yet" in installation.browser("cora").get("/service-gaps").get_data(as_text=True)


def test_case_rows_are_all_there(installation: Installation, stopped: str) -> None:
    """The fixture's case is a real one, so that the pages above look at real rows."""
    with installation.system.database.reader() as unit:
        assert unit.conn.execute(select(Case.code)).scalars().all() == [stopped]


def test_the_rapporteur_sees_numbers_of_quarters_that_are_over(installation: Installation) -> None:
    """goal:S13: no single gap, no running quarter, no number of few."""
    with installation.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.login == "nils", roles=["RAP"])
        unit.conn.execute(insert(ServiceGap), [
            {**GAP, "id": f"gap-{district}-{number}", "district": district,
             "recorded_at": datetime(2025, 11, 3, tzinfo=UTC)}
            for district, count in (("norvale", 3), ("midmar", 30), ("southport", 40)) for number in range(count)
        ])
        unit.conn.execute(insert(ServiceGap), [{**GAP, "recorded_at": unit.now}])
    browser = installation.browser("nils")
    text = browser.get("/service-gaps").get_data(as_text=True)
    assert "Quarter 4 of 2025" in text
    assert "Quarter 1 of 2026" not in text
    assert "Withheld" in text
    assert "73" in text, "the total"
    assert "/review" not in text
    assert "nrm-card-head" not in text
    assert "Numbers are told of quarters that are over." in browser.get("/missed-limits").get_data(as_text=True)
