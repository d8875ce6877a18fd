"""Laws of forms on random answers: checking twice changes nothing, and parts make the whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.forms import Form, read_form
from nrm.vocabulary.errors import InvalidInput
from tests.diagrams.conftest import SAFETY, make_form

FORM: Form = read_form(make_form(SAFETY, category="narrative"))
WORDS = st.text(alphabet="abc xyz\u0219\u0627", max_size=12)
ROW = st.fixed_dictionaries(
    {}, optional={"name": WORDS, "age": st.integers(-1, 30) | st.none(), "school": WORDS}
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "danger_now": st.sampled_from(["yes", "no", "unknown", "not_asked", "prefers_not"]),
        "what_danger": WORDS,
        "action_taken": st.lists(st.sampled_from(["police", "ambulance", "shelter"]), max_size=3),
        "why_police": WORDS,
        "children": st.integers(0, 20),
        "given_name": WORDS,
        "safe_tonight": st.booleans(),
        "dependants": st.lists(ROW, max_size=3),
    },
)
NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(ANSWERS)
def test_what_was_accepted_is_accepted_again_unchanged(answers: dict[str, object]) -> None:
    try:
        checked = FORM.validate(answers)
    except InvalidInput as wrong:
        refused = {path for path in wrong.fields if "[" not in path}
    else:
        refused = None
    if refused is not None:
        assert refused <= FORM.visible(answers)  # nobody is asked for what is hidden
        return
    again = FORM.validate(checked.answers)
    assert (again.answers, again.facts) == (checked.answers, checked.facts)
    assert not set(checked.answers) & checked.hidden
    assert FORM.merge(checked.by_category) == checked.answers


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FORM.fields)) | st.text(max_size=5), ANYTHING, max_size=6))
def test_nonsense_is_refused_and_nothing_else_happens(answers: dict[str, object]) -> None:
    for draft in (False, True):
        try:
            kept = FORM.validate(answers, draft=draft).answers
        except InvalidInput as refused:
            sentences = [s for found in refused.fields.values() for s in found]
            assert all(s.endswith(".") for s in sentences)
        else:
            assert set(kept) <= set(FORM.fields)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=60), max_size=5))
def test_a_bundle_survives_its_zip(files: dict[str, bytes]) -> None:
    bundle = Bundle("sample", files)
    assert Bundle.from_zip(bundle.to_zip()) == bundle
