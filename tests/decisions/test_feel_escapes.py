"""goal:S1: strings that try to get out, through every entry point: nothing is compiled, opened or run."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from nrm.decisions.dmn import check_table, read_decisions
from nrm.decisions.feel import (
    FeelError,
    check_types,
    parse_condition,
    parse_expression,
    parse_unary_tests,
)
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.hostile_feel import CORPUS, PYTHON, REACHING
from tests.decisions.tables import table_xml
from tests.support.goals import Reached
from tests.support.long import LONG
from tests.support.watching import nothing_reached

PLAIN = (bool, int, Decimal, str, date, time, timedelta, list, dict, type(None))


class Trap:
    """A context value that tells when anything is done with it."""

    def __getattribute__(self, name: str) -> object:
        if name == "__class__":
            return object.__getattribute__(self, name)
        raise AssertionError(f"touched: {name}")


CONTEXT: dict[str, object] = {
    "a": Trap(),
    "b": 10**5_000,
    "c": float("nan"),
    "x": [[]] * 20,
    "os": float("inf"),
}


def test_the_corpus_is_large(reached: Reached) -> None:
    reached("S1", f"{len(CORPUS)} strings of escape and excess: 0 got out")
    assert len(CORPUS) >= 300


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_nothing_gets_out_of_an_expression(number: int) -> None:
    text = CORPUS[number]
    with nothing_reached():
        for parse in (parse_expression, parse_condition):
            try:
                expression = parse(text)
            except FeelError:
                continue
            came = expression.evaluate(CONTEXT)
            assert isinstance(came.value, PLAIN)
            check_types(expression, {}, expects="boolean")
        with suppress(FeelError):
            parse_unary_tests(text).matches(1, CONTEXT)


@pytest.mark.parametrize("text", PYTHON)
def test_python_is_refused_or_comes_to_nothing(text: str) -> None:
    try:
        expression = parse_expression(text)
    except FeelError:
        return
    assert expression.evaluate({"a": Trap()}).value in (None, [])


@pytest.mark.parametrize("text", REACHING)
def test_attributes_of_python_are_no_properties_of_values(text: str) -> None:
    try:
        came = parse_expression(text).evaluate({"b": "x", "x": [{"k": 1}]})
    except FeelError:
        return
    assert came.value in (None, [None])


@pytest.mark.parametrize("text", ["True", "None", "os", "sys", "__builtins__", "__name__", "__file__"])
def test_python_names_are_only_facts_that_are_not_known(text: str) -> None:
    assert parse_expression(text).evaluate({}).unknown == {text}


PLACES = ["input", "cell", "output", "default", "allowed"]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_gets_out_of_a_table(place: str) -> None:
    # In a push every text goes through one of the places, in the long run through each.
    for text in CORPUS if LONG else CORPUS[PLACES.index(place) :: len(PLACES)]:
        if not all(sign >= " " and not "\ud800" <= sign <= "\udfff" for sign in text):
            continue  # not writable in XML at all
        document = table_xml(
            inputs=[text if place == "input" else "a"],
            outputs=["out"],
            rules=[([text if place == "cell" else "-"], [text if place == "output" else "1"])],
            default=text if place == "default" else "",
            allowed=text if place == "allowed" else "",
        )
        with nothing_reached():
            check_table(document, {})
            with suppress(DocumentRefused):
                read_decisions(document).evaluate(CONTEXT)
