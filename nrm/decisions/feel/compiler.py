"""Literals, names, operators and what is made of several values, compiled into closures."""

from __future__ import annotations

from nrm.decisions.feel import calling, choosing, iterating, testing  # noqa: F401 - they register their makers
from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.builtins import builtin
from nrm.decisions.feel.closures import Closure, Compiler, makes
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.operators import arithmetic, negated
from nrm.decisions.feel.ordering import entries_in_order
from nrm.decisions.feel.properties import property_of
from nrm.decisions.feel.types import is_instance


@makes(s.Literal)
def _literal(_: Compiler, node: s.Literal) -> Closure:
    value = node.value
    return lambda _: value


@makes(s.Name)
def _name(_: Compiler, node: s.Name) -> Closure:
    name = node.name
    standing_for = builtin(name)

    def run(running: Running) -> Value:
        running.step()
        return running.look_up(name)

    def run_builtin(running: Running) -> Value:
        running.step()
        known = running.local(name)[1] or name in running.context
        return running.look_up(name) if known else standing_for

    return run if standing_for is None else run_builtin


@makes(s.Input)
def _input(_: Compiler, node: s.Input) -> Closure:
    del node
    return Running.look_at_input


@makes(s.Negation)
def _negation(compiler: Compiler, node: s.Negation) -> Closure:
    operand = compiler.closure(node.operand)

    def run(running: Running) -> Value:
        running.step()
        value = operand(running)
        result = negated(value)
        if result is None:
            running.note(f"A minus sign needs a number or a duration, not {kind(value)}")
        return result

    return run


def _single(value: Value) -> Value:
    """A list of one item stands for the item, where an item is wanted (10.3.2.15)."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


@makes(s.Arithmetic)
def _arithmetic(compiler: Compiler, node: s.Arithmetic) -> Closure:
    operator, left, right = node.operator, compiler.closure(node.left), compiler.closure(node.right)

    def run(running: Running) -> Value:
        running.step()
        a, b = left(running), right(running)
        value = arithmetic(operator, a, b)
        if value is None:
            value = arithmetic(operator, _single(a), _single(b))
        if value is None:
            running.note(f"{operator} cannot be worked out on {kind(a)} and {kind(b)}")
        elif isinstance(value, str) and len(value) > running.limits.characters:
            raise LimitReachedError("A text becomes longer than is allowed")
        return value

    return run


@makes(s.RangeOf)
def _range(compiler: Compiler, node: s.RangeOf) -> Closure:
    low_in, high_in = node.low_included, node.high_included
    if isinstance(node.low, s.Literal) and isinstance(node.high, s.Literal):
        constant = Interval(node.low.value, node.high.value, low_in, high_in)
        return lambda _: constant
    low, high = compiler.closure(node.low), compiler.closure(node.high)

    def run(running: Running) -> Value:
        running.step()
        return Interval(low(running), high(running), low_in, high_in)

    return run


@makes(s.OneSided)
def _one_sided(compiler: Compiler, node: s.OneSided) -> Closure:
    operator, operand = node.operator, compiler.closure(node.operand)

    def run(running: Running) -> Value:
        running.step()
        end = operand(running)
        if operator == "=":
            return Interval(end, end, True, True)
        if operator == "!=":
            running.note("!= with one side is a test, not a range")
            return None
        if operator in ("<", "<="):
            return Interval(None, end, False, operator == "<=", one_sided=True)
        return Interval(end, None, operator == ">=", False, one_sided=True)

    return run


@makes(s.ListOf)
def _list(compiler: Compiler, node: s.ListOf) -> Closure:
    if all(isinstance(each, s.Literal) for each in node.items):
        return _constant_list(tuple(each.value for each in node.items if isinstance(each, s.Literal)))
    items = compiler.closures(node.items)

    def run(running: Running) -> Value:
        running.step()
        found: list[Value] = []
        for item in items:
            found.append(item(running))  # noqa: PERF401 - a comprehension would be one more frame of the stack
        return running.grown(tuple(found))

    return run


def _constant_list(value: tuple[Value, ...]) -> Closure:
    def run(running: Running) -> Value:
        running.step()
        if len(value) > running.limits.items:
            raise LimitReachedError("A list becomes longer than is allowed")
        return value

    return run


@makes(s.ContextOf)
def _context(compiler: Compiler, node: s.ContextOf) -> Closure:
    keys = tuple(entry.key for entry in node.entries)
    repeated = len(set(keys)) < len(keys)
    entries = tuple((entry.key, compiler.closure(entry.value)) for entry in entries_in_order(node.entries))

    def run(running: Running) -> Value:
        running.step()
        if repeated:
            running.note("A context has one key twice")
            return None
        made: dict[str, Value] = {}
        scope = running.inner(made)
        for key, value in entries:
            made[key] = value(scope)
        return running.grown({key: made[key] for key in keys})

    return run


@makes(s.Path)
def _path(compiler: Compiler, node: s.Path) -> Closure:
    value, name = compiler.closure(node.value), node.name

    def run(running: Running) -> Value:
        running.step()
        base = value(running)
        if not isinstance(base, tuple):
            return _property(running, base, name)
        running.step(len(base))
        found: list[Value] = []
        for item in base:
            found.append(_property(running, item, name))  # noqa: PERF401
        return tuple(found)

    return run


def _property(running: Running, base: Value, name: str) -> Value:
    value, found = property_of(base, name)
    if not found and base is not None:
        running.note(f"{kind(base)} has no {name}")
    return value


@makes(s.InstanceOf)
def _instance_of(compiler: Compiler, node: s.InstanceOf) -> Closure:
    value, of = compiler.closure(node.value), compiler.type(node.type)

    def run(running: Running) -> Value:
        running.step()
        given = value(running)
        if of is None:
            running.note(f"{node.type} is not the name of a type")
            return None
        if isinstance(given, (tuple, dict)):
            running.weigh(given)
        return is_instance(given, of)

    return run
