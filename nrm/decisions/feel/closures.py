"""How a node becomes a closure: the register of makers, and what they need while they compile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.evaluation import Running
from nrm.decisions.feel.kinds import Value
from nrm.decisions.feel.type_names import parse_type
from nrm.decisions.feel.types import Type

Closure: TypeAlias = Callable[[Running], Value]
"""Works a node out; raises nothing but ``LimitReachedError``."""
Test: TypeAlias = Callable[[Running, Value], bool | None]
"""Whether a value passes a unary test."""
_Maker: TypeAlias = "Callable[[Compiler, Any], Closure]"
_M = TypeVar("_M", bound=Callable[..., Closure])

_MAKERS: dict[type[s.Node], _Maker] = {}


def makes(node: type[s.Node]) -> Callable[[_M], _M]:
    """Register the maker of a kind of node."""

    def register(maker: _M) -> _M:
        _MAKERS[node] = maker
        return maker

    return register


class Compiler:
    """``types``: the types that expressions may name besides FEEL's own."""

    def __init__(self, types: Mapping[str, Type] | None = None) -> None:
        self.types = types or {}

    def closure(self, node: s.Node) -> Closure:
        """The closure of an expression."""
        return _MAKERS[type(node)](self, node)

    def closures(self, nodes: tuple[s.Node, ...]) -> tuple[Closure, ...]:
        """The closures of several."""
        return tuple(self.closure(node) for node in nodes)

    def asking(self, node: s.Node) -> Closure:
        """The closure of an operand of which it is only asked whether it is known."""
        if isinstance(node, s.Name):
            name = node.name
            return lambda running: running.look_up(name, asking=True)
        if isinstance(node, s.Input):
            return lambda running: running.look_at_input(asking=True)
        return self.closure(node)

    def type(self, text: str) -> Type | None:
        """The type that a text names; ``None`` if it names none."""
        return parse_type(text, self.types)


def is_null(node: s.Node) -> bool:
    """Whether the node is ``null`` written out."""
    return isinstance(node, s.Literal) and node.value is None
