"""FEEL, the expression language of DMN: parsed once, compiled into closures, total and bounded.

Nothing but the listed functions can be reached from an expression; an error is null with a note.
"""

from nrm.decisions.feel.checks import check_tests, check_types
from nrm.decisions.feel.errors import FeelError, Problem
from nrm.decisions.feel.evaluation import Evaluation
from nrm.decisions.feel.expressions import Expression, UnaryTests
from nrm.decisions.feel.limits import DEFAULT, Limits
from nrm.decisions.feel.parsing import (
    parse_condition,
    parse_expression,
    parse_unary_tests,
)

__all__ = [
    "DEFAULT", "Evaluation", "Expression", "FeelError", "Limits", "Problem", "UnaryTests",
    "check_tests", "check_types", "parse_condition", "parse_expression", "parse_unary_tests",
]
