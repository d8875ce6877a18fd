"""The walk of a check over a syntax tree: the names in scope, what was found, what is known of each node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.errors import Problem
from nrm.decisions.feel.knowledge import ANYTHING, Known
from nrm.decisions.feel.type_names import parse_type
from nrm.decisions.feel.types import Type
from nrm.vocabulary.facts import Dictionary

_F = TypeVar("_F", bound=Callable[..., Known])
_INFER: dict[type[s.Node], Callable[[Checker, Any], Known]] = {}


def infers(*nodes: type[s.Node]) -> Callable[[_F], _F]:
    """Register what infers a kind of node."""

    def register(function: _F) -> _F:
        _INFER.update(dict.fromkeys(nodes, function))
        return function

    return register


class Checker:
    """One check. ``about``: what is known of ``?``. Problems are kept once, in the order of the text."""

    def __init__(
        self, dictionary: Dictionary, about: Known = ANYTHING, types: Mapping[str, Type] | None = None
    ) -> None:
        self.dictionary = dictionary
        self.about = about
        self.types = types or {}
        self.scopes: list[tuple[Mapping[str, Known], bool]] = []
        self.problems: list[Problem] = []

    def sorted(self) -> list[Problem]:
        """What was found."""
        return sorted(dict.fromkeys(self.problems), key=lambda problem: problem.position)

    def add(self, code: str, sentence: str, node: s.Node) -> None:
        """Report a problem at a node."""
        self.problems.append(Problem(code, sentence, node.at))

    def infer(self, node: s.Node) -> Known:
        """What is known of the node's value; problems inside it are reported on the way."""
        infer = _INFER.get(type(node))
        if infer is not None:
            return infer(self, node)
        for child in node.children():
            self.infer(child)
        return ANYTHING

    def inside(self, names: Mapping[str, Known], node: s.Node, *, open_ended: bool = False) -> Known:
        """As ``infer``, where ``names`` are known too; ``open_ended``: and others that nobody can list."""
        self.scopes.append((names, open_ended))
        try:
            return self.infer(node)
        finally:
            self.scopes.pop()

    def local(self, name: str) -> Known | None:
        """What is known of a name that the expression brings itself; ``None`` if it does not."""
        unlisted = False
        for names, open_ended in reversed(self.scopes):
            if name in names:
                return names[name]
            unlisted = unlisted or open_ended
        return ANYTHING if unlisted and name not in self.dictionary else None

    def type(self, text: str) -> Type | None:
        """The type that a text names."""
        return parse_type(text, self.types)

    def truth(self, node: s.Node, where: str) -> None:
        """Report what is not true or false where that is needed."""
        known = self.infer(node)
        if known.kind not in ("", "boolean"):
            hint = f' Did you mean {known.title} = "yes"?' if "yes" in known.values and known.is_fact else ""
            sentence = f'{known.title} is {known.words}, not true or false, beside "{where}".'
            self.add("wrong_kind", sentence + hint, node)
