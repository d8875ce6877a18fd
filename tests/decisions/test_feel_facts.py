"""Facts: raw answers become typed values or a sentence that never repeats the answer."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nrm.vocabulary.facts import FactType, fact_from_json, fact_to_json, fact_value, initial_facts

OK = FactType("ok", "boolean")
ASKED = FactType("asked", "answer", initial="not_asked", label={"en": "Asked", "ro": "Întrebat"})
LEVEL = FactType("risk_level", "enum", ("low", "high"))
MISSED = FactType("missed", "integer", scope="run", initial=0)
DUE = FactType("due", "date")


@pytest.mark.parametrize(
    ("fact", "raw", "value"),
    [
        (OK, True, True),
        (OK, "yes", True),
        (OK, "false", False),
        (OK, None, None),
        (OK, "", None),
        (ASKED, "prefers_not", "prefers_not"),
        (LEVEL, "low", "low"),
        (MISSED, 2, 2),
        (MISSED, " 2 ", 2),
        (MISSED, 2.0, 2),
        (DUE, "2026-03-31", date(2026, 3, 31)),
        (DUE, date(2026, 3, 31), date(2026, 3, 31)),
    ],
)
def test_raw_answer_becomes_a_typed_value(fact: FactType, raw: object, value: object) -> None:
    typed = fact_value(fact, raw)
    assert typed == value
    assert type(typed) is type(value)
    assert fact_from_json(fact, fact_to_json(typed)) == typed


@pytest.mark.parametrize(
    ("fact", "raw"),
    [
        (OK, "maybe"),
        (OK, 1),
        (OK, []),
        (ASKED, "Ana Invented"),
        (ASKED, True),
        (LEVEL, "hi"),
        (LEVEL, {}),
        (MISSED, "two"),
        (MISSED, True),
        (MISSED, 2.5),
        (MISSED, 10**9),
        (MISSED, "9" * 5_000),
        (DUE, "31.03.2026"),
        (DUE, "2026-02-30"),
        (DUE, 20260331),
        (DUE, datetime(2026, 3, 31, tzinfo=UTC)),
        (MISSED, float("nan")),
        (MISSED, float("inf")),
    ],
)
def test_wrong_answer_is_refused_without_repeating_it(fact: FactType, raw: object) -> None:
    with pytest.raises(ValueError, match=r"must be") as refused:
        fact_value(fact, raw)
    assert "Ana" not in str(refused.value)


def test_answer_has_the_five_values_and_labels_fall_back_to_english_then_to_the_name() -> None:
    assert ASKED.values == ("yes", "no", "unknown", "not_asked", "prefers_not")
    assert (ASKED.title("ro"), ASKED.title("ar"), LEVEL.title()) == ("Întrebat", "Asked", "risk level")


def test_initial_values_by_scope() -> None:
    dictionary = {fact.name: fact for fact in (OK, ASKED, MISSED)}
    assert initial_facts(dictionary) == {"asked": "not_asked", "missed": 0}
    assert initial_facts(dictionary, "run") == {"missed": 0}
