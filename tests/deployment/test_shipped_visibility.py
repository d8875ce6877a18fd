"""The same case seen by each role with the shipped configuration (table:D-20, domain 2.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.paths import shipped
from nrm.rules.access import decide
from nrm.rules.consent import Consent, ConsentStatus, GivenBy
from nrm.rules.relations import CaseResource, ReferralLink, TaskResource, TeamSeat
from nrm.rules.visibility import Extent, Written, may_read, readable_categories, readable_history
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
ALL = frozenset(Category)


@pytest.fixture(scope="module")
def config() -> Configuration:
    return load_configuration(shipped("config", {}))


def agree(purpose: str, to: str, *categories: Category, status: str = "given", by: str = "person") -> Consent:
    """A consent of yesterday."""
    return Consent(
        purpose, to, frozenset(categories), ConsentStatus(status), GivenBy(by), NOW - timedelta(days=1)
    )


CASE = CaseResource(
    agency_id="sa_norvale",
    team=(
        TeamSeat("CM", "sa_norvale", "cm", named=True),
        TeamSeat("FR", "lantern", "fr"),
        TeamSeat("SHEL", "harbour_house", "shelter", named=True),
        TeamSeat("SHEL", "harbour_house"),
        TeamSeat("MED", "health_centre"),
        TeamSeat("POL", "police", "officer"),
        TeamSeat("PROS", "prosecution"),
        TeamSeat("LAB", "labour_inspectorate"),
        TeamSeat("IOM", "mission"),
        TeamSeat("CA", "national_unit"),
    ),
    referrals=(
        ReferralLink(
            "lantern", "accepted", frozenset({Category.IDENTITY, Category.HEALTH, Category.NARRATIVE})
        ),
        ReferralLink("mission", "revoked", frozenset({Category.IDENTITY})),
    ),
    tasks=(TaskResource("FAM", "sa_southport"),),
)
CONSENTS = (
    agree("police", "police", Category.IDENTITY, Category.NARRATIVE),
    agree("referral", "lantern", Category.IDENTITY, Category.HEALTH, Category.NARRATIVE),
)

# role, user, agency, agency kind -> what is read; * all, s summary, r as referred, o own records
SEEN = {
    ("CM", "cm", "sa_norvale", "social_assistance"):
        "identity* contact* stay* narrative* healths self_harm* risk* family* plan* decision* offender* "
        "process*",
    ("COORD", "coord", "sa_norvale", "social_assistance"):
        "identity* contact* narrative* healths risk* family* plan* decision* process*",
    ("SUP", "sup", "sa_norvale", "social_assistance"):
        "identity* contact* narrative* healths risk* family* plan* decision* process*",
    ("FR", "fr", "lantern", "ngo"): "identityo contacto narrativeo healtho risko offendero processo",
    ("SHEL", "shelter", "harbour_house", "accommodation"):
        "identity* contacto stay* narrativeo healtho self_harm* plano decisiono processo",
    ("SHEL", "night", "harbour_house", "accommodation"):
        "identity* contacto narrativeo healtho plano decisiono processo",
    ("MED", "doctor", "health_centre", "health"): "identity* contacto health* plano decisiono processo",
    ("PROV", "tutor", "lantern", "ngo"): "identityr healthr plano processo",
    ("POL", "officer", "police", "police"): "identity* narrative* decisiono processo",
    ("POL", "other", "police", "police"): "",
    ("PROS", "pros", "prosecution", "prosecution"): "decisiono processo",
    ("LAB", "lab", "labour_inspectorate", "labour"): "plano processo",
    ("IOM", "iom", "mission", "mission"): "healtho plano decisiono processo",
    ("CA", "ca", "national_unit", "ministry"): "identity* narrative* decision* offender* processo",
    ("FAM", "fam", "sa_southport", "social_assistance"): "familyo",
    ("NCU", "ncu", "national_unit", "ministry"): "",
    ("AUD", "aud", "national_unit", "ministry"): "",
    ("RAP", "rap", "national_unit", "ministry"): "",
    ("DES", "des", "national_unit", "ministry"): "",
    ("ADMIN", "admin", "national_unit", "ministry"): "",
    ("COORD", "coord2", "sa_midmar", "social_assistance"): "",
}  # fmt: skip
SIGN = {Extent.ALL: "*", Extent.SUMMARY: "s", Extent.REFERRED: "r", Extent.OWN: "o"}


@pytest.mark.parametrize("reader", SEEN, ids=lambda r: f"{r[0]}-{r[1]}")
def test_each_role_sees_exactly_its_columns(config: Configuration, reader: tuple[str, str, str, str]) -> None:
    role, user, agency, kind = reader
    actor = Actor(user, agency, frozenset({role}))
    seen = readable_categories(actor, CASE, config.policy, CONSENTS, NOW, agency_kind=kind)
    assert set(seen) == ALL
    shown = " ".join(f"{category}{SIGN[d.extent]}" for category, d in seen.items() if d.allowed)
    assert shown == SEEN[reader]


def test_the_rule_of_each_decision_is_told(config: Configuration) -> None:
    officer = Actor("officer", "police", frozenset({"POL"}))
    with_consent = readable_categories(officer, CASE, config.policy, CONSENTS, NOW)
    assert with_consent[Category.IDENTITY].rule == "visibility:POL.identity=consent;consent:police=given"
    without = readable_categories(officer, CASE, config.policy, (), NOW)
    assert without[Category.IDENTITY].rule == "visibility:POL.identity=consent"
    assert not any(d.extent is Extent.ALL for d in without.values())


def test_contact_for_the_police_only_in_danger(config: Configuration) -> None:
    officer = Actor("officer", "police", frozenset({"POL"}))
    yes = agree("police", "police", Category.CONTACT)
    danger = agree("police", "police", Category.CONTACT, status="override", by="override")
    assert not readable_categories(officer, CASE, config.policy, [yes], NOW)[Category.CONTACT].allowed
    assert readable_categories(officer, CASE, config.policy, [danger], NOW)[Category.CONTACT].allowed


def test_a_provider_loses_access_with_the_consent(config: Configuration) -> None:
    tutor = Actor("tutor", "lantern", frozenset({"PROV"}))
    seen = readable_categories(tutor, CASE, config.policy, (), NOW)
    assert not seen[Category.IDENTITY].allowed
    assert not seen[Category.NARRATIVE].allowed
    revoked = CaseResource("sa_norvale", referrals=(ReferralLink("lantern", "revoked", ALL),))
    assert not any(
        d.allowed for d in readable_categories(tutor, revoked, config.policy, CONSENTS, NOW).values()
    )
    assert not decide(tutor, "case.read", revoked, config.policy).allowed


def test_no_consent_shows_the_place_of_stay_to_anybody_not_named(config: Configuration) -> None:
    everything = [
        agree(p, "*", *Category)
        for p in ("police", "referral", "case_management", "justice", "labour", "foreign_partner")
    ]
    for role in config.roles:
        actor = Actor("x", "police", frozenset({role}))
        seated = CaseResource("police", team=(TeamSeat(role, "police"),))
        seen = readable_categories(actor, seated, config.policy, everything, NOW, agency_kind="police")
        assert not seen[Category.STAY].allowed, role
        assert not seen[Category.SELF_HARM].allowed, role


@pytest.mark.parametrize(
    ("extent_of", "written", "readable"),
    [
        ("CM", Written("health_centre", "MED"), False),
        ("CM", Written("lantern", "FR"), True),
        ("CM", Written("sa_norvale", "PSY"), True),
        ("SHEL", Written("harbour_house", "SHEL"), True),
        ("SHEL", Written("lantern", "FR"), False),
    ],
)
def test_health_records_one_by_one(
    config: Configuration, extent_of: str, written: Written, readable: bool
) -> None:
    user, agency = {"CM": ("cm", "sa_norvale"), "SHEL": ("shelter", "harbour_house")}[extent_of]
    actor = Actor(user, agency, frozenset({extent_of}))
    decision = readable_categories(actor, CASE, config.policy, (), NOW)[Category.HEALTH]
    assert may_read(decision, actor, written, config.policy) is readable


@pytest.mark.parametrize(
    ("role", "user", "agency", "extent"),
    [
        ("CM", "cm", "sa_norvale", Extent.ALL),
        ("AUD", "aud", "national_unit", Extent.ALL),
        ("NCU", "ncu", "national_unit", Extent.ALL),
        ("SHEL", "shelter", "harbour_house", Extent.OWN),
        ("PROV", "tutor", "lantern", Extent.OWN),
        ("FAM", "fam", "sa_southport", Extent.NONE),
        ("POL", "other", "police", Extent.NONE),
        ("ADMIN", "admin", "national_unit", Extent.NONE),
    ],
)
def test_who_reads_the_history(
    config: Configuration, role: str, user: str, agency: str, extent: Extent
) -> None:
    actor = Actor(user, agency, frozenset({role}))
    assert readable_history(actor, CASE, config.policy).extent is extent


@pytest.mark.parametrize(
    "permission", ["case.read", "case.history", "case.process", "task.read", "case.note"]
)
def test_the_police_sign_in_of_a_case_without_police_finds_nothing(
    config: Configuration, permission: str
) -> None:
    officer = Actor("officer", "police", frozenset({"POL", "FR"}))
    assert not decide(officer, permission, CaseResource("sa_norvale"), config.policy).allowed


def test_the_familys_worker_has_the_task_and_never_the_case(config: Configuration) -> None:
    worker = Actor("fam", "sa_southport", frozenset({"FAM"}))
    task = TaskResource("FAM", "sa_southport")
    case = CaseResource("sa_norvale", tasks=(task,), task=task)
    assert decide(worker, "task.claim", case, config.policy).allowed
    for permission in ("case.read", "case.history", "case.process", "case.note", "stay.read"):
        assert not decide(worker, permission, case, config.policy).allowed
