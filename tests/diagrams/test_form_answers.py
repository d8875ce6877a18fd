"""Forms: what a submission must hold, what is dropped, what facts it yields (form:F02 in small)."""

from __future__ import annotations

from datetime import date

import pytest

from nrm.diagrams.forms import Form
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import DocumentRefused, InvalidInput
from nrm.vocabulary.facts import FactType
from nrm.vocabulary.phrases import Phrase

YES, NO = {"danger_now": "yes"}, {"danger_now": "no"}
ACCEPTED = [
    # given, kept
    (NO, NO),
    ({**NO, "children": "2"}, {**NO, "children": 2}),
    ({**NO, "children": 2.0}, {**NO, "children": 2}),
    ({**NO, "children": ""}, NO),
    ({**NO, "given_name": "  Ana\r\nInvented "}, {**NO, "given_name": "Ana Invented"}),
    ({**NO, "seen_on": "2026-03-31"}, {**NO, "seen_on": "2026-03-31"}),
    ({**NO, "safe_tonight": "on"}, {**NO, "safe_tonight": True}),
    ({**NO, "safe_tonight": False}, {**NO, "safe_tonight": False}),
    # hidden answers are dropped, also wrong ones and those in a hidden group
    ({**NO, "what_danger": "someone waits outside"}, NO),
    ({**NO, "what_danger": 7, "action_taken": ["police"], "why_police": "x"}, NO),
    ({**YES, "what_danger": "a car"}, {**YES, "what_danger": "a car"}),
    (
        {
            **YES,
            "what_danger": "a car",
            "action_taken": ["shelter", "police", "police"],
            "why_police": "asked",
        },
        {**YES, "what_danger": "a car", "action_taken": ["police", "shelter"], "why_police": "asked"},
    ),
    # a chain: the answer that shows the next one is itself hidden
    ({**NO, "action_taken": ["police"], "why_police": ""}, NO),
    # rows: blank ones go, each row has its own conditions
    (
        {**NO, "dependants": [{"name": "Invented One", "age": "30", "school": "dropped"}, {}, {"name": " "}]},
        {**NO, "dependants": [{"name": "Invented One", "age": 30}]},
    ),
    ({**NO, "dependants": [{}]}, NO),
]
REFUSED = [
    # what is given, and the sentence by path
    ({}, {"danger_now": "Answer this question."}),
    ({"danger_now": "maybe"}, {"danger_now": "Choose one of the listed answers."}),
    ({"danger_now": ["yes"]}, {"danger_now": "Choose one of the listed answers."}),
    ({"danger_now": {"x": 1}}, {"danger_now": "Choose one of the listed answers."}),
    (YES, {"what_danger": "Answer this question."}),
    ({**YES, "what_danger": "   "}, {"what_danger": "Answer this question."}),
    ({**YES, "what_danger": "x", "action_taken": ["police"]}, {"why_police": "Answer this question."}),
    (
        {**YES, "what_danger": "x", "action_taken": "police"},
        {"action_taken": "Choose only from the listed answers."},
    ),
    (
        {**YES, "what_danger": "x", "action_taken": ["army"]},
        {"action_taken": "Choose only from the listed answers."},
    ),
    (
        {**YES, "what_danger": "x", "action_taken": ["police"], "why_police": "y" * 41},
        {"why_police": "Write at most 40 characters."},
    ),
    ({**NO, "children": "many"}, {"children": "Write a number."}),
    ({**NO, "children": True}, {"children": "Write a number."}),
    ({**NO, "children": float("nan")}, {"children": "Write a number."}),
    ({**NO, "children": "1,5"}, {"children": "Write a whole number."}),
    ({**NO, "children": -1}, {"children": "The number must be 0 or more."}),
    ({**NO, "children": 21}, {"children": "The number must be 20 or less."}),
    ({**NO, "seen_on": "31.03.2026"}, {"seen_on": "Write a date such as 2026-03-31."}),
    ({**NO, "seen_on": "2026-02-30"}, {"seen_on": "Write a date such as 2026-03-31."}),
    ({**NO, "given_name": "4na"}, {"given_name": "The answer is not written in the expected way."}),
    ({**NO, "given_name": "a\x00"}, {"given_name": "The answer contains a character that cannot be stored."}),
    ({**NO, "safe_tonight": "perhaps"}, {"safe_tonight": "Answer with yes or no."}),
    ({**NO, "shoe_size": 43}, {"shoe_size": "This form has no such question."}),
    ({**NO, "typename": "X"}, {"typename": "This form has no such question."}),  # defect:D11
    ({**NO, "dependants": "two"}, {"dependants": "This answer must be a list of entries."}),
    (
        {**NO, "dependants": [{"age": 9}]},
        {"dependants[0].name": "Answer this question.", "dependants[0].school": "Answer this question."},
    ),
    (
        {**NO, "dependants": [{}, {"name": "n", "x": 1}]},
        {"dependants[1].x": "This form has no such question."},
    ),
]


@pytest.mark.parametrize(("given", "kept"), ACCEPTED)
def test_a_good_submission_is_kept_without_what_was_not_asked(
    safety_form: Form, given: dict[str, object], kept: dict[str, object]
) -> None:
    assert safety_form.validate(given).answers == kept


