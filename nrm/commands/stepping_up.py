"""Step-up: before acts that weigh much, who is behind a session shows once more that it is still them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from nrm.commands.proving import Proof, factors_of, passkey_request, proven
from nrm.commands.sessions import make_fresh
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import TRIES_PER_ACCOUNT, count_tries
from nrm.records.tables.account import Session, User
from nrm.records.tables.history import INSTALLATION
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.passkeys import Site
from nrm.wiring.system import System

NOT_PROVEN = "This does not fit. Wait for the next code, or try again."
NOT_THE_PASSWORD = "This is not your present password."  # noqa: S105 - a sentence


def ways_to_step_up(system: System, actor: Actor, *, token: str, site: Site) -> tuple[frozenset[str], str]:
    """Return what somebody can prove (``totp``, ``passkey``, or ``password``) and the request to a passkey, as JSON.

    A password is enough only for who has no second factor.
    """
    with system.database.unit(actor) as unit:
        kinds = frozenset(one.kind for one in factors_of(unit, actor.user_id))
        return kinds or frozenset({"password"}), passkey_request(
            unit, Session, token, user_id=actor.user_id, site=site
        )


def step_up(system: System, actor: Actor, *, token: str, proof: Proof, password: str = "") -> datetime:
    """Show once more who is behind a session; for five minutes it is not asked again. Returns until when.

    Raises InvalidInput where the proof does not hold, TooManyTries.
    """
    count_tries(system, {f"step_up:{actor.user_id}": TRIES_PER_ACCOUNT})
    with system.database.reader(actor) as unit:
        known = bool(factors_of(unit, actor.user_id))
        stored = unit.conn.execute(select(User.password_hash).where(User.id == actor.user_id)).scalar()
    by_password = not known and system.passwords.matches(stored, password)
    with system.database.unit(actor) as unit:
        factor = "password" if by_password else proven(
            system, unit, Session, token, user_id=actor.user_id, proof=proof
        )
        until = None if factor is None else make_fresh(unit, token)
        Ledger(unit, INSTALLATION).enter(
            "stepped_up", f"user:{actor.user_id}", outcome="refused" if factor is None else "ok",
            payload={"factor": factor or "none"},
        )
    if until is None:
        raise InvalidInput(fields={"code": [NOT_PROVEN]} if known else {"password": [NOT_THE_PASSWORD]})
    return until
