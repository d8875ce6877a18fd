"""The syntax tree compiled into closures: each takes the running evaluation and gives a value, and never
raises anything but ``LimitReachedError``.
"""

from __future__ import annotations

from collections.abc import Callable

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.functions import FUNCTIONS
from nrm.decisions.feel.values import Interval, Value, arithmetic, compared, equal, inside, is_number, kind

Closure = Callable[[Running], Value]
Test = Callable[[Running, Value], bool | None]


def compiled(node: s.Node) -> Closure:
    """The closure of an expression node."""
    maker = _MAKERS.get(type(node))
    if maker is None:
        raise AssertionError(f"no compiler for {type(node).__name__}")
    return maker(node)


def compiled_test(node: s.Node) -> Test:
    """The closure of a unary test: does the value pass?"""
    if isinstance(node, s.CompareTest):
        return _compare_test(node)
    assert isinstance(node, s.ValueTest)
    return _value_test(node)


def _literal(node: s.Literal) -> Closure:
    value = node.value

    def run(running: Running) -> Value:
        running.step()
        return value

    return run


def _name(node: s.Name) -> Closure:
    name = node.name

    def run(running: Running) -> Value:
        running.step()
        return running.look_up(name)

    return run


def _input(_: s.Input) -> Closure:
    return lambda running: running.look_at_input()


def asking(node: s.Node) -> Closure:
    """The closure of an operand of which it is only asked whether it is known."""
    if isinstance(node, s.Name):
        name = node.name
        return lambda running: running.look_up(name, asking=True)
    if isinstance(node, s.Input):
        return lambda running: running.look_at_input(asking=True)
    return compiled(node)


def _negation(node: s.Negation) -> Closure:
    operand = compiled(node.operand)

    def run(running: Running) -> Value:
        running.step()
        value = operand(running)
        if is_number(value):
            return -value  # type: ignore[operator]
        running.note(f"A minus sign needs a number, not {kind(value)}")
        return None

    return run


def _arithmetic(node: s.Arithmetic) -> Closure:
    operator, left, right = node.operator, compiled(node.left), compiled(node.right)

    def run(running: Running) -> Value:
        running.step()
        a, b = left(running), right(running)
        value = arithmetic(operator, a, b)
        if value is None:
            running.note(f"{operator} cannot be worked out on {kind(a)} and {kind(b)}")
        elif isinstance(value, str) and len(value) > running.limits.characters:
            raise LimitReachedError("A text becomes longer than is allowed")
        return value

    return run


def _logic(node: s.Logic) -> Closure:
    """Three-valued. An operand that decides cleanly (no unknown in it) also clears the others' unknowns."""
    decisive = not node.all_of
    operands = tuple(compiled(each) for each in node.operands)

    def run(running: Running) -> Value:
        running.step()
        before = len(running.unknown)
        decided, all_known = False, True
        for operand in operands:
            here = len(running.unknown)
            value = operand(running)
            if value is decisive:
                if len(running.unknown) == here:
                    del running.unknown[before:]
                    return decisive
                decided = True
            elif value is not (not decisive):
                all_known = False
                if value is not None:
                    running.note(f"and/or needs true or false, not {kind(value)}")
        if decided:
            return decisive
        return not decisive if all_known else None

    return run


def _is_null(node: s.Node) -> bool:
    return isinstance(node, s.Literal) and node.value is None


def _compare(node: s.Compare) -> Closure:
    operator = node.operator
    left = asking(node.left) if _is_null(node.right) else compiled(node.left)
    right = asking(node.right) if _is_null(node.left) else compiled(node.right)

    def run(running: Running) -> Value:
        running.step()
        a, b = left(running), right(running)
        return _noted(running, operator, a, b)

    return run


def _noted(running: Running, operator: str, a: Value, b: Value) -> bool | None:
    if isinstance(a, tuple) and isinstance(b, tuple):
        running.step(len(a))
    answer = compared(operator, a, b)
    if answer is None:
        running.note(f"{operator} cannot compare {kind(a)} with {kind(b)}")
    return answer


