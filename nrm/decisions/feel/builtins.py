"""The built-in functions as values, so that they can be given to other functions."""

from __future__ import annotations

from functools import cache

from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions import FUNCTIONS, Function
from nrm.decisions.feel.functions.signatures import Body
from nrm.decisions.feel.kinds import FunctionValue, Parameter, Value


@cache
def builtin(name: str) -> FunctionValue | None:
    """The function of a name, one value for one function; ``None`` if there is none."""
    function = FUNCTIONS.get(name)
    if function is None:
        return None
    longest = max(function.forms, key=lambda form: len(form.parameters))
    parameters = tuple(Parameter(each) for each in longest.parameters)
    return FunctionValue(parameters, _by_position(function), name, variadic=True)


def _by_position(function: Function) -> Body:
    def body(running: Running, arguments: tuple[Value, ...]) -> Value:
        form = function.by_position(len(arguments))
        if form is None:
            running.note(f"{function.name}() cannot be called with {len(arguments)} values")
            return None
        return form.body(running, arguments)

    return body
