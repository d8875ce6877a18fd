"""The elements of a decision model and what they require of one another (DMN 1.5, clause 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nrm.decisions.dmn.boxed import Boxed, FunctionBox
from nrm.decisions.dmn.items import ANY, Item
from nrm.decisions.dmn.tables import TableRefused

Key = tuple[str, str]
"""Namespace and id of an element."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that an element needs; ``prefix``: the name of the import that it comes through."""

    key: Key
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class InputData:
    """A value that is given from outside. ``known_as``: under which names, the first that is there counts."""

    key: Key
    name: str
    label: str
    item: Item = ANY
    known_as: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: its logic and what that needs. ``variable``: the name its result is known by."""

    key: Key
    name: str
    label: str
    variable: str
    item: Item
    logic: Boxed
    requires: tuple[Requirement, ...]
    doc: str = ""
    line: int | None = None

    @property
    def id(self) -> str:
        """Its id in the document."""
        return self.key[1]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function for decisions."""

    key: Key
    name: str
    function: FunctionBox
    requires: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: some decisions behind one function. ``inputs`` are its parameters in order."""

    key: Key
    name: str
    item: Item
    outputs: tuple[Key, ...]
    inputs: tuple[Key, ...]
    requires: tuple[Requirement, ...] = ()


Element = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class Graph:
    """All elements of a model and of those it imports."""

    elements: Mapping[Key, Element]
    orders: dict[tuple[tuple[Key, ...], frozenset[Key]], tuple[Key, ...]] = field(default_factory=dict)

    def order(self, wanted: tuple[Key, ...], given: frozenset[Key] = frozenset()) -> tuple[Key, ...]:
        """What must be had for ``wanted``, each after what it requires; nothing is asked of what is given.

        Raises ``TableRefused`` where elements require one another.
        """
        known = self.orders.get((wanted, given))
        if known is None:
            known = self.orders[wanted, given] = tuple(self._sorted(wanted, given))
        return known

    def _sorted(self, wanted: Iterable[Key], given: frozenset[Key]) -> Iterable[Key]:
        done: dict[Key, bool] = {}  # False while its requirements are being gone through
        waiting = [(key, False) for key in reversed(tuple(wanted))]
        while waiting:
            key, after = waiting.pop()
            if after:
                done[key] = True
                yield key
            elif key in done:
                if not done[key]:
                    name = self.elements[key].name
                    raise TableRefused(f'"{name}" requires itself, by way of what it requires.')
            elif key in self.elements and key not in given:
                done[key] = False
                waiting.append((key, True))
                waiting += [(one.key, False) for one in self.elements[key].requires if one.key != key]
