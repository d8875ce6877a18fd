"""The steps of a referral: those of the table and no others (domain 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.referral_steps import REVOCABLE, STEPS, ReferralStatus, may_become
from nrm.rules.relations import ACCEPTED, WAITING

WAYS = [
    ("draft", "sent", "accepted", "delivered", "confirmed"),
    ("sent", "returned", "sent", "refused"),
    ("sent", "accepted", "not_delivered"),
    ("sent", "accepted", "delivered", "not_delivered"),
    ("sent", "returned", "expired"),
    ("accepted", "confirmed", "revoked"),
]
JUMPS = [
    (None, "confirmed"), ("draft", "accepted"), ("sent", "delivered"), ("returned", "accepted"),
    ("refused", "accepted"), ("revoked", "sent"), ("expired", "sent"), ("confirmed", "accepted"),
    ("not_delivered", "delivered"), ("accepted", "refused"),
]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_referral_goes_these_ways(way: Sequence[str]) -> None:
    assert all(may_become(before, after) for before, after in pairwise(way))


@pytest.mark.parametrize(("before", "after"), JUMPS)
def test_a_referral_never_jumps(before: str | None, after: str) -> None:
    assert not may_become(before, after)


@given(st.lists(st.sampled_from(ReferralStatus), max_size=12))
def test_who_takes_only_steps_of_the_table_comes_to_an_end_that_stays(wished: list[ReferralStatus]) -> None:
    at = ReferralStatus.SENT
    for status in wished:
        ended = not STEPS[at]
        at = status if may_become(at, status) else at
        assert not (ended and STEPS[at])


def test_every_state_with_access_can_be_taken_back() -> None:
    assert set(REVOCABLE) >= ACCEPTED | WAITING
