"""Comparisons, ``between``, ``in`` and unary tests compiled into closures."""

from __future__ import annotations

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.closures import Closure, Compiler, Test, is_null, makes
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.operators import compared, equal, inside


@makes(s.Compare)
def _compare(compiler: Compiler, node: s.Compare) -> Closure:
    operator = node.operator
    asked = is_null(node.left) or is_null(node.right)
    left = compiler.asking(node.left) if asked else compiler.closure(node.left)
    right = compiler.asking(node.right) if asked else compiler.closure(node.right)

    def run(running: Running) -> Value:
        running.step()
        a, b = left(running), right(running)
        if not asked and (a is None or b is None):
            running.missing()
        return noted(running, operator, a, b)

    return run


def noted(running: Running, operator: str, a: Value, b: Value) -> bool | None:
    """What a comparison gives, with a note where it gives null."""
    if isinstance(a, (tuple, dict)):
        running.weigh(a)
    answer = compared(operator, a, b)
    if answer is None:
        running.note(f"{operator} cannot compare {kind(a)} with {kind(b)}")
    return answer


@makes(s.Between)
def _between(compiler: Compiler, node: s.Between) -> Closure:
    value, low, high = compiler.closures((node.value, node.low, node.high))

    def run(running: Running) -> Value:
        running.step()
        given = value(running)
        answer = inside(given, Interval(low(running), high(running), True, True))
        if answer is None:
            running.note("between cannot compare values of these kinds")
        return answer

    return run


@makes(s.In)
def _in(compiler: Compiler, node: s.In) -> Closure:
    asks_null = any(isinstance(test, s.ValueTest) and is_null(test.operand) for test in node.tests)
    value = compiler.asking(node.value) if asks_null else compiler.closure(node.value)
    tests = tuple(compiled_test(compiler, each) for each in node.tests)

    def run(running: Running) -> Value:
        running.step()
        given = value(running)
        if given is None and not asks_null:
            running.missing()
        return passes(running, given, tests)

    return run


def passes(running: Running, value: Value, tests: tuple[Test, ...]) -> bool | None:
    """Whether the value passes one of the tests: true, false, or null when none holds and one cannot be
    told.
    """
    told = True
    for test in tests:
        answer = test(running, value)
        if answer is True:
            return True
        told = told and answer is False
    return False if told else None


def compiled_test(compiler: Compiler, node: s.Node) -> Test:
    """The closure of a unary test: does the value pass?"""
    if isinstance(node, s.CompareTest):
        return _compare_test(compiler, node)
    assert isinstance(node, s.ValueTest)
    return _asking_test(compiler, node) if node.uses_input else _value_test(compiler, node)


def _compare_test(compiler: Compiler, node: s.CompareTest) -> Test:
    operator, operand = node.operator, compiler.closure(node.operand)

    def run(running: Running, value: Value) -> bool | None:
        running.step()
        return noted(running, operator, value, operand(running))

    return run


def _asking_test(compiler: Compiler, node: s.ValueTest) -> Test:
    """A condition on ``?``."""
    operand = compiler.closure(node.operand)

    def run(running: Running, value: Value) -> bool | None:
        running.step()
        answer = operand(running if running.input is value else running.about(value))
        return answer if isinstance(answer, bool) else None

    return run


def _value_test(compiler: Compiler, node: s.ValueTest) -> Test:
    operand = compiler.closure(node.operand)

    def run(running: Running, value: Value) -> bool | None:
        running.step()
        target = operand(running)
        if isinstance(target, Interval):
            return _within(value, target)
        if isinstance(target, tuple):
            return _among(running, value, target)
        if isinstance(target, dict):
            running.weigh(target)
        return equal(value, target)

    return run


def _within(value: Value, target: Interval) -> bool | None:
    """A range lies in a range if it is the same; anything else if it is inside."""
    return equal(value, target) if isinstance(value, Interval) else inside(value, target)


def _among(running: Running, value: Value, items: tuple[Value, ...]) -> bool | None:
    running.weigh(items)
    for item in items:
        held = _within(value, item) if isinstance(item, Interval) else equal(value, item)
        if held is True:
            return True
    return isinstance(value, tuple) and equal(value, items) is True
