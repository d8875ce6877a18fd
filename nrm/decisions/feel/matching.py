"""Finds patterns in texts by a small machine that counts every move: a hard pattern ends at the limit of
steps, never later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from nrm.decisions.feel.evaluation import LimitReachedError, Running
from nrm.decisions.feel.patterns import Again, Anchor, Choice, Group, Node, One, Pattern, Repeat, Sequence

_MOVES_PER_STEP = 2
_LARGEST_PROGRAM = 5_000
_MOST_WAITING = 200_000


@dataclass(frozen=True, slots=True)
class Found:
    """A match: from ``start`` up to ``end``; ``places``: start and end of each group, -1 where it has none."""

    start: int
    end: int
    places: tuple[int, ...]

    def group(self, text: str, number: int) -> str:
        """What a group matched (0: the whole); nothing for a group that took no part."""
        if number == 0:
            return text[self.start : self.end]
        places = self.places[2 * number : 2 * number + 2]
        return text[places[0] : places[1]] if places and min(places) >= 0 else ""


@dataclass(frozen=True, slots=True)
class _Split:
    """Goes on at ``first``, and at ``second`` if that leads nowhere."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class _Jump:
    to: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """Keeps the present place; with ``moved`` it first asks that the place has changed since."""

    slot: int
    moved: bool = False


_Move: TypeAlias = One | Anchor | Again | _Split | _Jump | _Mark


class _TooLargeError(Exception):
    """The pattern repeats itself into a program that is too long."""


class _Writer:
    """Turns a pattern into moves. Slots 0 to 2·groups+1 hold the groups' places, later ones those of loops."""

    def __init__(self, pattern: Pattern) -> None:
        self.moves: list[_Move] = []
        self.slots = 2 * pattern.groups + 2
        self.write(pattern.node)

    def add(self, move: _Move) -> int:
        if len(self.moves) >= _LARGEST_PROGRAM:
            raise _TooLargeError
        self.moves.append(move)
        return len(self.moves) - 1

    def write(self, node: Node) -> None:
        if isinstance(node, Sequence):
            for each in node.nodes:
                self.write(each)
        elif isinstance(node, Choice):
            self.choice(node.nodes)
        elif isinstance(node, Group):
            self.add(_Mark(2 * node.number))
            self.write(node.node)
            self.add(_Mark(2 * node.number + 1))
        elif isinstance(node, Repeat):
            self.repeat(node)
        else:
            self.add(node)

    def choice(self, nodes: tuple[Node, ...]) -> None:
        ends: list[int] = []
        for node in nodes[:-1]:
            split = self.add(_Jump(0))
            self.write(node)
            ends.append(self.add(_Jump(0)))
            self.moves[split] = _Split(split + 1, len(self.moves))
        self.write(nodes[-1])
        for end in ends:
            self.moves[end] = _Jump(len(self.moves))

    def repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.write(node.node)
        if node.most is None:
            self.loop(node)
            return
        splits: list[int] = []
        for _ in range(node.most - node.least):
            splits.append(self.add(_Jump(0)))
            self.write(node.node)
        for split in splits:
            self.moves[split] = self.either(node.greedy, split + 1, len(self.moves))

    def loop(self, node: Repeat) -> None:
        slot, self.slots = self.slots, self.slots + 1
        split = self.add(_Jump(0))
        self.add(_Mark(slot))
        self.write(node.node)
        self.add(_Mark(slot, moved=True))
        self.add(_Jump(split))
        self.moves[split] = self.either(node.greedy, split + 1, len(self.moves))

    def either(self, greedy: bool, inner: int, after: int) -> _Split:
        return _Split(inner, after) if greedy else _Split(after, inner)


@lru_cache(maxsize=256)
def _program(pattern: Pattern) -> tuple[tuple[_Move, ...], int]:
    """The moves, and how many slots they use."""
    writer = _Writer(pattern)
    return tuple(writer.moves), writer.slots


def matches_in(running: Running, pattern: Pattern, text: str) -> Iterator[Found]:
    """The matches from left to right, none overlapping another."""
    at = 0
    while at <= len(text):
        found = first_match(running, pattern, text, at)
        if found is None:
            return
        yield found
        at = max(found.end, found.start + 1)


def first_match(running: Running, pattern: Pattern, text: str, start: int = 0) -> Found | None:
    """The first match at or after ``start``."""
    try:
        moves, slots = _program(pattern)
    except _TooLargeError:
        raise LimitReachedError("A pattern repeats itself more often than is allowed") from None
    for at in range(start, len(text) + 1):
        places = _match_at(running, pattern, moves, (-1,) * slots, text, at)
        if places is not None:
            return Found(at, places[1], places)
    return None


def _match_at(
    running: Running, pattern: Pattern, moves: tuple[_Move, ...], places: tuple[int, ...], text: str, at: int
) -> tuple[int, ...] | None:
    """The places of a match that starts right here; the end of the whole is in slot 1."""
    waiting = [(0, at, places)]
    work = 0
    while waiting:
        here, at, places = waiting.pop()
        while here < len(moves):
            work += 1
            if work % _MOVES_PER_STEP == 1:
                running.step()
            move = moves[here]
            if isinstance(move, _Split):
                if len(waiting) >= _MOST_WAITING:
                    raise LimitReachedError("A pattern has more possibilities than are allowed")
                waiting.append((move.second, at, places))
                here = move.first
            elif isinstance(move, _Jump):
                here = move.to
            elif isinstance(move, _Mark):
                if move.moved and places[move.slot] == at:
                    break
                places = (*places[: move.slot], at, *places[move.slot + 1 :])
                here += 1
            else:
                taken = _taken(move, pattern, text, at, places)
                if taken is None:
                    break
                here, at = here + 1, at + taken
        else:
            return (places[0], at, *places[2:])
    return None


def _taken(move: One | Anchor | Again, pattern: Pattern, text: str, at: int, places: tuple[int, ...]) -> int | None:
    """How many characters the move takes here; ``None`` if it does not hold."""
    if isinstance(move, One):
        return 1 if at < len(text) and move.chars(text[at]) else None
    if isinstance(move, Anchor):
        edge = len(text) if move.end else 0
        beside = text[at : at + 1] if move.end else text[at - 1 : at]
        return 0 if at == edge or (move.lines and beside == "\n") else None
    start, end = places[2 * move.group], places[2 * move.group + 1]
    again = text[start:end] if min(start, end) >= 0 else ""
    there = text[at : at + len(again)]
    equal = there.lower() == again.lower() if pattern.ignores_case else there == again
    return len(again) if equal and len(there) == len(again) else None
