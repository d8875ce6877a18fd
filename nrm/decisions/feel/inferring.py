"""What is known of values, operators, lists, contexts, paths and iterations; what is wrong with them."""

from __future__ import annotations

from functools import lru_cache

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checker import Checker, infers
from nrm.decisions.feel.errors import suggestion
from nrm.decisions.feel.functions import FUNCTIONS
from nrm.decisions.feel.kinds import Interval, Value, kind
from nrm.decisions.feel.knowledge import ANYTHING, THIS, Known, either, known_fact
from nrm.decisions.feel.operators import arithmetic, negated
from nrm.decisions.feel.properties import PROPERTY_NAMES, property_of
from nrm.decisions.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths

_SAMPLES: dict[str, Value] = {
    "number": 1, "string": "a", "boolean": True, "date": Date(2026, 3, 31), "time": Time(0),
    "date and time": DateTime(Date(2026, 3, 31), Time(0)), "days and time duration": DaysTime(1),
    "years and months duration": YearsMonths(1), "list": (), "context": {}, "range": Interval(1, 2, True, True),
}
"""One value of each kind: what operators and properties give on it tells the kind that they give."""


@infers(s.Literal)
def _literal(_: Checker, node: s.Literal) -> Known:
    values = (node.value,) if isinstance(node.value, str) else ()
    return Known(kind(node.value), values, always=node.value is not None, whole=isinstance(node.value, int))


@infers(s.Name)
def _name(checker: Checker, node: s.Name) -> Known:
    known = checker.local(node.name)
    if known is not None:
        return known
    fact = checker.dictionary.get(node.name)
    if fact is not None:
        return known_fact(fact)
    if node.name in FUNCTIONS:
        return Known("function", always=True)
    hint = suggestion(node.name, checker.dictionary)
    checker.add("unknown_name", f'There is no fact "{node.name}" in the dictionary.{hint}', node)
    return Known(title=node.name)


@infers(s.Input)
def _input(checker: Checker, _: s.Input) -> Known:
    return checker.about


@infers(s.Negation)
def _negation(checker: Checker, node: s.Negation) -> Known:
    known = checker.infer(node.operand)
    if known.kind in _SAMPLES and negated(_SAMPLES[known.kind]) is None:
        checker.add("wrong_kind", f"{known.title} is {known.words}; it cannot be calculated with.", node)
    return Known(known.kind, whole=known.whole) if known.kind in _SAMPLES else ANYTHING


@infers(s.Arithmetic)
def _arithmetic(checker: Checker, node: s.Arithmetic) -> Known:
    left, right = checker.infer(node.left), checker.infer(node.right)
    if left.kind not in _SAMPLES or right.kind not in _SAMPLES:
        return ANYTHING
    result = _kind_of(node.operator, left.kind, right.kind)
    if not result:
        one, other = (right, left) if right.is_fact and not left.is_fact else (left, right)
        sentence = f"{one.title} is {one.words}; it cannot be calculated with {node.operator} and {other.words}."
        checker.add("wrong_kind", sentence, node)
    return Known(result, whole=left.whole and right.whole and node.operator in "+-*")


@lru_cache(maxsize=1024)
def _kind_of(operator: str, left: str, right: str) -> str:
    """The kind that an operator gives, "" if none."""
    result = arithmetic(operator, _SAMPLES[left], _SAMPLES[right])
    return "" if result is None else kind(result)


@infers(s.Logic)
def _logic(checker: Checker, node: s.Logic) -> Known:
    for operand in node.operands:
        checker.truth(operand, "and" if node.all_of else "or")
    if node.all_of:
        _contradiction(checker, node)
    return Known("boolean")


def _contradiction(checker: Checker, node: s.Logic) -> None:
    wanted: dict[str, Value] = {}
    for one in node.operands:
        if not (isinstance(one, s.Compare) and one.operator == "=" and isinstance(one.left, s.Name)
                and isinstance(one.right, s.Literal)):
            continue
        if one.left.name in wanted and wanted[one.left.name] != one.right.value:
            checker.add("never_holds", f"{one.left.name} cannot have two values at once.", one)
        wanted[one.left.name] = one.right.value


@infers(s.If)
def _if(checker: Checker, node: s.If) -> Known:
    checker.truth(node.condition, "if")
    return either(checker.infer(node.then), checker.infer(node.otherwise))


@infers(s.ListOf)
def _list(checker: Checker, node: s.ListOf) -> Known:
    items = [checker.infer(item) for item in node.items]
    element = items[0] if items else None
    for item in items[1:]:
        element = either(element, item) if element else None
    return Known("list", always=True, element=element)