@pytest.mark.parametrize(("given", "fields"), REFUSED)
def test_a_bad_submission_says_where_and_how(
    safety_form: Form, given: dict[str, object], fields: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        safety_form.validate(given)
    assert refused.value.fields == {path: [sentence] for path, sentence in fields.items()}


def test_sentences_know_their_template_so_that_they_can_be_translated(safety_form: Form) -> None:
    with pytest.raises(InvalidInput) as refused:
        safety_form.validate({**NO, "children": 21})
    sentence = refused.value.fields["children"][0]
    assert isinstance(sentence, Phrase)
    assert (sentence.template, sentence.values) == ("The number must be {limit} or less.", {"limit": "20"})


DRAFTS = [
    ({}, {}),
    ({"children": "many"}, {"children": "many"}),
    ({**NO, "what_danger": "typed before"}, {**NO, "what_danger": "typed before"}),
    ({"dependants": [{}, {"name": "n"}]}, {"dependants": [{}, {"name": "n"}]}),
    ({"dependants": [{"age": "nine"}]}, {"dependants": [{"age": "nine"}]}),
]


@pytest.mark.parametrize(("given", "kept"), DRAFTS)
def test_a_draft_keeps_what_was_typed(
    safety_form: Form, given: dict[str, object], kept: dict[str, object]
) -> None:
    assert safety_form.validate(given, draft=True).answers == kept


@pytest.mark.parametrize(
    "given",
    [
        {"shoe_size": 1},
        {"danger_now": {"a": 1}},
        {"dependants": "x"},
        {"dependants": [{"shoe_size": 1}]},
        {"what_danger": ["a"]},
    ],
)
def test_even_a_draft_refuses_unknown_keys_and_wrong_shapes(
    safety_form: Form, given: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        safety_form.validate(given, draft=True)


def test_facts_are_typed_and_unanswered_questions_set_none(safety_form: Form) -> None:
    given = {**NO, "children": "2", "seen_on": "2026-03-31"}
    assert safety_form.validate(given).facts == {
        "danger_now": "no",
        "children_count": 2,
        "seen_on": date(2026, 3, 31),
    }
    assert safety_form.validate({"danger_now": "unknown"}).facts == {"danger_now": "unknown"}


def test_the_dictionary_decides_the_type_of_a_fact(safety_form: Form) -> None:
    types = {"danger_now": FactType("danger_now", "boolean")}
    assert safety_form.validate(NO, dictionary=types).facts == {"danger_now": False}
    with pytest.raises(InvalidInput):
        safety_form.validate({"danger_now": "unknown"}, dictionary=types)
    with pytest.raises(DocumentRefused):
        safety_form.validate({**NO, "children": 1}, dictionary=types)


def test_answers_come_apart_by_category_and_together_again(safety_form: Form) -> None:
    given = {**NO, "given_name": "Ana", "dependants": [{"name": "Invented", "age": 40}, {"name": "Other"}]}
    checked = safety_form.validate(given)
    assert checked.by_category == {
        Category.RISK: {"danger_now": "no"},
        Category.IDENTITY: {"given_name": "Ana", "dependants": [{"name": "Invented"}, {"name": "Other"}]},
        Category.NARRATIVE: {"dependants": [{"age": 40}, {}]},
    }
    assert safety_form.merge(checked.by_category) == given
    without_names = {c: p for c, p in checked.by_category.items() if c is not Category.IDENTITY}
    assert safety_form.merge(without_names)["dependants"] == [{"age": 40}, {}]


def test_visible_says_what_is_asked_with_rows_and_texts(safety_form: Form) -> None:
    asked = safety_form.visible({**YES, "dependants": [{"age": 9}, {"age": 40}]})
    assert {"what_danger", "grp", "action_taken", "intro", "dependants[0].school"} <= asked
    assert not {"why_police", "dependants[1].school"} & asked


def test_visible_understands_answers_as_a_page_sends_them(safety_form: Form) -> None:
    rows: list[dict[str, object]] = [{}, {"age": "40"}, {"age": "9"}]
    asked = safety_form.visible({"danger_now": "no", "dependants": rows, "odd": "x"})
    assert "dependants[2].school" in asked
    assert "dependants[1].school" not in asked


def test_elements_for_prefilling(safety_form: Form) -> None:
    assert safety_form.elements() == {"person.given_name": "given_name"}


def test_a_posted_page_becomes_the_same_answers(safety_form: Form) -> None:
    posted = {
        "_csrf": ["t"],
        "danger_now": ["yes"],
        "what_danger": ["a car"],
        "action_taken": ["police", "shelter"],
        "why_police": ["asked"],
        "children": [""],
        "dependants[0].name": [""],
        "dependants[4].name": ["n"],
        "dependants[4].age": ["40"],
    }
    answers = safety_form.from_post(posted)
    assert answers == {
        "danger_now": "yes",
        "what_danger": "a car",
        "action_taken": ["police", "shelter"],
        "why_police": "asked",
        "safe_tonight": False,
        "dependants": [{}, {"name": "n", "age": "40"}],
    }
    assert safety_form.validate(answers).answers["dependants"] == [{"name": "n", "age": 40}]
    with pytest.raises(InvalidInput):
        safety_form.validate(
            safety_form.from_post({**posted, "dependants[0].typename": ["x"], "other": ["y"]})
        )


def test_the_json_schema_names_everything_a_program_needs(safety_form: Form) -> None:
    schema = safety_form.json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["danger_now"]
    assert schema["additionalProperties"] is False
    assert properties["danger_now"]["enum"] == ["yes", "no", "unknown", "not_asked", "prefers_not"]
    assert properties["danger_now"]["x-nrm-fact"] == "danger_now"
    assert properties["what_danger"]["x-nrm-required-when-asked"] is True
    assert properties["why_police"]["x-nrm-hidden-when"].startswith('(danger_now != "yes") or (not(')
    assert properties["dependants"]["items"]["required"] == ["name"]
