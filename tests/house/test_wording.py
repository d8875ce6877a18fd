"""What people read: translated, without banned words, with every {name} in place."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

from nrm.deployment.configuration import load_configuration
from nrm.deployment.wording import Wording
from tests.support.wording import same_places, shown_by_kind, shown_strings

ROOT = Path(__file__).parents[2]
LANGUAGES = ("ro", "ar")
ENOUGH = 0.99
CEDILLAS = re.compile("[şţŞŢ]")
"""Romanian is written with a comma below; the cedilla is Turkish."""


@cache
def wording() -> Wording:
    return load_configuration(ROOT / "config").wording


@cache
def shown() -> Mapping[str, set[str]]:
    return shown_by_kind(ROOT)


@cache
def known(language: str) -> frozenset[str]:
    return frozenset(same_places(text) for text in wording().translations[language])


def missing(language: str, kind: str) -> list[str]:
    return sorted(text for text in shown()[kind] if same_places(text) not in known(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_uses_a_banned_word(language: str) -> None:
    found = {
        target: [banned.word for banned in wording().banned_in(target, language)]
        for target in wording().translations[language].values() if wording().banned_in(target, language)
    }
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_to_fill_in_survive_translation(language: str) -> None:
    for source, target in wording().translations[language].items():
        assert sorted(re.findall(r"\{\w*\}", source)) == sorted(re.findall(r"\{\w*\}", target)), source


def test_labels_of_facts_use_no_banned_word() -> None:
    facts = yaml.safe_load((ROOT / "bpmn/dictionary.yaml").read_text(encoding="utf-8")).values()
    for label in (fact["label"] for fact in facts):
        for language in ("en", *LANGUAGES):
            assert label[language], label
            assert not wording().banned_in(label[language], language), label


def test_no_english_text_uses_a_banned_word() -> None:
    found = {text for text in set().union(*shown().values()) if wording().banned_in(text, "en")}
    assert not found


def test_romanian_is_written_with_comma_below() -> None:
    assert not [target for target in wording().translations["ro"].values() if CEDILLAS.search(target)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["forms", "tasks", "diagrams", "tables", "configuration"])
def test_the_process_set_is_translated(language: str, kind: str) -> None:
    left = missing(language, kind)
    assert len(left) <= (1 - ENOUGH) * len(shown()[kind]), left


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_translated(language: str) -> None:
    """By its exact template: a reason is put together again from what stands under it."""
    assert not sorted(shown()["phrases"] - wording().translations[language].keys())


def test_coverage_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for language in LANGUAGES:
            parts = [f"{kind} {len(texts) - len(missing(language, kind))}/{len(texts)}"
                     for kind, texts in shown().items()]
            sys.stdout.write(f"\n  {language}: " + ", ".join(parts))


def test_texts_are_found_where_people_read_them() -> None:
    found = shown_strings(ROOT)
    assert {
        "Guardian consents, child agrees",  # a form's title
        "Until when",  # a date's label
        "Explain rights",  # a task
        "Who consents?",  # a gateway
        "Not known yet (D-02)",  # a decision table's note
        "Protective action in immediate danger",  # a time limit
        "Skip to the content",  # a page
        "Write at most {limit} characters.",  # a form's answer
        "This case is closed",  # an error's title
        "{label} {test}, but it is {value}",  # a part of a reason
        "in every other case",  # a part without places
    } <= found
    assert not {"radio", "person.given_name", "ds-button", "F06_assent"} & found