@infers(s.ContextOf)
def _context(checker: Checker, node: s.ContextOf) -> Known:
    fields: dict[str, Known] = {}
    for entry in node.entries:
        if entry.key in fields:
            checker.add("repeated_key", f'The key "{entry.key}" stands twice in one context.', entry)
        others = {each.key: fields.get(each.key, ANYTHING) for each in node.entries}
        fields[entry.key] = checker.inside(others, entry.value)
    return Known("context", always=True, fields=fields)


@infers(s.Path)
def _path(checker: Checker, node: s.Path) -> Known:
    base = checker.infer(node.value)
    if base.kind == "list":
        return Known("list", element=_property(checker, base.element or ANYTHING, node))
    return _property(checker, base, node)


def _property(checker: Checker, base: Known, node: s.Path) -> Known:
    if base.kind == "context" and base.fields is not None:
        if node.name in base.fields:
            return base.fields[node.name]
        hint = suggestion(node.name, base.fields)
        checker.add("unknown_name", f'This context has no entry "{node.name}".{hint}', node)
    elif base.kind in _SAMPLES and base.kind not in ("context", "list"):
        value, found = property_of(_SAMPLES[base.kind], node.name)
        if found:
            return Known(kind(value) if value is not None else "")
        hint = suggestion(node.name, PROPERTY_NAMES)
        checker.add("unknown_name", f'{base.title} is {base.words}, which has no "{node.name}".{hint}', node)
    return ANYTHING


@infers(s.Filter)
def _filter(checker: Checker, node: s.Filter) -> Known:
    base = checker.infer(node.value)
    item = (base.element or ANYTHING) if base.kind == "list" else base
    names = {"item": item, **(item.fields or {})}
    condition = checker.inside(names, node.condition, open_ended=item.kind in ("", "context") and item.fields is None)
    if condition.kind == "number":
        return item
    if condition.kind not in ("", "boolean"):
        sentence = f"A filter needs true or false, or the number of an item; {condition.title} is {condition.words}."
        checker.add("wrong_kind", sentence, node.condition)
    return Known("list" if condition.kind == "boolean" else "", element=item)


def iterated(checker: Checker, iterators: tuple[s.Iterator, ...], body: s.Node, more: dict[str, Known]) -> Known:
    """What is known of the body where the iterators' names are."""
    if not iterators:
        return checker.inside(more, body) if more else checker.infer(body)
    first, rest = iterators[0], iterators[1:]
    source = checker.infer(first.source)
    item = (source.element or ANYTHING) if source.kind in ("list", "range") else source
    if first.end is not None:
        _stretch(checker, first, item, checker.infer(first.end))
    checker.scopes.append(({first.name: Known(item.kind, item.values, THIS, item.always, item.whole, item.element,
                                              item.fields, item.parameters)}, False))
    try:
        return iterated(checker, rest, body, more)
    finally:
        checker.scopes.pop()


def _stretch(checker: Checker, node: s.Iterator, first: Known, last: Known) -> None:
    for end in (first, last):
        if end.kind not in ("", "number", "date"):
            checker.add("wrong_kind", f"A range to go over needs whole numbers or dates, not {end.words}.", node)
            return
    if first.kind and last.kind and first.kind != last.kind:
        checker.add("wrong_kind", "The two ends of the range are of different kinds.", node)


@infers(s.For)
def _for(checker: Checker, node: s.For) -> Known:
    result = iterated(checker, node.iterators, node.result, {"partial": Known("list", always=True)})
    return Known("list", element=result)


@infers(s.Quantified)
def _quantified(checker: Checker, node: s.Quantified) -> Known:
    condition = iterated(checker, node.iterators, node.condition, {})
    if condition.kind not in ("", "boolean"):
        sentence = f'{condition.title} is {condition.words}, not true or false, after "satisfies".'
        checker.add("wrong_kind", sentence, node.condition)
    return Known("boolean")


@infers(s.InstanceOf)
def _instance_of(checker: Checker, node: s.InstanceOf) -> Known:
    value, of = checker.infer(node.value), checker.type(node.type)
    if of is None:
        hint = suggestion(node.type, (*_SAMPLES, "Any", *checker.types))
        checker.add("unknown_type", f'There is no type "{node.type}".{hint}', node)
    elif value.kind not in ("", "null", of.kind) and of.kind != "Any":
        checker.add("never_holds", f"This can never hold: {value.title} is {value.words}.", node)
    return Known("boolean")
