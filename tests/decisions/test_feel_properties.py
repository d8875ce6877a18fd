"""Random text and random values: only FeelError comes out of parsing, nothing out of evaluating."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from nrm.decisions.dmn import check_table, read_decisions
from nrm.decisions.feel import FeelError, Limits, check_types, parse_expression, parse_unary_tests
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.tables import table_xml

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

EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["a", "b", "absent", "1", "-2", "0.5", '"x"', "true", "false", "null", 'date("2026-01-01")']
    ),
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"]), inner
        ).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"if ({t[0]}) then ({t[1]}) else ({t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]}) between ({t[1]}) and ({t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"[({t[0]})..({t[1]})["),
        st.tuples(
            st.sampled_from(["not", "count", "min", "max", "sum", "all", "any", "date", "abs", "is defined"]),
            inner,
        ).map(lambda t: f"{t[0]}({t[1]})"),
    ),
    max_leaves=12,
)


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
    expression = parse_expression(text)
    first, second = expression.evaluate(context), expression.evaluate(context)
    assert repr(first) == repr(second)
    assert isinstance(first.value, (bool, int, Decimal, str, date, list, type(None)))
    check_types(expression, {}, expects="boolean")


@given(
    EXPRESSIONS,
    st.one_of(st.booleans(), st.integers(-5, 5), st.sampled_from(["x", "y"]), st.dates()),
    st.fixed_dictionaries({"b": st.one_of(st.booleans(), st.integers(-3, 3), st.just("x"))}),
)
@settings(max_examples=250, deadline=None)
def test_a_condition_that_holds_does_not_depend_on_what_is_not_known(
    text: str, later: object, known: dict[str, object]
) -> None:
    expression = parse_expression(text)
    held = expression.evaluate(known).holds
    asked = "is defined" in text or "null" in text or "count" in text or "[" in text or "date" in text
    if held is not None and not asked:  # asking whether something is known may well change once it is
        assert expression.evaluate({**known, "a": later, "absent": later}).value is held


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
