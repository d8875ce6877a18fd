"""The shipped configuration: complete, consistent, and free of telling words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from nrm.deployment.configuration import Configuration, load_configuration
from nrm.deployment.ladders import ladders_from_yaml
from nrm.deployment.limits import limits_from_yaml
from nrm.deployment.paths import shipped
from nrm.rules.limits import Unit, reckon
from nrm.rules.routing import route
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.vocabulary.permissions import Permission

LIMITS = [
    "T01",
    "T02",
    "T03",
    "T03_urgent",
    "T04",
    "T08",
    "T09",
    "T15",
    "T16",
    "T18",
    "T18_safety",
    "T19",
    "T20_high",
    "T20_medium",
    "T20_low",
    "T21",
    "T29",
    "T_team",
    "T_consent",
    "T_confirm",
    "T_family",
    "T_plan_agree",
    "T_plan_approve",
    "T_line",
    "T_answer",
    "T_explain",
    "T_onward",
    "T_open_door",
    "T_closure",
    "T_hold",
    "T_child_note",
    "T_default",
    "T_gap_review",
]


@pytest.fixture(scope="module")
def config() -> Configuration:
    return load_configuration(shipped("config", {}))


def test_every_limit_that_diagrams_may_name_is_there_with_its_source(config: Configuration) -> None:
    assert set(LIMITS) <= set(config.limits)
    assert all(limit.source and limit.title for limit in config.limits.values())


@pytest.mark.parametrize("key", ["T01", "T02", "T03_urgent", "T18_safety", "T29", "T_hold"])
def test_safety_limits_are_safety_limits(config: Configuration, key: str) -> None:
    limit = config.limits[key]
    assert limit.safety
    assert limit.unit is Unit.HOURS
    assert config.ladders[limit.ladder].safety


def test_the_ladders_are_those_of_domain_2_6(config: Configuration) -> None:
    def told(ladder: str) -> list[tuple[str, str, int, str, str]]:
        return [(r.level, str(r.when), r.length, " ".join(r.tell), str(r.effect)) for r in config.ladders[ladder].rungs]

    assert told("standard") == [
        ("L0", "half", 0, "assignee", "remind"),
        ("L1", "breach", 0, "assignee supervisor", "reason"),
        ("L2", "after", 24, "role:COORD", "escalate"),
        ("L3", "after", 72, "duty:NCU", "escalate"),
        ("L4", "after", 5, "role:NCU auditors", "remind"),
    ]
    assert told("safety")[2:4] == [
        ("L2", "breach", 0, "duty:COORD", "escalate"), ("L3", "after", 2, "duty:NCU", "escalate"),
    ]
    for ladder in ("standard", "safety", "calm", "upward"):
        assert config.ladders[ladder].counted, "level L5"
        assert told(ladder)[-1][0] == "L4"
    assert (config.ladders["quiet"].rungs, config.ladders["quiet"].counted) == ((), False)


def test_twelve_agencies_or_more_in_three_districts(config: Configuration) -> None:
    assert len(config.districts) == 3
    assert len(config.agencies) >= 12
    for district in config.districts:
        serving = {role for a in config.agencies if district in a.districts for role in a.serves}
        lanes = {code for code, role in config.roles.items() if role.lanes}
        assert lanes - serving <= {"CONS"}, district
        assert any(a.manages_cases and district in a.districts for a in config.agencies)


def test_every_permission_is_somebodys(config: Configuration) -> None:
    granted = {p for role in config.roles.values() for p in role.permissions}
    assert granted == set(Permission)


def test_auditors_and_administrators_cannot_change_a_case(config: Configuration) -> None:
    looking = {"case.process", "case.history"}
    for role in ("AUD", "DPO", "ADMIN"):
        case_permissions = {p for p in config.roles[role].permissions if p.startswith(("case.", "cases."))}
        assert case_permissions <= looking, role
    assert not any(p.startswith(("case.", "cases.", "task.")) for p in config.roles["ADMIN"].permissions)


def test_two_coordinators_are_needed_to_publish(config: Configuration) -> None:
    assert {"processes.edit", "processes.review"} <= config.roles["COORD"].permissions
    assert "processes.review" not in config.roles["DES"].permissions


@pytest.mark.parametrize(
    ("role", "facts", "agency"),
    [
        ("CP", {"is_child": "yes"}, "child_protection"),
        ("CP", {"is_child": "in_doubt"}, "child_protection"),
        ("SHEL", {"is_child": "no"}, "harbour_house"),
        ("SHEL", {"is_child": "in_doubt"}, "child_protection"),
        ("FAM", {"family_district": "southport"}, "sa_southport"),
        ("FAM", {}, None),
        ("GUARD", {"is_child": "yes"}, "guardians"),
        ("CM", {}, "sa_norvale"),
        ("CA", {}, "national_unit"),
    ],
)
def test_routing_in_norvale(
    config: Configuration, role: str, facts: dict[str, object], agency: str | None
) -> None:
    routed = route(role, [], "norvale", [a.serving for a in config.agencies], facts, config.routing)
    assert (routed and routed.agency_id) == agency


def test_calendars_and_their_overlays(config: Configuration) -> None:
    velmara, norvale, open_always = (config.calendars[k] for k in ("velmara", "norvale", "always_open"))
    assert norvale.holidays[date(2026, 3, 9)] == "Lantern Day"
    assert not norvale.is_working(date(2026, 5, 22))
    assert velmara.is_working(date(2026, 5, 22))
    assert velmara.is_working(date(2026, 6, 27)), "a Saturday that makes up for a bridge day"
    assert open_always.is_working(date(2026, 1, 1))
    assert config.calendar_of("sa_norvale") is norvale


def test_a_country_of_the_holidays_library(config: Configuration) -> None:
    """The traps of domain 6.2: both Christmases, the Day of Rejoicing, a district's patron day."""
    moldova = config.calendars["md"]
    for day in (date(2026, 1, 7), date(2026, 4, 20), date(2026, 12, 25), date(2026, 10, 14)):
        assert not moldova.is_working(day), day
    assert "Rejoicing" in moldova.holidays[date(2026, 4, 20)]


