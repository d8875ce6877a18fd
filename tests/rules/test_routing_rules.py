"""Routing: team first, exceptions by fact, else the district's agency; nobody is an incident (design 3)."""

from __future__ import annotations

import pytest

from nrm.rules.routing import Routed, RouteRule, Seat, ServingAgency, route


def agency(
    key: str, kind: str, districts: str, serves: str, accommodates: str = "", *, active: bool = True
) -> ServingAgency:
    """An agency of a test."""
    return ServingAgency(
        key,
        key.title(),
        kind,
        frozenset(districts.split()),
        frozenset(serves.split()),
        units={"casework": frozenset({"CM"})} if key == "sa_n" else {},
        accommodates=frozenset(accommodates.split()),
        active=active,
    )


AGENCIES = (
    agency("sa_n", "social", "norvale", "CM FAM"),
    agency("sa_m", "social", "midmar", "CM FAM"),
    agency("house", "shelter", "norvale midmar", "SHEL", "women men"),
    agency("young", "children", "norvale midmar", "SHEL CP", "children"),
    agency("old", "social", "southport", "CM", active=False),
)
RULES = (
    RouteRule(
        "child",
        "SHEL",
        {"is_child": ("yes", "in_doubt")},
        accommodates="children",
        before_team=True,
        sentence="A child stays with children.",
    ),
    RouteRule(
        "family", "FAM", district_from="family_district", before_team=True, sentence="The family's district."
    ),
)


@pytest.mark.parametrize(
    ("sentence", "role", "team", "district", "facts", "to"),
    [
        ("the district's agency", "CM", [], "norvale", {}, ("sa_n", None, "casework")),
        ("the team's agency", "CM", [Seat("CM", "sa_m")], "norvale", {}, ("sa_m", None, None)),
        (
            "the team's person",
            "CM",
            [Seat("CM", "sa_n"), Seat("CM", "sa_n", "ana")],
            "norvale",
            {},
            ("sa_n", "ana", "casework"),
        ),
        (
            "an adult goes to the first that serves",
            "SHEL",
            [],
            "norvale",
            {"is_child": "no"},
            ("house", None, None),
        ),
        ("a child never to adults", "SHEL", [], "norvale", {"is_child": "yes"}, ("young", None, None)),
        ("nor when age is in doubt", "SHEL", [], "norvale", {"is_child": "in_doubt"}, ("young", None, None)),
        (
            "not even by a seat",
            "SHEL",
            [Seat("SHEL", "house", "s")],
            "norvale",
            {"is_child": "yes"},
            ("young", None, None),
        ),
        ("the family's district", "FAM", [], "norvale", {"family_district": "midmar"}, ("sa_m", None, None)),
        ("never the district of stay in its place", "FAM", [], "norvale", {}, None),
        ("nobody serves the role", "LEG", [], "norvale", {}, None),
        ("an agency that is closed", "CM", [], "southport", {}, None),
        (
            "a seat of an agency that is closed",
            "CM",
            [Seat("CM", "old", "x")],
            "norvale",
            {},
            ("sa_n", None, "casework"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_routes(
    sentence: str,
    role: str,
    team: list[Seat],
    district: str,
    facts: dict[str, object],
    to: tuple[str, str | None, str | None] | None,
) -> None:
    routed = route(role, team, district, AGENCIES, facts, RULES)
    assert (None if routed is None else (routed.agency_id, routed.user_id, routed.unit)) == to, sentence
    assert routed is None or all(reason.endswith(".") for reason in routed.reasons)


def test_the_family_worker_never_learns_where_the_person_stays() -> None:
    routed = route("FAM", [], "norvale", AGENCIES, {"family_district": "midmar"}, RULES)
    assert isinstance(routed, Routed)
    assert "norvale" not in " ".join(routed.reasons).lower()
