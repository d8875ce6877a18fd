"""Guessing is slow: tries are counted by account and by network, and who is known to a device has tries of their own.

So nobody can shut the owner of an account out by guessing at it: the owner's own browser carries a sealed sign of
having signed in before, and its tries are counted apart (goal:S10).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import StrEnum
from secrets import token_hex

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from nrm.records.tables.account import Throttle
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import TooManyTries
from nrm.wiring.system import System

WINDOW_S = 900
TRIES_PER_ACCOUNT = 10
TRIES_PER_NETWORK = 100
NOBODY = Actor("nobody", "nobody", frozenset())
PEOPLE_PER_DEVICE = 5
"""Who signed in last on a shared computer."""


class Use(StrEnum):
    """What one person may ask for only so often, because it is dear, or because asking often is a way of guessing."""

    SEARCH = "search"
    EXPORT = "export"
    FORETELL = "foretell"


MOST_USES: Mapping[Use, int] = {Use.SEARCH: 60, Use.EXPORT: 60, Use.FORETELL: 60}
"""In fifteen minutes, by one account."""


def count_use(system: System, actor: Actor, use: Use) -> None:
    """Count that somebody asked for something dear. Raises TooManyTries; the system's own acts are not counted."""
    if actor.is_system:
        return
    keys = {f"{use}:{actor.user_id}": MOST_USES[use]}
    _count_all(system, keys, "You have asked for this very often. Wait some minutes.")


def count_tries(system: System, keys: Mapping[str, int]) -> None:
    """Count a try, in a transaction of its own. ``keys``: what is counted -> the most in fifteen minutes.

    Raises TooManyTries where one of them is used up.
    """
    _count_all(
        system, keys, "There were too many tries. Wait some minutes, or ask your administrator for a new password.",
    )


def _count_all(system: System, keys: Mapping[str, int], sentence: str) -> None:
    now = system.clock.now()
    window = int(now.timestamp()) // WINDOW_S
    with system.database.unit(NOBODY) as unit:
        unit.conn.execute(delete(Throttle).where(Throttle.window < window - 1))
        counts = {key: _count(unit, key, window) for key in keys}
    if any(counts[key] > most for key, most in keys.items()):
        raise TooManyTries(sentence, retry_after=WINDOW_S - int(now.timestamp()) % WINDOW_S)


def account_key(system: System, kind: str, login: str, known: str) -> str:
    """Return what tries at an account are counted under: the account, or the account on a device that knows it."""
    if is_known(system, known, login):
        return f"{kind}:{login}:{_device(known)}"
    return f"{kind}:{login}"


def is_known(system: System, known: str, login: str) -> bool:
    """Whether a device's cookie says that this account has signed in there before."""
    device, *marks = known.split(".")
    mark = _mark(system, device, login)
    return any(hmac.compare_digest(one.encode(), mark.encode()) for one in marks)


def remembered(system: System, known: str, login: str) -> str:
    """Return the cookie of a device on which this account has just signed in."""
    device = _device(known) or token_hex(16)
    mark = _mark(system, device, login)
    marks = [mark, *(one for one in known.split(".")[1:] if one != mark)]
    return ".".join([device, *marks[:PEOPLE_PER_DEVICE]])


def _device(known: str) -> str:
    device = known.split(".", maxsplit=1)[0]
    return device if len(device) == 32 and device.isalnum() else ""


def _mark(system: System, device: str, login: str) -> str:
    return system.keys.mac("device", f"{device}\n{login}")[:32]


def _count(unit: Unit, key: str, window: int) -> int:
    dialect = pg_insert if unit.conn.dialect.name == "postgresql" else sqlite_insert
    statement = dialect(Throttle).values(key=key, window=window, count=1)
    counted: int = unit.conn.execute(
        statement.on_conflict_do_update(
            index_elements=[Throttle.key, Throttle.window], set_={"count": Throttle.count + 1}
        ).returning(Throttle.count)
    ).scalar_one()
    return counted
