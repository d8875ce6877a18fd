"""What FEEL text comes to, for tables of expression and result."""

from __future__ import annotations

from nrm.decisions.feel import Evaluation, parse_expression


def worked_out(text: str) -> object:
    """The value of an expression that needs no context."""
    return evaluated(text).value


def evaluated(text: str) -> Evaluation:
    """All that came of an expression that needs no context."""
    return parse_expression(text).evaluate({})


def agrees(text: str, result: str) -> bool:
    """Whether both texts come to the same value of the same kind."""
    came, wanted = worked_out(text), worked_out(result)
    return came == wanted and isinstance(came, bool) == isinstance(wanted, bool)