def test_a_limit_of_the_file_on_a_calendar_of_the_file(config: Configuration) -> None:
    due = reckon(config.limits["T09"], datetime(2026, 3, 6, 14, 10, tzinfo=UTC), config.calendars["norvale"])
    assert due.steps[-1] == "Due on Monday 16 March 2026, 17:00."


def test_bundles_carry_limits_and_ladders_and_read_them_back(config: Configuration) -> None:
    """What goes into a bundle as YAML is what was read from ``config/``."""
    limits = yaml.safe_dump({k: config.limit_documents[k] for k in LIMITS}, allow_unicode=True).encode()
    ladders = yaml.safe_dump(dict(config.ladder_documents)).encode()
    assert limits_from_yaml(limits) == {k: config.limits[k] for k in LIMITS}
    assert ladders_from_yaml(ladders) == config.ladders
    assert limits_from_yaml(b"{}\n") == {}


# --- words ---


def test_the_words_of_the_product_tell_nothing(config: Configuration) -> None:
    assert config.product.name == "Caseway"
    assert config.product.languages == ("en", "ro", "ar")


def test_nothing_shown_uses_a_banned_word(config: Configuration) -> None:
    shown: dict[str, list[str]] = {
        "en": [r.title for r in config.roles.values()] + [t.title for t in config.limits.values()],
    }
    for language, translations in config.wording.translations.items():
        shown[language] = list(translations.values())
        shown["en"] += list(translations)
    for guides in config.wording.guidance.values():
        for language, guide in guides.items():
            shown.setdefault(language, []).extend([guide.title, guide.intro, *guide.columns])
            shown[language].extend(text for row in guide.rows for cell in row for text in cell)
    found = [(language, text) for language, texts in shown.items() for text in texts
             if config.wording.banned_in(text, language)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("language", "text", "banned"),
    [
        ("en", "The victim was interviewed", True),
        ("en", "Two beneficiaries", True),
        ("en", "Help the person", False),
        ("en", "Invictus", False),
        ("ro", "Victimei i s-a spus", True),
        ("ro", "Persoana a fost întrebată", False),
        ("ar", "الضحية", True),
        ("ar", "الشخص", False),
    ],
)
def test_banned_words_are_found_with_their_endings(
    config: Configuration, language: str, text: str, banned: bool
) -> None:
    assert bool(config.wording.banned_in(text, language)) is banned


