"""What decisions came to and what their tests say, in the reader's words; the form to try a decision on facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nrm.decisions.dmn import Decided
from nrm.decisions.dmn.proving import Proof
from nrm.decisions.dmn.wording import value_words
from nrm.decisions.feel.values import accepted
from nrm.queries.decisions import Asked, DecisionView
from nrm_web.words import Words

PREFIX = "fact."
"""What the names of fields that stand for facts begin with."""
EDITOR_WORDS = (
    "Hit policy:", "Hit policy", "When", "And", "Then", "Annotations", "Annotation", "View DRD", "Decision name",
    "Add rule", "Add rule above", "Add rule below", "Remove rule", "Copy rule", "Cut rule", "Paste rule above",
    "Paste rule below", "Add input", "Add output", "Add input column left", "Add input column right",
    "Add output column left", "Add output column right", "Remove input column", "Remove output column",
    "Copy input column", "Copy output column", "Cut input column", "Cut output column", "Paste input column left",
    "Paste input column right", "Paste output column left", "Paste output column right", "Add cell description",
    "Remove cell description", "Edit input", "Edit output", "Input label", "Input expression", "Input type",
    "Input values", "Output label", "Output name", "Output type", "Output values", "Predefined values",
    "Add predefined values", "Clear predefined values", "Add values", "No values", "Type", "Expression",
    "Strings must be in double quotes", "Move rule", "Edit string", "Edit number", "Edit boolean", "Edit date",
    "Match one", "Match none", "Exactly", "Between", "Before", "After", "Yes", "No", "Edit", "Delete",
)
"""Texts of the table editor, in the source language: those that have a translation are handed over."""
_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class TestLine:
    """One test of a decision. ``given``, ``expected`` and what ``came``: pairs of a name and a value, in words."""

    name: str
    ok: bool
    given: tuple[tuple[str, str], ...]
    expected: tuple[tuple[str, str], ...]
    came: tuple[tuple[str, str], ...]
    problem: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one decision came to. ``results``: pairs of what was decided and its value, in words."""

    decided: Decided
    results: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def labels_of(view: DecisionView, words: Words) -> dict[str, str]:
    """Return what facts and results are called: name -> label."""
    outputs = {one.name: words(one.label or one.name.replace("_", " ")) for one in view.decision.outputs}
    return {**outputs, **{one.name: asked_label(one, words) for one in view.asked}}


def asked_label(asked: Asked, words: Words) -> str:
    """Return the label of a fact in the reader's language."""
    return asked.label.get(words.language) or asked.label.get("en") or asked.name.replace("_", " ")


def test_lines(view: DecisionView, words: Words) -> tuple[TestLine, ...]:
    """Return the tests, those that fail first."""
    labels = labels_of(view, words)
    return tuple(_test(proof, labels, words) for proof in sorted(view.proofs, key=lambda proof: proof.ok))


def steps_of(decided: Decided, labels: Mapping[str, str], words: Words) -> tuple[Step, ...]:
    """Return what the decision came to, then those it rests on."""
    return tuple(_step(one, labels, words) for one in (decided, *decided.steps))


def editor_words(words: Words) -> dict[str, str]:
    """Return the table editor's texts in the reader's language, as far as there are translations."""
    if words.language == "en":
        return {}
    return {text: found for text in EDITOR_WORDS if (found := words.find(text)) is not None}


def given_facts(asked: Iterable[Asked], form: Mapping[str, str]) -> dict[str, object]:
    """Return what was typed or chosen, by the names of facts; what was left out is not known."""
    typed = {one.name: form.get(PREFIX + one.name, "").strip() for one in asked}
    return {name: text for name, text in typed.items() if text}


def value_said(value: object, words: Words) -> str:
    """Return a value in the reader's language."""
    if isinstance(value, (list, tuple)):
        return words.comma.join(value_said(item, words) for item in value) or words("None")
    text = value_words(accepted(value, _ITEMS)[0])
    return words(text[:1].upper() + text[1:]) if value is None or isinstance(value, (bool, str)) else text


def _step(decided: Decided, labels: Mapping[str, str], words: Words) -> Step:
    unknown = sorted(labels.get(name, name.replace("_", " ")) for name in decided.unknown)
    return Step(decided, tuple(_told(decided.outputs, labels, words)), tuple(unknown))


def _test(proof: Proof, labels: Mapping[str, str], words: Words) -> TestLine:
    test = proof.test
    wanted = [test.expect] if isinstance(test.expect, Mapping) else test.expect or ()
    return TestLine(
        test.name, proof.ok, tuple(_told(test.given, labels, words)),
        tuple(pair for one in wanted for pair in _told(one, labels, words)), tuple(_told(proof.got, labels, words)),
        test.problem or "", proof.sentence,
    )


def _told(values: Mapping[str, object] | None, labels: Mapping[str, str], words: Words) -> Iterator[tuple[str, str]]:
    for name, value in (values or {}).items():
        yield labels.get(name, name.replace("_", " ")), value_said(value, words)
