"""The consent gate (table:D-05): silence is no, a later no ends an earlier yes, a child needs two voices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.consent import Consent, ConsentStatus, GivenBy, Recipient, after_withdrawal, covers
from nrm.vocabulary.categories import Category

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUSE = Recipient("harbour_house", "accommodation")
POLICE = Recipient("police", "police")
IDENTITY, CONTACT = Category.IDENTITY, Category.CONTACT


def row(
    status: str = "given",
    *,
    to: str = "harbour_house",
    by: str = "person",
    days: int = -2,
    until: int | None = None,
    withdrawn: int | None = None,
    purpose: str = "referral",
    categories: frozenset[Category] = frozenset({IDENTITY, CONTACT}),
) -> Consent:
    """A consent row; days are relative to NOW."""

    def at(n: int | None) -> datetime | None:
        return None if n is None else NOW + timedelta(days=n)

    return Consent(
        purpose,
        to,
        categories,
        ConsentStatus(status),
        GivenBy(by),
        NOW + timedelta(days=days),
        at(until),
        at(withdrawn),
        id=f"{status}{days}",
    )


@pytest.mark.parametrize(
    ("case", "rows", "child", "allowed", "rule"),
    [
        ("silence is no", [], False, False, "consent:referral=missing"),
        ("given to the agency", [row()], False, True, "consent:referral=given"),
        ("given to its kind", [row(to="*accommodation")], False, True, "consent:referral=given"),
        ("given to another agency", [row(to="police")], False, False, "consent:referral=missing"),
        ("given to another kind", [row(to="*police")], False, False, "consent:referral=missing"),
        ("given for another purpose", [row(purpose="police")], False, False, "consent:referral=missing"),
        (
            "given for one of two categories",
            [row(categories=frozenset({IDENTITY}))],
            False,
            False,
            "consent:referral=missing",
        ),
        (
            "given in two parts",
            [row(categories=frozenset({IDENTITY})), row(categories=frozenset({CONTACT}))],
            False,
            True,
            "consent:referral=given",
        ),
        ("from tomorrow", [row(days=1)], False, False, "consent:referral=missing"),
        ("until yesterday", [row(until=-1)], False, False, "consent:referral=missing"),
        ("withdrawn an hour ago", [row("withdrawn", withdrawn=0)], False, False, "consent:referral=missing"),
        ("withdrawn from tomorrow", [row("withdrawn", withdrawn=1)], False, True, "consent:referral=given"),
        ("refused later", [row(days=-3), row("refused", days=-1)], False, False, "consent:referral=missing"),
        (
            "refused earlier, then given",
            [row("refused", days=-3), row(days=-1)],
            False,
            True,
            "consent:referral=given",
        ),
        (
            "given to all, refused to this one",
            [row(to="*", days=-3), row("refused", days=-1)],
            False,
            False,
            "consent:referral=missing",
        ),
        (
            "given to this one, refused to another",
            [row(days=-3), row("refused", to="police", days=-1)],
            False,
            True,
            "consent:referral=given",
        ),
        (
            "refused one category only",
            [row(days=-3), row("refused", days=-1, categories=frozenset({CONTACT}))],
            False,
            False,
            "consent:referral=missing",
        ),
        (
            "refused without categories refuses all",
            [row(days=-3), row("refused", days=-1, categories=frozenset())],
            False,
            False,
            "consent:referral=missing",
        ),
        (
            "a legal basis, against a refusal",
            [row("refused"), row("override", by="override", days=-3)],
            False,
            True,
            "consent:referral=override",
        ),
        ("a child: guardian only", [row(by="guardian")], True, False, "consent:referral=missing_assent"),
        ("a child: assent only", [row(by="assent")], True, False, "consent:referral=missing_guardian"),
        ("a child: both", [row(by="guardian"), row(by="assent")], True, True, "consent:referral=given"),
        (
            "a child: own consent is not enough",
            [row()],
            True,
            False,
            "consent:referral=missing_guardian_and_assent",
        ),
        (
            "a child: assent taken back",
            [row(by="guardian"), row(by="assent", days=-3), row("refused", by="assent", days=-1)],
            True,
            False,
            "consent:referral=missing_assent",
        ),
        ("a child: a legal basis", [row("override", by="override")], True, True, "consent:referral=override"),
        ("an adult with a legal representative", [row(by="guardian")], False, True, "consent:referral=given"),
        (
            "an adult who says no themselves, after the representative's yes",
            [row(by="guardian"), row("refused", days=-1)], False, False, "consent:referral=missing",
        ),
        (
            "an adult who said no themselves, before the representative's yes",
            [row(by="guardian", days=-1), row("refused", days=-2)], False, False, "consent:referral=missing",
        ),
        (
            "an adult who took their own yes back, where the representative's stands",
            [row(by="guardian"), row("withdrawn", withdrawn=0)], False, False, "consent:referral=missing",
        ),
        (
            "an adult who said no and then yes themselves",
            [row(by="guardian"), row("refused", days=-2), row(days=-1)], False, True, "consent:referral=given",
        ),
    ],
)
def test_gate_table(case: str, rows: list[Consent], child: bool, allowed: bool, rule: str) -> None:
    coverage = covers(rows, HOUSE, "referral", [IDENTITY, CONTACT], NOW, child=child)
    assert (coverage.allowed, coverage.rule) == (allowed, rule), case
    assert bool(coverage.missing) is not allowed
    assert coverage.sentence


def test_what_is_missing_is_named() -> None:
    coverage = covers([row(categories=frozenset({IDENTITY}))], HOUSE, "referral", [IDENTITY, CONTACT], NOW)
    assert coverage.missing == {CONTACT}


def test_the_consents_relied_on_are_named() -> None:
    coverage = covers([row(), row(to="police", days=-9)], HOUSE, "referral", [IDENTITY], NOW)
    assert coverage.used == ("given-2",)


CATEGORIES = st.frozensets(st.sampled_from(Category), max_size=4)
ROWS = st.builds(
    Consent,
    purpose=st.sampled_from(["referral", "police"]),
    categories=CATEGORIES,
    recipient=st.sampled_from(["harbour_house", "police", "*police", "*accommodation", "*"]),
    status=st.sampled_from(ConsentStatus),
    given_by=st.sampled_from(GivenBy),
    from_at=st.integers(-5, 5).map(lambda n: NOW + timedelta(days=n)),
    until_at=st.none() | st.integers(-5, 5).map(lambda n: NOW + timedelta(days=n)),
    withdrawn_at=st.none() | st.integers(-5, 5).map(lambda n: NOW + timedelta(days=n)),
)


@given(st.lists(ROWS, max_size=6), ROWS, st.booleans(), st.sampled_from([HOUSE, POLICE]))
def test_one_more_consent_never_takes_access_away(
    rows: list[Consent], more: Consent, child: bool, recipient: Recipient
) -> None:
    more = Consent(
        more.purpose, more.recipient, more.categories, ConsentStatus.GIVEN, more.given_by, more.from_at
    )
    for category in Category:
        before = covers(rows, recipient, "referral", [category], NOW, child=child)
        after = covers([*rows, more], recipient, "referral", [category], NOW, child=child)
        assert after.allowed or not before.allowed


@given(st.lists(ROWS, max_size=6), ROWS, st.booleans())
def test_one_more_refusal_never_gives_access(rows: list[Consent], more: Consent, child: bool) -> None:
    more = Consent(
        more.purpose, more.recipient, more.categories, ConsentStatus.REFUSED, more.given_by, more.from_at
    )
    for category in Category:
        before = covers(rows, HOUSE, "referral", [category], NOW, child=child)
        after = covers([*rows, more], HOUSE, "referral", [category], NOW, child=child)
        assert before.allowed or not after.allowed


@given(st.lists(ROWS, max_size=6), ROWS)
def test_a_consent_for_one_agency_changes_nothing_for_another(rows: list[Consent], more: Consent) -> None:
    more = Consent("referral", "police", more.categories, ConsentStatus.GIVEN, more.given_by, more.from_at)
    for category in Category:
        before = covers(rows, HOUSE, "referral", [category], NOW)
        assert covers([*rows, more], HOUSE, "referral", [category], NOW) == before


@given(st.lists(ROWS, max_size=6), st.booleans(), st.booleans())
def test_after_a_withdrawal_only_the_law_covers_and_nobody_else_is_touched(
    rows: list[Consent], child: bool, named: bool
) -> None:
    after = after_withdrawal(rows, "referral", ["harbour_house"] if named else [], NOW)
    for category in Category:
        left = covers(after, HOUSE, "referral", [category], NOW, child=child)
        assert not left.allowed or left.rule.endswith("=override")
        for recipient, purpose in ((HOUSE, "police"), (POLICE, "referral")):
            if purpose == "police" or named:
                before = covers(rows, recipient, purpose, [category], NOW, child=child)
                assert covers(after, recipient, purpose, [category], NOW, child=child).allowed == before.allowed


@given(st.lists(ROWS, max_size=6), st.booleans())
def test_taking_back_one_category_leaves_the_others(rows: list[Consent], child: bool) -> None:
    after = after_withdrawal(rows, "referral", ["harbour_house"], NOW, frozenset({CONTACT}))
    for category in Category:
        before = covers(rows, HOUSE, "referral", [category], NOW, child=child)
        left = covers(after, HOUSE, "referral", [category], NOW, child=child)
        if category is not CONTACT:
            assert left.allowed == before.allowed
        else:
            assert not left.allowed or left.rule.endswith("=override")
