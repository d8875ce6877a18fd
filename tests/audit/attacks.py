"""Ten ways of altering a history, by somebody with the database and, in the end, the signing key (goal:A2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from nrm.rules.chain import instant
from tests.audit.pasts import CASES, INSTALLATION, Past, sealed

HOURS = timedelta(hours=1)


def pick(past: Past, covered: int) -> int:
    """Any entry that the honest anchor covers."""
    return past.dice.randrange(covered)


def edit(past: Past, covered: int) -> None:
    """Say that something else was done, or by somebody else."""
    row, name = past.rows[pick(past, covered)], past.dice.choice(["actor", "outcome", "act", "object", "rule"])
    row[name] = f"{row[name]}-not"


def delete(past: Past, covered: int) -> None:
    """Take an entry out."""
    at = pick(past, covered)
    del past.rows[at]
    past.leaves = past.leaves[:-1]


def insert(past: Past, covered: int) -> None:
    """Put an invented entry in between."""
    at = pick(past, covered)
    past.rows.insert(at, {**past.rows[at], "act": "consent.given", "actor": "u-forged"})
    past.leaves.append(b"")


def swap(past: Past, covered: int) -> None:
    """Let two entries change places."""
    a, b = past.dice.sample(range(max(covered, 2)), 2)
    past.rows[a], past.rows[b] = past.rows[b], past.rows[a]


def duplicate(past: Past, covered: int) -> None:
    """Let an entry stand twice."""
    past.rows.insert(pick(past, covered), dict(past.rows[pick(past, covered)]))
    past.leaves.append(b"")


def truncate(past: Past, covered: int) -> None:
    """Cut the end off."""
    left = pick(past, covered)
    del past.rows[left:], past.leaves[left:]
    past.checkpoints = [one for one in past.checkpoints if one.size <= left]


def roll_back(past: Past, covered: int) -> None:
    """Put an old copy of everything back and work on."""
    truncate(past, covered)
    past.live(past.dice.randrange(0, 8))


def fork(past: Past, covered: int) -> None:
    """Keep a second history beside the first: the same to some point, as long, signed as often."""
    left, size, signed = pick(past, covered), len(past.leaves), list(past.checkpoints)
    del past.rows[left:], past.leaves[left:]
    past.grow(size - left)
    past.leaves = [b""] * size
    past.checkpoints = signed


def back_date(past: Past, covered: int) -> None:
    """Let something seem to have been done in time: an old entry, or a new one under an old date."""
    row = past.rows[pick(past, covered)]
    if past.dice.random() < 0.5:
        row["at"] = instant(datetime.fromisoformat(str(row["at"])) - HOURS)
        return
    past.act(past.dice.choice((INSTALLATION, *CASES)), past.now - past.dice.randrange(3, 9) * HOURS)
    past.sign()


def recompute(past: Past, covered: int) -> None:
    """Edit, and compute and sign everything anew, so that it agrees in itself."""
    edit(past, covered)
    past.rechain()
    past.replant()
    past.resign()


ATTACKS: Mapping[str, Callable[[Past, int], None]] = {
    "edit": edit, "delete": delete, "insert": insert, "swap": swap, "duplicate": duplicate, "truncate": truncate,
    "roll back": roll_back, "fork": fork, "back-date": back_date, "recompute with the key": recompute,
}


def only(past: Past) -> None:
    """Nothing more is done; but the entry's own digest is made to fit half of the time."""
    if past.dice.random() < 0.5:
        past.rows[:] = [sealed(row) for row in past.rows]


def chains(past: Past) -> None:
    """Chains are computed anew."""
    past.rechain()


def tree(past: Past) -> None:
    """Chains and leaves are computed anew."""
    past.rechain()
    past.replant()


def everything(past: Past) -> None:
    """Chains and leaves are computed anew, and every checkpoint is signed anew."""
    tree(past)
    past.resign()


CARE = (only, chains, tree, everything)
"""How thoroughly the traces are removed."""
