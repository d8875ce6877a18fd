"""What two ways to reach somebody are compared by: however an address or a telephone is written (domain X10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.conflicts import contact_keys


@pytest.mark.parametrize(("one", "other"), [
    ("Strada Florilor 12, Norvale", "12 Florilor Street"),
    ("str. Florilor, nr. 12, ap. 5", "FLORILOR 12"),
    ("Învățătorului 7a", "invatatorului 7A"),
    ("улица Садовая, дом 3", "sadovaia 3"),
    ("+373 68 123 456", "068 123 456"),
    ("tel. 0712 345 678", "+40 712-345-678"),
    ("call 069123456, she lives at Florilor 12", "Florilor 12"),
], ids=str)
def test_the_same_however_it_is_written(one: str, other: str) -> None:
    assert set(contact_keys(one)) & set(contact_keys(other))


@pytest.mark.parametrize(("one", "other"), [
    ("Strada Florilor 12", "Strada Florilor 14"),
    ("Strada Florilor 12", "Strada Libertății 12"),
    ("Strada 12", "Street 12"),
    ("068 123 456", "068 123 457"),
], ids=str)
def test_not_the_same(one: str, other: str) -> None:
    assert not set(contact_keys(one)) & set(contact_keys(other))


@pytest.mark.parametrize("text", ["", "Norvale", "apt 5", "ana@invented.example", "12", "room 12345678901"[:5]])
def test_what_has_neither_gives_nothing(text: str) -> None:
    assert contact_keys(text) == ()


@given(st.text(max_size=80))
def test_any_text_is_read_and_the_order_of_its_parts_does_not_matter(text: str) -> None:
    keys = contact_keys(text)
    assert keys == tuple(sorted(set(keys)))
    assert all(key.split(" ", 1)[1] for key in keys)
