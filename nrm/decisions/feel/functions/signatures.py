"""What a built-in function is: its name, its forms, and the domain of each parameter (DMN 1.5, 10.3.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nrm.decisions.feel.decimals import is_number
from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.kinds import Value, kind
from nrm.decisions.feel.operators import equal

Body: TypeAlias = Callable[[Running, tuple[Value, ...]], Value]
Plain: TypeAlias = Callable[..., Value]
"""Takes the running evaluation and one value per parameter, each of its domain."""

_CHARACTERS_PER_STEP = 100
_WORDS = {
    "any": "a value", "number": "a number", "integer": "a whole number", "string": "a text",
    "boolean": "true or false", "list": "a list", "context": "a context", "function": "a function",
    "time": "a time", "days": "a days and time duration", "day": "a date or a date and time",
    "range": "a range", "amount": "a number or a duration",
}
_KINDS: dict[str, frozenset[str]] = {
    "number": frozenset({"number"}), "integer": frozenset({"number"}), "string": frozenset({"string"}),
    "boolean": frozenset({"boolean"}), "list": frozenset({"list"}), "context": frozenset({"context"}),
    "function": frozenset({"function"}), "time": frozenset({"time"}), "range": frozenset({"range"}),
    "days": frozenset({"days and time duration"}), "day": frozenset({"date", "date and time"}),
    "amount": frozenset({"number", "days and time duration", "years and months duration"}),
}


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a function. ``required``: how many of the parameters must be given; ``variadic``: the
    last one takes any number of arguments. ``body`` gets them in order, those left out at the end absent.
    """

    parameters: tuple[str, ...]
    required: int
    body: Body
    variadic: bool = False
    domains: tuple[str, ...] = ()
    """For each parameter the name of its domain, for checks."""

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments by position."""
        return self.required <= count and (self.variadic or count <= len(self.parameters))


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function. ``gives``: the kind of its result, for checks ("" if it varies)."""

    name: str
    forms: tuple[Form, ...]
    gives: str

    def by_position(self, count: int) -> Form | None:
        """The form for so many arguments."""
        return next((form for form in self.forms if form.takes(count)), None)

    def by_names(self, names: Sequence[str]) -> tuple[Form, tuple[int | None, ...]] | None:
        """The form whose parameters have these names, and for each of its parameters up to the last one
        given the place of its argument among ``names``, ``None`` where it was left out.
        """
        for form in self.forms:
            if not set(names) <= set(form.parameters) or len(set(names)) < len(names):
                continue
            places = tuple(names.index(each) if each in names else None for each in form.parameters)
            if None not in places[: form.required]:
                last = max((form.parameters.index(each) for each in names), default=-1)
                return form, places[: last + 1]
        return None


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    domain: str
    nullable: bool
    optional: bool
    repeated: bool


def function(name: str, gives: str, *forms: tuple[str, Plain]) -> Function:
    """A function from its forms, each a signature and what it does.

    A signature such as ``"list: list, start position: integer, length?: integer"`` says the domain of each
    parameter; ``?`` after a name: it may be left out; ``...``: it may be repeated, and comes as one tuple;
    ``|null`` after a domain: null is in it. What is outside its domain is null with a note.
    """
    return Function(name, tuple(_form(name, signature, plain) for signature, plain in forms), gives)


def _form(name: str, signature: str, plain: Plain) -> Form:
    parameters = tuple(_parameter(each) for each in signature.split(",") if each.strip())
    required = sum(not each.optional for each in parameters)
    names = tuple(each.name for each in parameters)
    variadic = bool(parameters) and parameters[-1].repeated
    domains = tuple(each.domain for each in parameters)
    return Form(names, required, _checked(name, parameters, variadic, plain), variadic, domains)


def domain_words(domain: str) -> str:
    """What a domain wants, in words."""
    return _WORDS[domain]


def domain_takes(domain: str, of: str) -> bool:
    """Whether a value of this kind can be in the domain: as it is, as a list of one or as the item of one."""
    return of in ("", "null", "list") or domain in ("any", "list") or of in _KINDS[domain]


def _parameter(text: str) -> _Parameter:
    name, _, domain = (part.strip() for part in text.partition(":"))
    domain, _, null = domain.partition("|")
    bare = name.removesuffix("...").removesuffix("?")
    return _Parameter(bare, domain, null == "null" or domain == "any", "?" in name, name.endswith("..."))


def _checked(name: str, parameters: tuple[_Parameter, ...], variadic: bool, plain: Plain) -> Body:
    single = parameters[:-1] if variadic else parameters

    def body(running: Running, given: tuple[Value, ...]) -> Value:
        values: list[Value] = []
        for index, value in enumerate(given):
            parameter = parameters[min(index, len(parameters) - 1)]
            value, good = _in_domain(value, parameter)
            if not good:
                running.note(f"{name}() needs {_WORDS[parameter.domain]} as {parameter.name}")
                return None
            if isinstance(value, str) and len(value) > _CHARACTERS_PER_STEP:
                running.step(len(value) // _CHARACTERS_PER_STEP)
            values.append(value)
        if variadic:
            values = [*values[: len(single)], tuple(values[len(single) :])]
        return plain(running, *values)

    return body


def _in_domain(value: Value, parameter: _Parameter) -> tuple[Value, bool]:
    """The value after the implicit conversions, and whether it is in the domain."""
    domain = parameter.domain
    if value is None or domain == "any":
        return value, parameter.nullable
    if domain == "list" and not isinstance(value, tuple):
        return (value,), True
    if isinstance(value, tuple) and len(value) == 1 and domain != "list":
        value = value[0]
    if kind(value) not in _KINDS[domain]:
        return None, False
    if domain == "integer":
        value = whole(value)
    return value, value is not None


def whole(value: Value) -> int | None:
    """The number without its fraction; ``None`` for one too large to be a place or a length."""
    if not is_number(value):
        return None
    return int(value) if isinstance(value, int) or value.adjusted() < 40 else None


def within(running: Running, text: str) -> str:
    """The text, if it is not longer than allowed."""
    if len(text) > running.limits.characters:
        raise LimitReachedError("A text becomes longer than is allowed")
    running.step(len(text) // _CHARACTERS_PER_STEP)
    return text


def listed(running: Running, items: tuple[Value, ...]) -> tuple[Value, ...]:
    """The new list, if it is not longer than allowed; its items are counted as work."""
    if len(items) > running.limits.items:
        raise LimitReachedError("A list becomes longer than is allowed")
    running.step(len(items))
    return items


def same(running: Running, left: Value, right: Value) -> bool:
    """Whether two values are equal, the comparison of lists and contexts being counted as work."""
    if isinstance(left, (tuple, dict)) and isinstance(right, (tuple, dict)):
        running.weigh(left)
    return equal(left, right) is True
