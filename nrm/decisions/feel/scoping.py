"""Which names of a syntax tree come from outside it: those that it does not bind itself."""

from __future__ import annotations

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.functions import FUNCTIONS


def free_names(tree: s.Node) -> frozenset[str]:
    """The names that working the tree out may look for in the context.

    Inside a filter a name may be an entry of the item or come from outside: it counts.
    """
    found: set[str] = set()
    waiting: list[tuple[s.Node, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, s.Name) and node.name not in bound:
            found.add(node.name)
        elif isinstance(node, s.Call) and node.function not in FUNCTIONS and node.function not in bound:
            found.add(node.function)
        waiting.extend(scoped_children(node, bound))
    return frozenset(found)


def scoped_children(node: s.Node, bound: frozenset[str]) -> list[tuple[s.Node, frozenset[str]]]:
    """The nodes directly below, each with the names bound there."""
    if isinstance(node, s.ContextOf):
        keys = bound | {entry.key for entry in node.entries}
        return [(entry, keys) for entry in node.entries]
    if isinstance(node, s.FunctionOf):
        return [(node.body, bound | {each.name for each in node.parameters})]
    if isinstance(node, s.Filter):
        return [(node.value, bound), (node.condition, bound | {"item"})]
    if isinstance(node, (s.For, s.Quantified)):
        return _iterated(node, bound)
    return [(child, bound) for child in node.children()]


def _iterated(node: s.For | s.Quantified, bound: frozenset[str]) -> list[tuple[s.Node, frozenset[str]]]:
    found: list[tuple[s.Node, frozenset[str]]] = []
    for each in node.iterators:
        found += [(part, bound) for part in each.children()]
        bound |= {each.name}
    if isinstance(node, s.For):
        return [*found, (node.result, bound | {"partial"})]
    return [*found, (node.condition, bound)]