def test_guidance_has_the_eight_reactions_in_three_languages(config: Configuration) -> None:
    for language in config.product.languages:
        guide = config.wording.guide("reactions", language)
        assert guide is not None
        assert len(guide.rows) == 8
    assert config.wording.guide("reactions", "xx") is config.wording.guide("reactions", "en")
    assert config.wording.guide("nothing", "en") is None


def test_every_role_and_explaining_step_is_translated(config: Configuration) -> None:
    for language in ("ro", "ar"):
        known = config.wording.translations[language]
        assert len(known) >= 150
        titles = [r.title for r in config.roles.values() if r.lanes]
        titles += [limit.title for limit in config.limits.values()]
        titles += [ladder.title for ladder in config.ladders.values()]
        titles += [rule.sentence for rule in config.routing]
        assert set(titles) <= set(known)
    assert config.wording.translate("My tasks", "ro") == "Sarcinile mele"
    assert config.wording.translate("Not translated", "ro") == "Not translated"


def test_stored_sentences_are_retold_with_their_dates(config: Configuration) -> None:
    due = reckon(config.limits["T09"], datetime(2026, 3, 6, 14, 10, tzinfo=UTC), config.calendars["norvale"])
    assert [config.wording.retell(step, "ro") for step in due.steps] == [
        "Început la vineri 6 martie 2026, 16:10.",
        "Ziua însăși nu se socotește.",
        "Sfârșitul de săptămână 7-8 martie nu se socotește.",
        "luni 9 martie 2026 (Ziua Felinarelor) nu se socotește.",
        "Sfârșitul de săptămână 14-15 martie nu se socotește.",
        "Ziua lucrătoare 5 este luni 16 martie 2026.",
        "Termen: luni 16 martie 2026, 17:00.",
    ]
    # A name nobody has translated stays as it is.
    assert config.wording.retell("The team of this case gives this role to Hilltop House.", "ar").endswith(
        "House."
    )
    saturday = "Saturday 7 March 2026 (weekend) does not count."
    assert (
        config.wording.retell(saturday, "ro")
        == "sâmbătă 7 martie 2026 (sfârșit de săptămână) nu se socotește."
    )
    assert config.wording.retell("Something else entirely.", "ro") == "Something else entirely."
    for limit in config.limits.values():
        for step in reckon(
            limit, datetime(2026, 3, 6, 22, 10, tzinfo=UTC), config.calendars["norvale"]
        ).steps:
            assert config.wording.retell(step, "ar") != step, limit.key


def test_shipped_folders(tmp_path: Path) -> None:
    assert shipped("bpmn", {}).name == "bpmn"
    assert shipped("config", {"NRM_CONFIG_DIR": str(tmp_path)}) == tmp_path
    with pytest.raises(ConfigurationRefused, match="NRM_CONFIG_DIR"):
        shipped("config", {"NRM_CONFIG_DIR": str(tmp_path / "none")})
    with pytest.raises(ValueError, match="not shipped"):
        shipped("docs", {})


def test_a_name_said_twice_is_filled_once(config: Configuration) -> None:
    twice = next(text for text in config.wording.translations["ro"] if text.count("{year}") == 2)
    told = config.wording.retell(twice.format(calendar="Norvale", year=2031), "ro")
    assert told.count("2031") == 2
    assert told != twice.format(calendar="Norvale", year=2031)
