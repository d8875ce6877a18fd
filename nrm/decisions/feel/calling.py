"""Function definitions and calls compiled into closures."""

from __future__ import annotations

from collections.abc import Sequence

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.closures import Closure, Compiler, makes
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.functions import FUNCTIONS, Form, Function
from nrm.decisions.feel.kinds import FunctionValue, Parameter, Value, kind
from nrm.decisions.feel.limits import DEFAULT
from nrm.decisions.feel.types import ANY

_CONSTANT = frozenset({"date", "time", "date and time", "duration"})
"""Functions whose value is known once their arguments are written out."""


@makes(s.FunctionOf)
def _function(compiler: Compiler, node: s.FunctionOf) -> Closure:
    if node.external:
        return _external
    parameters = tuple(
        Parameter(each.name, compiler.type(each.type) if each.type else ANY) for each in node.parameters
    )
    names = tuple(each.name for each in parameters)
    body, depth = compiler.closure(node.body), node.body.depth + _FRAMES

    def run(running: Running) -> Value:
        running.step()

        def call(caller: Running, arguments: tuple[Value, ...]) -> Value:
            scope = running.inner(dict(zip(names, arguments, strict=True)), caller=caller)
            return scope.nested(depth, body)

        return FunctionValue(parameters, call)

    return run


_FRAMES = 4
"""Calls of Python between a call in FEEL and the body of the function."""


def _external(running: Running) -> Value:
    running.note("Functions outside FEEL are never run")
    return None


@makes(s.Call)
def _call(compiler: Compiler, node: s.Call) -> Closure:
    function = FUNCTIONS.get(node.function)
    make = compiler.asking if node.function == "is defined" else compiler.closure
    arguments = tuple(make(each) for each in node.arguments)
    by_name = _call_of_name(node, arguments)
    if function is None:
        return by_name
    built_in = _call_of_builtin(node, function, arguments)

    def run(running: Running) -> Value:
        shadowed = running.local(node.function)[1] or isinstance(running.context.get(node.function), FunctionValue)
        return by_name(running) if shadowed else built_in(running)

    return run


def _call_of_name(node: s.Call, arguments: tuple[Closure, ...]) -> Closure:
    name, names = node.function, node.names

    def run(running: Running) -> Value:
        running.step()
        return _applied(running, running.look_up(name), arguments, names)

    return run


@makes(s.Invocation)
def _invocation(compiler: Compiler, node: s.Invocation) -> Closure:
    function, arguments = compiler.closure(node.function), compiler.closures(node.arguments)

    def run(running: Running) -> Value:
        running.step()
        return _applied(running, function(running), arguments, node.names)

    return run


def _values(running: Running, arguments: Sequence[Closure]) -> tuple[Value, ...]:
    found: list[Value] = []
    for argument in arguments:
        found.append(argument(running))  # noqa: PERF401 - a comprehension would be one more frame of the stack
    return tuple(found)


def _applied(running: Running, function: Value, arguments: Sequence[Closure], names: tuple[str, ...]) -> Value:
    return called(running, function, _values(running, arguments), names)


def called(running: Running, function: Value, values: tuple[Value, ...], names: tuple[str, ...] = ()) -> Value:
    """What a function gives on values by position or, with ``names``, by name; null if it is no function."""
    if not isinstance(function, FunctionValue):
        running.note(f"Only a function can be called, not {kind(function)}")
        running.missing()
        return None
    if not names:
        return running.invoke(function, values)
    builtin = FUNCTIONS.get(function.name) if function.variadic else None
    if builtin is not None:
        return _builtin_by_names(running, builtin, values, names)
    return _by_names(running, function, dict(zip(names, values, strict=True)), len(names))


def _by_names(running: Running, function: FunctionValue, given: dict[str, Value], count: int) -> Value:
    """Parameters that are not given are null (10.3.2.13.5)."""
    known = [each.name for each in function.parameters]
    if len(given) < count or not given.keys() <= set(known):
        running.note(f"The function has no parameters {', '.join(sorted(given.keys() - set(known)))}")
        return None
    return running.invoke(function, tuple(given.get(name) for name in known))


def _builtin_by_names(running: Running, function: Function, values: tuple[Value, ...], names: tuple[str, ...]) -> Value:
    picked = function.by_names(names)
    if picked is None:
        running.note(_no_form(function, names, len(values)))
        return None
    form, places = picked
    return running.weighed(form.body(running, tuple(None if place is None else values[place] for place in places)))


def _no_form(function: Function, names: tuple[str, ...], count: int) -> str:
    given = ", ".join(names) if names else f"{count} values"
    return f"{function.name}() cannot be called with {given}"


def _call_of_builtin(node: s.Call, function: Function, arguments: tuple[Closure, ...]) -> Closure:
    """A call of a built-in function: its form is picked while compiling."""
    form, places = _picked(function, node)
    if form is None:
        sentence = _no_form(function, node.names, len(arguments))
        return lambda running: running.note(sentence)
    if function.name in _CONSTANT and all(isinstance(each, s.Literal) for each in node.arguments):
        constant = _worked_out(form, [each.value for each in node.arguments if isinstance(each, s.Literal)], places)
        if constant is not None:
            return lambda _: constant
    body = form.body

    def run(running: Running) -> Value:
        running.step()
        values = _values(running, arguments)
        for value in values:
            if isinstance(value, (tuple, dict)):
                running.weigh(value)
        return running.weighed(body(running, _placed(values, places)))

    return run


def _picked(function: Function, node: s.Call) -> tuple[Form | None, tuple[int | None, ...] | None]:
    """The form that a call means, and where each of its arguments stands where they have names."""
    if not node.names:
        return function.by_position(len(node.arguments)), None
    return function.by_names(node.names) or (None, None)


def _placed(values: tuple[Value, ...], places: tuple[int | None, ...] | None) -> tuple[Value, ...]:
    if places is None:
        return values
    return tuple(None if place is None else values[place] for place in places)


def _worked_out(form: Form, values: list[Value], places: tuple[int | None, ...] | None) -> Value:
    """What the form gives on literals, worked out once."""
    return form.body(Running({}, DEFAULT), _placed(tuple(values), places))
