"""Random text and random values: only FeelError comes out of parsing, nothing out of evaluating."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrm.decisions.dmn import check_table, read_decisions
from nrm.decisions.feel import FeelError, Limits, check_types, parse_expression, parse_unary_tests
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.printing import printed
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.feel_texts import damaged, feel_text
from tests.decisions.tables import table_xml
from tests.support.goals import Reached
from tests.support.long import LONG
from tests.support.watching import nothing_reached

WORDS = st.sampled_from(
    [
        "a",
        "b",
        "absent",
        "1",
        "2.5",
        "0",
        "-",
        "+",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        "(",
        ")",
        "[",
        "]",
        "..",
        ",",
        "and",
        "or",
        "not(",
        "in",
        "between",
        "if",
        "then",
        "else",
        "true",
        "false",
        "null",
        "?",
        '"x"',
        '"',
        "count(",
        "min(",
        'date("2026-01-01")',
        "list contains(",
        "is defined(",
        "@",
        ".",
        "//",
        "\n",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
)
CONTEXTS = st.fixed_dictionaries({"a": SCALARS, "b": st.one_of(SCALARS, st.lists(SCALARS, max_size=3))})
TIGHT = Limits(steps=200, items=5, characters=50)
LARGEST_STEP = 100
"""The most work that is counted at once, before it is done, within these limits."""

EXPRESSIONS = st.builds(lambda seed, depth: feel_text(Random(seed), depth), st.integers(0, 2**32), st.integers(0, 4))
FUZZED = 100_000 if LONG else 2_000
PLAIN = (bool, int, Decimal, str, date, time, timedelta, list, dict, type(None))


@given(st.text())
@settings(max_examples=150, deadline=None)
def test_random_text_raises_only_feel_errors(text: str) -> None:
    for parse in (parse_expression, parse_unary_tests):
        at = 0
        try:
            parse(text)
        except FeelError as refused:
            at = refused.position
        assert 0 <= at <= len(text)


@given(st.lists(WORDS, max_size=15).map(" ".join), CONTEXTS)
@settings(max_examples=250, deadline=None)
def test_random_words_raise_only_feel_errors_and_evaluate_to_something(
    text: str, context: dict[str, object]
) -> None:
    try:
        expression = parse_expression(text)
    except FeelError:
        pass
    else:
        came = expression.evaluate(context, TIGHT)
        assert came.read <= expression.names
        assert came.unknown <= came.read
        check_types(expression, {})
    with suppress(FeelError):
        assert isinstance(parse_unary_tests(text).matches(context["a"], context, TIGHT).value, bool)


@given(EXPRESSIONS, CONTEXTS)
@settings(max_examples=250, deadline=None)
def test_evaluation_never_raises_and_repeats_itself(text: str, context: dict[str, object]) -> None:
    with suppress(FeelError):
        expression = parse_expression(text)
        first, second = expression.evaluate(context), expression.evaluate(context)
        assert repr(first) == repr(second)
        assert isinstance(first.value, PLAIN)


def test_fuzzed_texts_stay_inside_their_bounds_at_every_entry(reached: Reached) -> None:
    dice, context = Random(20260331), {"a": 2, "b": "x", "xs": [1, 2, 3], "person": {"k": 1, "l m": None}}
    with nothing_reached():
        for number in range(FUZZED):
            text = feel_text(dice, dice.choice((1, 2, 3)))
            _through_every_entry(damaged(dice, text) if number % 4 == 0 else text, context)
    reached("S1", f"{FUZZED:,} fuzzed expressions stayed inside their bounds")


def _through_every_entry(text: str, context: dict[str, object]) -> None:
    with suppress(FeelError):
        expression = parse_expression(text)
        running = Running(context, TIGHT)
        running.bounded(expression.within)
        assert running.tally.steps <= TIGHT.steps + LARGEST_STEP, text
        assert isinstance(expression.evaluate(context, TIGHT).value, PLAIN)
        check_types(expression, {}, expects="boolean")
        again = parse_expression(printed(expression.tree))
        assert again.names == expression.names, text
    with suppress(FeelError):
        assert isinstance(parse_unary_tests(text).matches(2, context, TIGHT).value, bool)


@given(
    EXPRESSIONS,
    st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["x", "y"]), st.dates()),
    st.fixed_dictionaries({"b": st.one_of(st.booleans(), st.integers(-3, 3), st.just("x"))}),
)
@settings(max_examples=250, deadline=None)
def test_a_condition_that_holds_does_not_depend_on_what_is_not_known(
    text: str, later: object, known: dict[str, object]
) -> None:
    try:
        expression = parse_expression(f"({text}) = b or {text}")
    except FeelError:
        return
    held = expression.evaluate(known).holds
    # Asking whether something is known, or of what kind, may well change once it is; so may building lists.
    asked = ("is defined", "null", "instance", "count", "[", "{", "(", "in", "for", "some", "every")
    if held is not None and not any(word in text for word in asked):
        assert expression.evaluate({**known, "a": later, "absent": later}).value is held


TRUTHS = [("true", True), ("false", False), ("null", None), ('"other"', None)]


@pytest.mark.parametrize(("left", "one"), TRUTHS)
@pytest.mark.parametrize(("right", "two"), TRUTHS)
def test_three_values_of_truth(left: str, one: bool | None, right: str, two: bool | None) -> None:
    both = False if False in (one, two) else None if None in (one, two) else True
    either = True if True in (one, two) else None if None in (one, two) else False
    assert parse_expression(f"{left} and {right}").evaluate({}).value is both
    assert parse_expression(f"{left} or {right}").evaluate({}).value is either
    assert parse_expression(f"every x in [{left}, {right}] satisfies x").evaluate({}).value is both
    assert parse_expression(f"some x in [{left}, {right}] satisfies x").evaluate({}).value is either


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 20), st.booleans(), st.booleans())
def test_ranges_agree_with_a_plain_model(
    value: int, low: int, high: int, low_in: bool, high_in: bool
) -> None:
    text = f"{value} in {'[' if low_in else ']'}{low}..{high}{']' if high_in else '['}"
    inside = (low <= value if low_in else low < value) and (value <= high if high_in else value < high)
    assert parse_expression(text).evaluate({}).value is inside


@given(st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3))
def test_comparison_and_arithmetic_agree_with_a_plain_model(one: Decimal, two: Decimal) -> None:
    context: dict[str, object] = {"a": one, "b": two}
    for sign, plain in (
        ("<", one < two),
        ("<=", one <= two),
        (">", one > two),
        (">=", one >= two),
        ("=", one == two),
    ):
        assert parse_expression(f"a {sign} b").evaluate(context).value is plain
    assert parse_expression("a + b").evaluate(context).value == one + two
    assert parse_expression("a * b").evaluate(context).value == one * two


@given(st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=4, max_size=4), SCALARS)
@settings(max_examples=100, deadline=None)
def test_random_tables_are_refused_or_decide(cells: list[str], value: object) -> None:
    document = table_xml([cells[0]], ["out"], [([cells[1]], [cells[2]]), (["-"], ["1"])], allowed=cells[3])
    assert all(problem.sentence for problem in check_table(document, {}))
    with suppress(DocumentRefused):
        came = read_decisions(document).evaluate({"a": value})
        assert (came.outputs is None) is (came.problem is not None)


@given(st.binary(max_size=60), st.integers(0, 500))
@settings(max_examples=100, deadline=None)
def test_damaged_tables_are_refused_or_read(damage: bytes, at: int) -> None:
    document = table_xml(["a"], ["out"], [(["1"], ["2"])])
    document = document[:at] + damage + document[at + 3 :]
    assert all(problem.sentence for problem in check_table(document, {}))
    with suppress(DocumentRefused):
        read_decisions(document).evaluate({})
