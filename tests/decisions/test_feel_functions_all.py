"""What holds for every built-in function: all of the specification's are there, and none ever raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.decisions.feel import Limits
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.functions import FUNCTIONS, Form
from nrm.decisions.feel.values import FunctionValue, Interval, Parameter, Value, accepted, feel_text, kind
from tests.decisions.worked_out import evaluated

SPECIFIED = """
date; date and time; time; number; string; duration; years and months duration; not; substring; string length;
upper case; lower case; substring before; substring after; replace; contains; starts with; ends with; matches; split;
string join; list contains; count; min; max; sum; mean; all; any; sublist; append; concatenate; insert before; remove;
list replace; reverse; index of; union; distinct values; flatten; product; median; stddev; mode; decimal; floor;
ceiling; round up; round down; round half up; round half down; abs; modulo; sqrt; log; exp; odd; even; is; before;
after; meets; met by; overlaps; overlaps before; overlaps after; finishes; finished by; includes; during; starts;
started by; coincides; day of year; day of week; month of year; week of year; sort; get value; get entries; context;
context put; context merge; now; today; range
"""
OURS = {"is defined"}
FORMS = [(name, form) for name, function in FUNCTIONS.items() for form in function.forms]
TIGHT = Limits(steps=2_000, items=20, characters=200)


def test_all_functions_of_the_specification_are_there_and_one_of_ours() -> None:
    assert set(FUNCTIONS) == {" ".join(name.split()) for name in SPECIFIED.split(";")} | OURS


VARIADIC = {name for name, function in FUNCTIONS.items() if any(form.variadic for form in function.forms)}
MISCALLED = [
    *(f"{name}()" for name in sorted(FUNCTIONS) if name not in ("now", "today")),
    *(f"{name}(nothing: 1)" for name in sorted(FUNCTIONS)),
    *(f"{name}(1, 2, 3, 4, 5)" for name in sorted(set(FUNCTIONS) - VARIADIC)),
]


@pytest.mark.parametrize("text", MISCALLED)
def test_a_call_that_fits_no_form_is_null_with_a_note(text: str) -> None:
    came = evaluated(text)
    assert came.value is None
    assert came.notes


def _first(_: Running, given: tuple[Value, ...]) -> Value:
    return given[0]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 40), st.integers(), st.decimals(), st.text(max_size=8), st.dates(),
    st.times(), st.datetimes(), st.timedeltas(), st.sampled_from(["(a*)*b", "P1Y", "[1..5)", "2026-03-31", "$1", "x"]),
).map(lambda python: accepted(python, 10)[0])
FUNCTION = FunctionValue((Parameter("a"), Parameter("b")), _first)
VALUES = st.recursive(
    SCALARS | st.just(FUNCTION),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.sampled_from(["key", "value", "a", ""]), inner, max_size=3),
        st.builds(Interval, inner, inner, st.booleans(), st.booleans(), st.booleans()),
    ),
    max_leaves=6,
)


@given(st.sampled_from(FORMS), st.lists(VALUES, min_size=5, max_size=5), st.integers(0, 2))
def test_no_function_raises_and_each_gives_a_feel_value(
    named: tuple[str, Form], values: list[Value], more: int
) -> None:
    _, form = named
    given = tuple(values[: form.required + more if form.variadic else len(form.parameters)])
    try:
        came = form.body(Running({}, TIGHT), given)
    except LimitReachedError:
        return
    assert kind(came)
    assert feel_text(came)[:0] == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("substring(length: 2, start position: 2, string: \"abcd\")", "bc"),
        ("replace(input: \"a\", pattern: \"A\", replacement: \"b\", flags: \"i\")", "b"),
        ("time(hour: 10, minute: 0, second: 0)", None),
    ],
)
def test_arguments_by_name_come_in_any_order(text: str, value: object) -> None:
    came = evaluated(text).value
    assert came == value if value else came is not None
