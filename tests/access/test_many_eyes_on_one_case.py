"""Many people open the same case, by pages and as programs: each sees exactly their columns (domain 2.7, goal:S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, true

from nrm.commands.case_life import change_team
from nrm.commands.referral_rows import NAMED
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.records.grants import REFERRAL
from nrm.records.tables.consent import Consent
from nrm.rules.routing import Seat
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.categories import Category
from tests.access.asking import PREFIX, ask, send
from tests.access.stage import HOMES, Stage, canary
from tests.access.table import table
from tests.support.granting import grant

SURFACES = pytest.mark.parametrize("surface", ["api", "pages"])
LEADING = "identity contact narrative health risk family plan decision process"
COLUMNS = {
    # Everything was recorded by a case manager of Norvale, and the person has agreed to nothing yet.
    "CM": f"{LEADING} stay self_harm offender",  # one of the named few
    "COORD": LEADING,
    "SUP": LEADING,
    "CP": LEADING,
    "GUARD": LEADING,
    "CA": "identity narrative decision offender",
    "SHEL": "identity",
    "MED": "identity health",
    "PSY": "identity health",
    "FR": "identity contact narrative health risk offender process",  # of the same agency
    "MDT": "plan decision process",  # of the same agency
    "HOT": "", "LEG": "", "PROV": "", "POL": "", "PROS": "", "LAB": "", "IOM": "", "IOM-S": "", "IOM-R": "",
    "FAM": "", "CONS": "", "NCU": "", "AUD": "", "RAP": "", "DES": "", "BEN": "", "ADMIN": "", "DPO": "",
}
"""Role -> the categories it sees with a seat in the team."""


@pytest.fixture(autouse=True)
def as_it_was(stage: Stage) -> Iterator[None]:
    """Each test finds the stage as it was set."""
    yield
    stage.reset()


def seen(stage: Stage, surface: str, actor: Actor) -> str:
    """Everything of the case that somebody can open, in one text."""
    texts = [ask(stage, row, actor).body for row in table().of(surface, "case") if not row.writes]
    case = stage.address("/cases/<code>")
    for group in ("identity", "contact", "stay", "self_harm"):
        if surface == "api":
            texts.append(send(stage, "api", "POST", f"{case}/reveal", actor, json={"group": group}).get_data())
        else:
            page = "stay" if group == "stay" else f"reveal/{group}"
            texts.append(send(stage, "pages", "POST", f"{case}/{page}", actor).get_data())
    return b"\n".join(texts).decode(errors="replace")


def columns(stage: Stage, surface: str, actor: Actor) -> set[str]:
    """The categories whose canaries somebody comes to see; the file is one of what happened."""
    text = seen(stage, surface, actor)
    found = {str(category) for category in Category if canary(category) in text}
    assert "narrative" in found or "canary-file" not in text
    return found


@SURFACES
@pytest.mark.parametrize("role", sorted(HOMES))
def test_each_role_sees_exactly_its_columns(stage: Stage, surface: str, role: str) -> None:
    assert columns(stage, surface, stage.inside[role]) == set(COLUMNS[role].split())


@SURFACES
def test_the_police_see_what_the_person_agreed_to_while_it_lasts(stage: Stage, surface: str) -> None:
    police, manager, system = stage.inside["POL"], stage.inside["CM"], stage.drive.system
    record_consent(
        system, manager, case_id=stage.ids["case"], purpose="police", answer="given", recipients=["police"],
        categories=["identity", "narrative", "contact", "health"],
    )
    # Where to reach the person is for danger only, and health is not theirs whatever was agreed.
    assert columns(stage, surface, police) == {"identity", "narrative"}
    withdraw_consent(system, manager, consent_id=newest_consent(stage))
    assert columns(stage, surface, police) == set()


@SURFACES
def test_lists_and_counts_hold_nothing_foreign(stage: Stage, surface: str) -> None:
    lists = {
        "api": ("/tasks?queue=all", "/tasks?queue=team", "/tasks/counts", "/cases", "/cases?q={code}", "/incidents",
                "/deadlines?state=all", "/deadlines/counts", "/deadlines/requests", "/notices", "/audit/cases"),
        "pages": ("/tasks?queue=team", "/tasks?queue=claimable", "/cases", "/incidents", "/deadlines?state=all",
                  "/notices", "/audit?find=1"),
    }
    told = []
    for role in sorted(set(HOMES) - table().oversight):
        for address in lists[surface]:
            got = send(stage, surface, "GET", address.format(**stage.ids), stage.foreign[role])
            text = got.get_data(as_text=True)
            if got.status_code not in (200, 403) or any(one in text for one in found_by(stage)):
                told.append((role, address, got.status_code))
    assert told == []


def found_by(stage: Stage) -> tuple[str, ...]:
    """Words by which a case could be recognised."""
    return stage.ids["code"], stage.ids["case"], stage.ids["task_id"], "canary"


# -- leaving: the next request finds no case --------------------------------------------------------------------


def the_seat_is_filled_anew(stage: Stage) -> Actor:
    """Another shelter takes over."""
    seat = Seat("SHEL", "child_protection")
    change_team(stage.drive.system, stage.inside["CM"], case_id=stage.ids["case"], members=[(seat, False)])
    return stage.inside["SHEL"]


def the_referral_is_taken_back(stage: Stage) -> Actor:
    """What was agreed with the provider ends."""
    with stage.drive.system.database.unit(SYSTEM) as unit:
        REFERRAL.change(unit, true(), status="revoked")
    return stage.foreign["PROV"]


def the_consent_is_taken_back(stage: Stage) -> Actor:
    """What the referral rested on ends, and the referral with it."""
    withdraw_consent(stage.drive.system, stage.inside["CM"], consent_id=newest_consent(stage))
    return stage.foreign["PROV"]


@SURFACES
@pytest.mark.parametrize("leaving", [
    the_seat_is_filled_anew, the_referral_is_taken_back, the_consent_is_taken_back,
])
def test_who_has_left_finds_no_case_on_the_next_request(
    stage: Stage, surface: str, leaving: Callable[[Stage], Actor]
) -> None:
    refer(stage, "accepted")
    at_work = (stage.inside["SHEL"], stage.foreign["PROV"])
    assert [case_page(stage, surface, one) for one in at_work] == [200, 200]
    gone = leaving(stage)
    assert [case_page(stage, surface, one) for one in at_work] == [404 if one is gone else 200 for one in at_work]
    assert columns(stage, surface, gone) == set()


@SURFACES
def test_a_provider_sees_what_its_referral_names_and_never_the_file(stage: Stage, surface: str) -> None:
    refer(stage, "accepted")
    # The plan is named too, but the lines of it that are not the provider's stay closed.
    assert columns(stage, surface, stage.foreign["PROV"]) == {"identity", "contact"}
    assert "canary-file" not in seen(stage, surface, stage.foreign["PROV"])


@SURFACES
def test_a_provider_that_is_asked_sees_the_task_and_no_case(stage: Stage, surface: str) -> None:
    refer(stage, "sent")
    provider = stage.foreign["PROV"]
    stage.hand_over(provider)
    task = send(stage, surface, "GET", stage.address("/tasks/<task_id>"), provider)
    assert task.status_code == 200
    assert "canary" not in task.get_data(as_text=True)
    assert case_page(stage, surface, provider) == 404


def test_the_family_worker_cannot_learn_the_district_of_stay_by_filtering(stage: Stage) -> None:
    worker = stage.foreign["FAM"]
    stage.hand_over(worker)
    found = send(stage, "api", "GET", "/tasks?queue=mine", worker).get_json()
    assert [line["id"] for line in found["items"]] == [stage.ids["task_id"]]
    assert "district" not in found["items"][0]
    for district in ("norvale", "midmar"):
        filtered = send(stage, "api", "GET", f"/tasks?queue=mine&district={district}", worker).get_json()
        assert filtered["items"] == []


def test_a_misspelt_address_looks_like_a_missing_case(stage: Stage) -> None:
    manager = stage.inside["CM"]
    addresses = ("/nowhere", stage.address("/cases/<code>", missing=True), "/tasks/x", "/a/b/c")
    for surface in PREFIX:
        assert len({send(stage, surface, "GET", one, manager).get_data() for one in addresses}) == 1


def case_page(stage: Stage, surface: str, actor: Actor) -> int:
    """The status with which the case's page answers."""
    return send(stage, surface, "GET", stage.address("/cases/<code>"), actor).status_code


def newest_consent(stage: Stage) -> str:
    """The consent that was recorded last."""
    query = select(Consent.id, Consent.purpose).where(
        Consent.case_id == stage.ids["case"], Consent.purpose != "interview", Consent.status == "given"
    )
    return str(stage.drive.one(query).id)


def refer(stage: Stage, status: str) -> None:
    """Refer the person to the health centre for a service, with their consent."""
    record_consent(
        stage.drive.system, stage.inside["CM"], case_id=stage.ids["case"], purpose="referral", answer="given",
        recipients=["health_centre"], categories=["identity", "contact", "plan"],
    )
    consent = newest_consent(stage)
    with stage.drive.system.database.unit(SYSTEM) as unit:
        grant(unit, REFERRAL, [{
            "id": "referral-1", "case_id": stage.ids["case"], "from_agency": "sa_norvale",
            "to_agency": "health_centre", "service": "medical", "urgency": "7d", "status": status,
            "shared_categories": ["identity", "contact", "plan"], "fields": list(NAMED), "consent_id": consent,
            "sent_at": unit.now,
            "by_id": "x",
        }])
