"""How points and ranges lie to each other (DMN 1.5, table 78), each relation beside its mirror image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decisions.worked_out import worked_out

RELATIONS = [
    ("before", "after", "1", "10", True),
    ("before", "after", "10", "1", False),
    ("before", "after", "1", "[1..10]", False),
    ("before", "after", "1", "(1..10]", True),
    ("before", "after", "[1..10)", "10", True),
    ("before", "after", "[1..10]", "10", False),
    ("before", "after", "[1..10]", "[15..20]", True),
    ("before", "after", "[1..10]", "[10..20]", False),
    ("before", "after", "[1..10)", "[10..20]", True),
    ("before", "after", "[1..10]", "(10..20]", True),
    ("before", "after", "(<1)", "1", True),
    ("before", "after", "1", "(<5)", False),
    ("before", "after", '@"2026-01-01"', '@"2026-01-02"', True),
    ("meets", "met by", "[1..5]", "[5..10]", True),
    ("meets", "met by", "[1..5)", "[5..10]", False),
    ("meets", "met by", "[1..5]", "(5..10]", False),
    ("meets", "met by", "[1..5]", "[6..10]", False),
    ("meets", "met by", "(<=5)", "(>=5)", True),
    ("overlaps", "overlaps", "[1..5]", "[3..8]", True),
    ("overlaps", "overlaps", "[1..8]", "[3..5]", True),
    ("overlaps", "overlaps", "[1..5]", "[6..8]", False),
    ("overlaps", "overlaps", "[1..5]", "[5..8]", True),
    ("overlaps", "overlaps", "[1..5]", "(5..8]", False),
    ("overlaps before", "overlaps after", "[1..5]", "[3..8]", True),
    ("overlaps before", "overlaps after", "[1..5]", "[6..8]", False),
    ("overlaps before", "overlaps after", "[1..5]", "(5..8]", False),
    ("overlaps before", "overlaps after", "[1..5)", "(1..5]", True),
    ("overlaps before", "overlaps after", "[1..5]", "(1..5]", True),
    ("overlaps before", "overlaps after", "[1..5)", "[1..5]", False),
    ("overlaps before", "overlaps after", "[1..5]", "[1..5]", False),
    ("finishes", "finished by", "10", "[1..10]", True),
    ("finishes", "finished by", "10", "[1..10)", False),
    ("finishes", "finished by", "[5..10]", "[1..10]", True),
    ("finishes", "finished by", "[5..10)", "[1..10]", False),
    ("finishes", "finished by", "(1..10]", "[1..10]", True),
    ("finishes", "finished by", "[1..10]", "(1..10]", False),
    ("during", "includes", "5", "[1..10]", True),
    ("during", "includes", "1", "(1..10]", False),
    ("during", "includes", "10", "[1..10)", False),
    ("during", "includes", "[4..6]", "[1..10]", True),
    ("during", "includes", "(1..10)", "[1..10]", True),
    ("during", "includes", "[1..10]", "(1..10]", False),
    ("during", "includes", "[1..10]", "(>0)", True),
    ("starts", "started by", "1", "[1..10]", True),
    ("starts", "started by", "1", "(1..10]", False),
    ("starts", "started by", "[1..5]", "[1..10]", True),
    ("starts", "started by", "(1..5]", "[1..10]", False),
    ("starts", "started by", "[1..10)", "[1..10]", True),
    ("coincides", "coincides", "5", "5", True),
    ("coincides", "coincides", "[1..5]", "[1..5]", True),
    ("coincides", "coincides", "(1..5)", "[1..5]", False),
    ("coincides", "coincides", "[1..5]", "[2..6]", False),
    ("before", "after", "1", '"a"', None),
    ("before", "after", "null", "1", None),
    ("during", "includes", "1", "[null..2]", None),
]


@pytest.mark.parametrize(("relation", "mirrored", "first", "second", "holds"), RELATIONS)
def test_relation_holds_and_its_mirror_image_too(
    relation: str, mirrored: str, first: str, second: str, holds: bool | None
) -> None:
    assert worked_out(f"{relation}({first}, {second})") is holds
    assert worked_out(f"{mirrored}({second}, {first})") is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("before(point: 1, range: [2..3])", True),
        ("overlaps(range1: [1..2], range2: [2..3])", True),
        ("finished by(range: [1..10], point: 10)", True),
        ("meets(1, [1..2])", None),
        ("during(1, 2)", None),
        ("during(1)", None),
    ],
)
def test_relation_by_names_and_outside_its_domain(text: str, holds: bool | None) -> None:
    assert worked_out(text) is holds


_INTERVALS = st.builds(
    lambda low, length, start, end: f"{start}{low}..{low + length}{end}",
    st.integers(-3, 3), st.integers(1, 4), st.sampled_from("[("), st.sampled_from("])"),
)


@given(_INTERVALS, _INTERVALS)
def test_of_two_ranges_one_is_before_the_other_or_they_overlap(a: str, b: str) -> None:
    told = [worked_out(f"{relation}({a}, {b})") for relation in ("before", "after", "overlaps")]
    assert told.count(True) == 1


@given(st.integers(-4, 8), _INTERVALS)
def test_a_range_includes_what_is_in_it(point: int, interval: str) -> None:
    assert worked_out(f"includes({interval}, {point})") is worked_out(f"{point} in {interval}")
