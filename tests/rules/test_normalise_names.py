"""Names are found whatever the case, the diacritics or the script they were written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.normalise import name_keys, normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ȘTEFAN Inventatu", "stefan inventatu"),
        ("Ştefan", "Ștefan"),
        ("Țurcanu", "Ţurcanu"),
        ("Anna-Maria", "ana  maria"),
        ("Мария", "Maria"),
        ("Юлия", "Yulia"),
        ("Наталья", "Natalia"),
        ("O'Invented", "OInvented"),
        ("Müller", "MULLER"),
        ("Straße", "Strasse"),
        ("ﷴ", "محمد"),
        ("أحمد", "احمد"),
        ("İnci", "inci"),
        ("Łucja", "lucja"),
    ],
)
def test_found_as_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_different_names_stay_different() -> None:
    names = ["Ana", "Ion", "Maria", "Marina", "Мария Иванова", "محمد", "محمود"]
    assert len({normalise(name) for name in names}) == len(names)


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=40))
def test_only_letters_digits_and_single_spaces_remain(text: str) -> None:
    made = normalise(text)
    assert made == made.strip()
    assert "  " not in made
    assert all(char.isalnum() or char == " " for char in made)


def test_keys_of_a_name() -> None:
    assert name_keys("Ana-Maria Invented") == ("ana", "ana maria invented", "invented", "maria")
    assert name_keys("  ") == ()
