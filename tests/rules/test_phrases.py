"""Phrases: English wherever text is wanted, and still apart for whoever puts another language in."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm.vocabulary.phrases import AND, COMMA, DEEPEST, OR, Phrase, as_plain, joined, read_phrase

NAMES = ("label", "value", "one")
PHRASES = st.recursive(st.text(), lambda inner: st.builds(
    lambda words, values: Phrase(" ".join((*words, *(f"{{{name}}}" for name in values))), **values),
    st.lists(st.text("abc {}<", max_size=4), max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
))


@pytest.mark.parametrize(("phrase", "english"), [
    (Phrase("always"), "always"),
    (Phrase("Rule {number}: {reasons}", number=3, reasons=Phrase("always")), "Rule 3: always"),
    (Phrase("{label} is {value}", label="{value}", value="{label}"), "{value} is {label}"),
    (Phrase("{not} given"), "{not} given"),
    (joined(OR, ["yes"]), "yes"),
    (joined(OR, ["yes", "no", "unknown"]), "yes or no or unknown"),
    (joined(COMMA, []), ""),
])
def test_a_phrase_is_its_english_text(phrase: str, english: str) -> None:
    assert (phrase, str(phrase), f"{phrase}", json.loads(json.dumps(phrase))) == (english,) * 4
    assert type(str(phrase)) is str


@given(st.lists(st.text()))
def test_a_list_reads_from_the_first_to_the_last(parts: list[str]) -> None:
    assert joined(AND, parts) == " and ".join(parts)


def test_a_long_list_does_not_lie_deep() -> None:
    parts = [f"part {number}" for number in range(3_000)]
    assert read_phrase(as_plain(joined(COMMA, parts))) == ", ".join(parts)


@given(PHRASES)
def test_what_is_kept_as_plain_data_is_read_again(phrase: str) -> None:
    kept = json.loads(json.dumps(as_plain(phrase)))
    again = read_phrase(kept)
    assert again == phrase
    assert as_plain(again) == kept


def test_what_was_kept_before_there_were_phrases_is_read_as_it_is() -> None:
    assert read_phrase("Rule 3: age is below 18") == "Rule 3: age is below 18"


def test_what_lies_too_deep_is_kept_as_english() -> None:
    phrase: str = "x"
    for _ in range(2 * DEEPEST):
        phrase = Phrase("so {that}", that=phrase)
    again = read_phrase(as_plain(phrase))
    assert again == phrase
    assert isinstance(again, Phrase)


def too_deep() -> object:
    plain: object = "x"
    for _ in range(DEEPEST + 1):
        plain = {"template": "{x}", "values": {"x": plain}}
    return plain


@pytest.mark.parametrize("plain", [
    None, 3, ["x"], {}, {"template": "x"}, {"template": 3, "values": {}}, {"template": "x", "values": []},
    {"template": "{x}", "values": {"x": None}}, too_deep(),
])
def test_what_is_no_phrase_is_refused(plain: object) -> None:
    with pytest.raises(ValueError, match="no phrase"):
        read_phrase(plain)


def test_a_copy_knows_its_template_too() -> None:
    phrase = Phrase("{label} is {value}", label="Age", value=Phrase("not known"))
    copy = deepcopy(phrase)
    assert (copy, copy.template, copy.values) == (phrase, phrase.template, phrase.values)
