"""Dead letters: somebody has mended what was wrong and lets them be sent again, or throws them away."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from nrm.commands.settling.ledger import Ledger
from nrm.queries.dead_letters import who_answers_for_letters
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.notice import IS_FAILED, Outbox
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System


def retry_letters(system: System, actor: Actor, *, ids: Collection[str] | None = None) -> int:
    """Let dead letters be sent at the next round, as if never tried: these, or all. Returns how many.

    Raises NotAllowed; NotFound where ``ids`` names none.
    """
    rule = who_answers_for_letters(system, actor)
    with system.database.unit(actor) as unit:
        done = _change(unit, ids, status="waiting", attempts=0, error=None, next_at=unit.now)
        return _entered(unit, "letters.retried", rule, done)


def discard_letters(system: System, actor: Actor, *, ids: Collection[str] | None = None) -> int:
    """Throw dead letters away: these, or all; the notices in the application stay. Returns how many.

    Raises NotAllowed; NotFound where ``ids`` names none.
    """
    rule = who_answers_for_letters(system, actor)
    with system.database.unit(actor) as unit:
        return _entered(unit, "letters.discarded", rule, _change(unit, ids, status="dropped"))


def _change(unit: Unit, ids: Collection[str] | None, **values: object) -> int:
    wanted = update(Outbox).where(IS_FAILED)
    if ids is not None:
        wanted = wanted.where(Outbox.id.in_(list(ids)))
    done = unit.conn.execute(wanted.values(**values)).rowcount
    if ids is not None and not done:
        raise NotFound
    return done


def _entered(unit: Unit, act: str, rule: str, done: int) -> int:
    if done:
        Ledger(unit, INSTALLATION).enter(act, "outbox:dead", rule=rule, payload={"letters": done})
    return done