def _between(node: s.Between) -> Closure:
    value, low, high = compiled(node.value), compiled(node.low), compiled(node.high)

    def run(running: Running) -> Value:
        running.step()
        given = value(running)
        answer = inside(given, Interval(low(running), high(running), True, True))
        if answer is None:
            running.note("between cannot compare values of these kinds")
        return answer

    return run


def _in(node: s.In) -> Closure:
    known_only = any(isinstance(test, s.ValueTest) and _is_null(test.operand) for test in node.tests)
    value = asking(node.value) if known_only else compiled(node.value)
    tests = tuple(compiled_test(each) for each in node.tests)

    def run(running: Running) -> Value:
        running.step()
        return passes(running, value(running), tests)

    return run


def passes(running: Running, value: Value, tests: tuple[Test, ...]) -> bool | None:
    """Whether the value passes one of the tests: true, false, or null when none holds and one cannot be
    told.
    """
    answers = []
    for test in tests:
        answer = test(running, value)
        if answer is True:
            return True
        answers.append(answer)
    return None if None in answers else False


def _compare_test(node: s.CompareTest) -> Test:
    operator, operand = node.operator, compiled(node.operand)

    def run(running: Running, value: Value) -> bool | None:
        running.step()
        return _noted(running, operator, value, operand(running))

    return run


def _value_test(node: s.ValueTest) -> Test:
    operand = compiled(node.operand)
    uses_input = node.uses_input

    def run(running: Running, value: Value) -> bool | None:
        running.step()
        target = operand(running)
        if uses_input:
            return target if isinstance(target, bool) else None
        if isinstance(target, Interval):
            return inside(value, target)
        if isinstance(target, tuple):
            return _among(running, value, target)
        return equal(value, target)

    return run


def _among(running: Running, value: Value, items: tuple[Value, ...]) -> bool | None:
    running.step(len(items))
    for item in items:
        held = inside(value, item) if isinstance(item, Interval) else equal(value, item)
        if held is True:
            return True
    return isinstance(value, tuple) and equal(value, items) is True


def _range(node: s.RangeOf) -> Closure:
    low, high = compiled(node.low), compiled(node.high)
    low_in, high_in = node.low_included, node.high_included

    def run(running: Running) -> Value:
        running.step()
        return Interval(low(running), high(running), low_in, high_in)

    return run


def _list(node: s.ListOf) -> Closure:
    items = tuple(compiled(each) for each in node.items)

    def run(running: Running) -> Value:
        running.step()
        if len(items) > running.limits.items:
            raise LimitReachedError("A list becomes longer than is allowed")
        return tuple(item(running) for item in items)

    return run


def _if(node: s.If) -> Closure:
    condition, then, otherwise = compiled(node.condition), compiled(node.then), compiled(node.otherwise)

    def run(running: Running) -> Value:
        running.step()
        value = condition(running)
        if not isinstance(value, bool):
            running.note(f"if needs true or false, not {kind(value)}; the else part was taken")
        return then(running) if value is True else otherwise(running)

    return run


def _call(node: s.Call) -> Closure:
    function = FUNCTIONS[node.function]
    make = asking if node.function == "is defined" else compiled
    arguments = tuple(make(each) for each in node.arguments)

    def run(running: Running) -> Value:
        running.step()
        return function.body(running, tuple(argument(running) for argument in arguments))

    return run


_MAKERS: dict[type[s.Node], Callable[..., Closure]] = {
    s.Literal: _literal, s.Name: _name, s.Input: _input, s.Negation: _negation, s.Arithmetic: _arithmetic,
    s.Logic: _logic, s.Compare: _compare, s.Between: _between, s.In: _in, s.RangeOf: _range, s.ListOf: _list,
    s.If: _if, s.Call: _call,
}
