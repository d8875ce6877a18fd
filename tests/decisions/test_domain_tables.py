"""The domain's tables as a set: complete, sound, humane, and agreeing with the code that does the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from nrm.decisions.dmn import check_table, read_decisions
from nrm.decisions.dmn.main import MainDecision
from nrm.deployment import paths
from nrm.deployment.configuration import load_configuration
from nrm.diagrams.dictionary import read_dictionary
from nrm.diagrams.process import read_process
from nrm.rules.access import may_act
from nrm.rules.consent import Consent, ConsentStatus, GivenBy, covers
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.facts import Dictionary

BPMN = paths.shipped("bpmn")
FILES = {path.stem: path for path in sorted(BPMN.glob("*/tables/*.dmn"))}
DECISIONS = [f"D-{number:02}" for number in range(1, 26)]
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)

POLICE = {"has_cooperated", "intends_to_cooperate", "exploiter_aware", "consent_police", "wishes_to_be_named",
          "interest", "interest_conflict", "testimony_pending"}
"""Facts on talking to police or prosecution, or on what they would wish."""
AGREED = {"own_consent", "representative_consent", "child_assents", "interview_declined", "mechanism_declined"}
"""Facts on what the person said yes or no to."""
FIREWALL = ["D-04_triage", "D-08_response", "D-09_place", "D-10_recovery", "D-10_end_early", "D-11_formal_status",
            "D-11_onward_route", "D-15_quorum", "D-16_visit_interval", "D-16_visit_duties", "D-17_closure_ready",
            "D-23_prevention", "D-24_approver", "D-24_conditions"]


@cache
def table(name: str) -> MainDecision:
    return read_decisions(FILES[name].read_bytes())


@cache
def dictionary() -> Dictionary:
    return read_dictionary((BPMN / "dictionary.yaml").read_bytes())


def decided(name: str, facts: Mapping[str, object]) -> dict[str, object]:
    came = table(name).evaluate(facts)
    assert came.outputs is not None, came.problem
    return dict(came.outputs)


def values_of(fact: str) -> tuple[object, ...]:
    kind = dictionary()[fact]
    return (True, False) if kind.type == "boolean" else kind.values


def any_facts(name: str) -> st.SearchStrategy[dict[str, object]]:
    """Facts that a table reads, each of its values or never recorded."""
    numbers = st.integers(-1, 25)
    return st.fixed_dictionaries({
        fact: st.none() | (st.sampled_from(values_of(fact)) if values_of(fact) else numbers)
        for fact in sorted(table(name).names)
    })


@pytest.mark.parametrize("decision", DECISIONS)
def test_every_decision_of_the_domain_has_its_table(decision: str) -> None:
    assert [name for name in FILES if name.startswith(decision)]


def test_every_table_is_published_with_a_process() -> None:
    processes = [read_process(path.read_bytes()) for path in BPMN.glob("*/*.bpmn")]
    assert frozenset().union(*(process.tables for process in processes)) == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_table_has_no_findings_and_tests_of_its_own(name: str) -> None:
    assert [problem.sentence for problem in check_table(FILES[name].read_bytes(), dictionary())] == []
    assert FILES[name].with_suffix(".tests.yaml").is_file()


@pytest.mark.parametrize("name", FILES)
def test_rules_have_readable_ids_and_name_their_source(name: str) -> None:
    decision = name.partition("_")[0]
    assert re.search(rf"\({decision}\b.*\)$", table(name).doc), table(name).doc
    for rule in table(name).rules:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", rule.id)
        assert not re.fullmatch(r"rule_\d+", rule.id)
        assert re.search(r"\([A-Z]+-?\d[^()]*\)$", rule.note), rule.note


@pytest.mark.parametrize("name", FILES)
def test_a_table_is_drawn(name: str) -> None:
    root = etree.parse(FILES[name]).getroot()
    drawn = {shape.get("dmnElementRef") for shape in root.iter("{*}DMNShape")}
    assert {one.get("id") for one in root.iter("{*}decision")} <= drawn


@pytest.mark.parametrize("name", FIREWALL)
def test_help_never_reads_whether_somebody_talks_to_the_police(name: str) -> None:
    assert not table(name).names & POLICE


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(("D-01", "D-02", "D-03"))])
def test_what_it_is_never_reads_what_the_person_agreed_to(name: str) -> None:
    agreed = AGREED | {fact for fact in dictionary() if fact.startswith("consent")}
    assert not table(name).names & agreed


LEVELS = ("low", "medium", "high")


@given(base=any_facts("D-07_base"), level=any_facts("D-07_risk_level"), fact=st.sampled_from(sorted(POLICE)))
def test_talking_to_the_police_only_raises_protection(
    base: dict[str, object], level: dict[str, object], fact: str
) -> None:
    def risk(answer: str) -> int:
        found = decided("D-07_base", {**base, fact: answer})
        known = {k: v for k, v in level.items() if v is not None} | {"override_asked": "none", "risk_override": "none"}
        outcome = decided("D-07_risk_level", {**known, **found, fact: answer})
        return LEVELS.index(str(outcome["risk_level"])) + bool(found["risk_immediate"])

    assert risk("yes") >= risk("no") == risk("unknown") >= LEVELS.index("medium")


@given(any_facts("D-11_onward_route"))
def test_there_is_always_an_onward_route(facts: dict[str, object]) -> None:
    assert decided("D-11_onward_route", facts)["onward_route"]


ALL_HOLDS = {
    **dict.fromkeys(("return_voluntary", "nationality_verified", "proceedings_considered", "rights_preserved",
                     "return_not_discriminatory", "best_interest_for_return", "carer_assessed", "fit_to_travel",
                     "alternatives_discussed", "receiving_confirmed", "reception_confirmed"), "yes"),
    "risk_level": "medium", "risk_immediate": False, "mitigation_accepted": "not_asked", "asylum_claim": "none",
    "is_child": "yes", "guardian_in_place": True,
}


@example(dict.fromkeys(ALL_HOLDS), {"is_child"})
@example(dict.fromkeys(ALL_HOLDS), {"risk_immediate"})
@given(any_facts("D-12_missing"), st.sets(st.sampled_from(sorted(ALL_HOLDS)), max_size=3))
def test_a_journey_may_be_booked_exactly_when_nothing_is_missing(facts: dict[str, object], changed: set[str]) -> None:
    facts = {**ALL_HOLDS, **{fact: facts[fact] for fact in changed}}
    missing = decided("D-12_missing", facts)["missing_for_return"]
    came = table("D-12_return_gate").evaluate(facts)
    assert (came.outputs == {"return_gate": "may_book"}) == (missing == [])


def test_the_strength_of_a_dimension_is_that_of_the_text() -> None:
    for strong, medium, weak in product(range(4), repeat=3):
        text = strong >= 2 or (strong == 1 and medium + weak >= 1) or medium >= 3 or (medium == 2 and weak >= 1)
        facts = {"strong_indicators": strong, "medium_indicators": medium, "weak_indicators": weak}
        assert decided("D-03_dimension", facts) == {"dimension_positive": text}, facts


# --- Tables and the code that does the same -----------------------------------------------------------

ANSWERS = ("not_asked", "given", "refused", "withdrawn", "expired")


def said(answer: str, by: GivenBy) -> Iterator[Consent]:
    if answer != "not_asked":
        ended = NOW - timedelta(hours=1) if answer in ("withdrawn", "expired") else None
        yield Consent("referral", "lantern", frozenset({Category.HEALTH}), ConsentStatus(answer), by,
                      NOW - timedelta(days=1), until_at=ended, withdrawn_at=ended)


@pytest.mark.parametrize("subject", ["adult", "child", "age_in_doubt"])
def test_the_consent_gate_agrees_with_the_register(subject: str) -> None:
    child = subject != "adult"
    for own, guardian, assent, override in product(ANSWERS, ANSWERS, ("given", "refused", "not_asked"), (True, False)):
        # The register does not know who lacks capacity: for an adult only their own word is compared.
        rows = [*said(own, GivenBy.PERSON)]
        if child:
            rows = [*said(guardian, GivenBy.GUARDIAN), *said(assent, GivenBy.ASSENT)]
        if override:
            rows += [Consent("referral", "lantern", frozenset({Category.HEALTH}), ConsentStatus.OVERRIDE,
                             GivenBy.OVERRIDE, NOW - timedelta(days=1))]
        gate = decided("D-05_consent_gate", {
            "consent_subject": subject, "consent_purpose": "referral", "own_consent": own,
            "representative_consent": guardian, "child_assents": {"given": "yes", "refused": "no"}.get(assent, assent),
            "legal_override": "confirmed" if override else "none", "guardian_conflict": False,
            "best_interest_noted": False, "consent_written": False,
        })["consent_gate"]
        covered = covers(rows, "lantern", "referral", [Category.HEALTH], NOW, child=child)
        assert (gate in ("may_run", "may_run_by_law")) == covered.allowed, (own, guardian, assent, override)


READERS = {
    "FR": "first_responder", "HOT": "hotline_operator", "CM": "case_manager", "COORD": "team_coordinator",
    "SUP": "supervisor", "MDT": "team_member", "SHEL": "accommodation", "MED": "health_staff", "PSY": "psychologist",
    "LEG": "lawyer", "PROV": "service_provider", "POL": "police", "PROS": "prosecutor",
    "LAB": "labour_inspectorate", "CP": "child_protection", "GUARD": "guardian", "CA": "competent_authority",
    "FAM": "family_social_worker", "NCU": "national_unit", "IOM": "migration_mission", "IOM-S": "sending_mission",
    "IOM-R": "receiving_mission", "CONS": "consulate", "RAP": "rapporteur", "AUD": "auditor",
    "DES": "process_designer", "BEN": "the_person", "ADMIN": "administrator", "SYSTEM": "system",
}


def test_who_sees_what_is_what_the_settings_say() -> None:
    policy = load_configuration(paths.shipped("config")).policy
    words = {"yes": "all", "no": "nothing"}
    assert set(READERS) == set(policy.roles) - {"DPO"}, "the domain's table knows no data-protection officer"
    assert set(map(str, policy.visibility["DPO"].values())) == {"no"}
    for role, reader in READERS.items():
        settings = {str(category): str(setting) for category, setting in policy.visibility[role].items()}
        settings["history"] = str(policy.history[role])
        for category in values_of("data_category"):
            came = decided("D-20_visibility", {"data_category": category, "reader_role": reader})
            set_to = settings[str(category)]
            assert came == {"visibility_setting": words.get(set_to, set_to)}, (role, category)


STANDS_IN_THE_WAY = {
    "formal_decision": ("was_case_manager", "was_second_reader"),
    "second_reading": ("was_case_manager", "was_first_decider"),
    "review": ("was_first_decider",), "diagram_approval": ("was_author",),
    "override_approval": ("was_requester",), "budget_approval": ("was_requester",),
    "closure_approval": ("was_case_manager",),
}


@pytest.mark.parametrize("act", STANDS_IN_THE_WAY)
def test_separation_of_duties_agrees_with_the_code(act: str) -> None:
    parts = sorted({part for several in STANDS_IN_THE_WAY.values() for part in several})
    actor = Actor("ana", "sa_norvale", frozenset({"CM"}))
    for had in product((True, False), repeat=len(parts)):
        done = dict(zip(parts, had, strict=True))
        by_code = may_act(actor, {part: "ana" if own else "ben" for part, own in done.items()}, STANDS_IN_THE_WAY[act])
        assert decided("D-22_separation", {"act_kind": act, **done}) == {"may_act": by_code.allowed}


def test_the_published_table_of_nationalities_would_have_been_held_back() -> None:
    totals = {"Indonesia": 6748, "Myanmar": 1333, "Cambodia": 304, "Thailand": 78, "Colombia": 20, "Lao": 13,
              "Uzbek": 10, "Ukrainian": 5, "Kazakh": 2, "Ethiopian": 1, "Moldova": 1}
    hidden = [name for name, count in totals.items() if decided("D-25_cell", {
        "release_to": "public", "cell_count": count, "sensitive_group": False, "crossed_with_place": False,
        "zero_reveals_nothing": False})["cell_shown"] != "exact"]
    assert hidden == ["Uzbek", "Ukrainian", "Kazakh", "Ethiopian", "Moldova"]


def test_the_page_on_decisions_lists_every_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert [name for name in FILES if name not in page] == []


def test_every_test_file_belongs_to_a_table_and_names_its_source() -> None:
    for path in BPMN.glob("*/tables/*.tests.yaml"):
        assert path.name.removesuffix(".tests.yaml") in FILES
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["source"]
