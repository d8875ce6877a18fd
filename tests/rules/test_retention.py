"""How long a closed case is kept, what stops its erasure, and which facts may remain (limit:T32, goal:A6)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.retention import Basis, Hold, KeepingRule, facts_that_stay, keeping, what_stops

RULE = KeepingRule(years=5, until_age=23, source="limit:T32")
TODAY = date(2031, 3, 4)


@pytest.mark.parametrize(("closed", "may_be_child", "adult_from", "until", "grounds"), [
    (date(2026, 3, 3), False, None, date(2031, 3, 3), 1),  # an adult: five years
    (date(2024, 2, 29), False, None, date(2029, 3, 1), 1),  # no 29 February then
    (date(2026, 3, 3), True, date(2030, 6, 1), date(2035, 6, 1), 2),  # turns 18 in June 2030: until 23
    (date(2026, 3, 3), True, date(2024, 6, 1), date(2031, 3, 3), 2),  # 23 comes first: five years are longer
    (date(2026, 3, 3), True, None, date(2049, 3, 3), 2),  # no month of birth is known: never too short
])
def test_the_longest_ground_counts(
    closed: date, may_be_child: bool, adult_from: date | None, until: date, grounds: int
) -> None:
    found = keeping(RULE, closed, may_be_child=may_be_child, adult_from=adult_from)
    assert found.until == until
    assert [ground.until for ground in found.grounds] == sorted((g.until for g in found.grounds), reverse=True)
    assert len(found.grounds) == grounds


def test_without_a_rule_for_children_years_count_alone() -> None:
    assert keeping(KeepingRule(5, None, "law"), TODAY, may_be_child=True, adult_from=None).until == date(2036, 3, 4)


STANDS, LIFTED = Hold("audit", None), Hold("audit", None, is_lifted=True)


@pytest.mark.parametrize(("basis", "is_closed", "until", "holds", "stopped"), [
    (Basis.TIME_HAS_COME, True, date(2031, 3, 3), [], ""),
    (Basis.TIME_HAS_COME, True, TODAY, [], "not over"),  # the last day counts
    (Basis.TIME_HAS_COME, True, None, [], "not over"),
    (Basis.PERSON_ASKED, True, date(2049, 1, 1), [], ""),
    (Basis.PERSON_ASKED, False, None, [], "closed"),
    (Basis.COURT_ORDER, True, date(2031, 3, 3), [STANDS], "legal hold"),
    (Basis.TIME_HAS_COME, True, date(2031, 3, 3), [LIFTED], ""),
    (Basis.TIME_HAS_COME, True, date(2031, 3, 3), [Hold("audit", TODAY)], "legal hold"),
    (Basis.TIME_HAS_COME, True, date(2031, 3, 3), [LIFTED, Hold("audit", date(2031, 3, 3))], ""),
])
def test_what_stops_an_erasure(
    basis: Basis, is_closed: bool, until: date | None, holds: list[Hold], stopped: str
) -> None:
    said = what_stops(basis, TODAY, is_closed=is_closed, until=until, holds=holds)
    assert stopped in said
    assert bool(said) is bool(stopped)


def cases(*ids: range) -> frozenset[str]:
    """Ids of invented cases."""
    return frozenset(f"case-{number}" for some in ids for number in some)


def test_only_listed_facts_that_enough_cases_share_together_remain() -> None:
    facts = {"finding": "positive", "risk_level": "high", "is_child": "no", "danger_now": "yes", "place_found": "north"}
    alike = {
        "is_child": cases(range(400)), "finding": cases(range(11)), "risk_level": cases(range(10)),
        "place_found": cases(range(5), range(20, 60)),  # enough by itself, too few together with the finding
        "danger_now": cases(range(99)),
    }
    stay = facts_that_stay(facts, ["is_child", "finding", "risk_level", "place_found"], alike, 11)
    assert stay == {"finding": "positive", "is_child": "no"}
    other = facts_that_stay(facts, ["place_found", "finding", "is_child"], alike, 11)
    assert other == {"place_found": "north", "is_child": "no"}, "what stands first is kept first"


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=60), st.integers(2, 12))
def test_every_combination_that_remains_is_shared(rows: list[tuple[int, ...]], smallest: int) -> None:
    """goal:S13: no row of what remains of erased cases points at fewer than the configured number of cases."""
    names = ["a", "b", "c", "d"]
    for mine in rows:
        facts = dict(zip(names, mine, strict=True))
        alike = {
            name: frozenset(str(n) for n, row in enumerate(rows) if row[at] == mine[at])
            for at, name in enumerate(names)
        }
        kept = facts_that_stay(facts, names, alike, smallest)
        sharing = [row for row in rows if all(row[names.index(name)] == value for name, value in kept.items())]
        assert not kept or len(sharing) >= smallest
