"""Checks an expression against the dictionary of facts: unknown names, wrong values, what can never hold."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.decisions.feel import inferring, signing  # noqa: F401 - they register what infers the nodes
from nrm.decisions.feel.checker import Checker
from nrm.decisions.feel.comparisons import test
from nrm.decisions.feel.errors import Problem
from nrm.decisions.feel.expressions import Expression, UnaryTests
from nrm.decisions.feel.knowledge import ANYTHING, Known, kind_words, known_fact
from nrm.decisions.feel.types import Type
from nrm.vocabulary.facts import Dictionary

__all__ = ["ANYTHING", "Known", "check_tests", "check_types", "known_fact", "known_of"]


def check_types(
    expression: Expression, dictionary: Dictionary, *, expects: str = "", types: Mapping[str, Type] | None = None
) -> list[Problem]:
    """Problems of the expression, in the order of its text. ``expects``: the kind it must give ("boolean" for
    conditions). ``types``: those it may name besides FEEL's own.
    """
    checker = Checker(dictionary, types=types)
    came = checker.infer(expression.tree)
    if expects and came.kind and came.kind != expects:
        sentence = f"This gives {came.words} where {kind_words(expects)} is needed."
        checker.add("wrong_kind", sentence, expression.tree)
    return checker.sorted()


def check_tests(tests: UnaryTests, about: Known, dictionary: Dictionary) -> list[Problem]:
    """Problems of a table cell whose input is ``about``."""
    checker = Checker(dictionary, about)
    for each in tests.tree.tests:
        test(checker, each, about)
    return checker.sorted()


def known_of(expression: Expression, dictionary: Dictionary) -> Known:
    """What can be said of the value of an expression."""
    return Checker(dictionary).infer(expression.tree)
