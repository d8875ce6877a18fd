"""The syntax tree of FEEL: frozen nodes that know their place in the text and how deep they go."""

from __future__ import annotations

from collections.abc import Iterator as Steps
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nrm.decisions.feel.kinds import Value


@dataclass(frozen=True, slots=True)
class Node:
    """``at``: offset in the text; ``depth``: 1 for a leaf, else 1 more than the deepest child."""

    at: int
    depth: int

    def children(self) -> Steps[Node]:
        """The nodes directly below, left to right."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Node))


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value written out: null, true, false, a number, a text or what ``@"…"`` stands for."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name of the context."""

    name: str


@dataclass(frozen=True, slots=True)
class Input(Node):
    """``?``: the value a unary test is about."""


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """A minus sign."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``+ - * / **``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Three-valued ``and`` (``all_of``) or ``or`` over two operands or more."""

    all_of: bool
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``= != < <= > >=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in`` one of the tests."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class CompareTest(Node):
    """A unary test such as ``< 5``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class ValueTest(Node):
    """A unary test that is an expression: equal to it, inside it, or true with ``?``."""

    operand: Node
    uses_input: bool


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The tests of one cell: one of them must hold (none, when ``negated``); no tests: anything goes
    (``-``).
    """

    negated: bool
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    """A range; its ends are expressions."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class OneSided(Node):
    """A range with one end, ``< 5``; as a test it is a ``CompareTest``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list written out."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry(Node):
    """One entry of a context."""

    key: str
    value: Node


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """A context written out."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``value.name``."""

    value: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``value[condition]`` or ``value[index]``."""

    value: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if condition then … else …``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """``name in source``, or ``name in source..end``."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for iterators return result``."""

    iterators: tuple[Iterator, ...]
    result: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every`` (``all_of``)."""

    all_of: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``; ``type`` as it was written."""

    value: Node
    type: str


@dataclass(frozen=True, slots=True)
class FormalParameter(Node):
    """A parameter of a function definition; ``type`` as it was written, or empty."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """``function(parameters) body``; ``external``: the body says where the function is to be found."""

    parameters: tuple[FormalParameter, ...]
    body: Node
    external: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function called by its name; ``names`` of the arguments, empty where they go by position."""

    function: str
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """As ``Call``, of whatever function an expression gives."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


def walk(node: Node) -> Steps[Node]:
    """The node and all below it, without recursion."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.children())
