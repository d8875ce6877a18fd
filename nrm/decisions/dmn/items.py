"""Types of variables: FEEL types with the values that item definitions allow (DMN 1.5, 7.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nrm.decisions.dmn.scope import Scope
from nrm.decisions.feel import UnaryTests
from nrm.decisions.feel.types import ANY as ANY_TYPE
from nrm.decisions.feel.types import Type, coerced, list_of
from nrm.decisions.feel.values import Value, kind


@dataclass(frozen=True, slots=True)
class Item:
    """What a variable may hold. ``allowed``: tests that its value must pass, all of them.

    ``fields``: the entries of a structure; ``element``: the items of a collection.
    """

    name: str
    type: Type
    allowed: tuple[UnaryTests, ...] = ()
    fields: tuple[tuple[str, Item], ...] = ()
    element: Item | None = None

    def converted(self, value: Value, scope: Scope, what: str) -> Value:
        """The value after FEEL's implicit conversions; null, with a note, where it does not conform.

        ``what`` is named in the note.
        """
        if self is ANY or value is None:
            return value
        fitting = coerced(value, self.type)
        if fitting is None:
            scope.running.note(f"{what} is a {kind(value)} where {self.name} is needed")
        elif not self.allows(fitting, scope):
            scope.running.note(f"{what} has a value that {self.name} does not allow")
            return None
        return fitting

    def allows(self, value: Value, scope: Scope) -> bool:
        """Whether the value, of the right type, is among those allowed; null always is."""
        if value is None:
            return True
        if any(scope.holds(test, value) is not True for test in self.allowed):
            return False
        if isinstance(value, tuple) and self.element is not None:
            scope.running.step(len(value))
            return all(self.element.allows(item, scope) for item in value)
        if isinstance(value, dict):
            return all(item.allows(value[name], scope) for name, item in self.fields if name in value)
        return True

    @property
    def promised(self) -> Type | None:
        """The type, if anything is said of it."""
        return None if self is ANY else self.type

    @property
    def result(self) -> Item:
        """What is given back by a function of this type; the type itself if it is none."""
        return self if self.type.kind != "function" else self.element or ANY


ANY = Item("Any", ANY_TYPE)


def simple(name: str, of: Type) -> Item:
    """The item of a built-in type."""
    return ANY if of.kind == "Any" else Item(name, of)


def structure(name: str, fields: tuple[tuple[str, Item], ...]) -> Item:
    """A context with these entries."""
    return Item(name, Type("context", None, tuple((field, item.type) for field, item in fields)), (), fields)


def collection(name: str, of: Item) -> Item:
    """A list of such items."""
    return Item(name, list_of(of.type), (), (), of)


def function(name: str, parameters: tuple[Item, ...], result: Item) -> Item:
    """A function from these to that."""
    type_ = Type("function", result.type, (), tuple(item.type for item in parameters))
    return Item(name, type_, (), (), result)


def restricted(item: Item, name: str, tests: UnaryTests | None) -> Item:
    """The same item under a name of its own, with more tests to pass."""
    return replace(item, name=name, allowed=item.allowed if tests is None else (*item.allowed, tests))


class Items:
    """The item definitions of one document by name, made when first asked for, in whatever order they stand.

    A structure that contains itself is read once; inside itself it may hold anything.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Item]]) -> None:
        self._makers = makers
        self._made: dict[str, Item] = {}

    def get(self, name: str) -> Item | None:
        """The item of that name, or nothing."""
        if name not in self._made:
            if name not in self._makers:
                return None
            self._made[name] = ANY  # what it is while it is being made
            self._made[name] = self._makers[name]()
        return self._made[name]

    def types(self) -> dict[str, Type]:
        """The FEEL type of every item by name."""
        return {name: item.type for name in self._makers if (item := self.get(name)) is not None}
