"""One's own second factors: authenticator apps and passkeys, added and removed by nobody but their owner.

Whose factor it becomes is who is signed in, never somebody the request names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Row

from nrm.commands.account_notices import tell_owner
from nrm.commands.proving import SEAL, factors_of, open_secret, set_challenge, take_challenge, use_code
from nrm.commands.sessions import SignedIn, renew_session
from nrm.commands.settling.ledger import Ledger
from nrm.commands.throttling import TRIES_PER_ACCOUNT, count_tries
from nrm.records.grants import FACTOR
from nrm.records.tables.account import Session, User
from nrm.records.tables.factor import Factor
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.wiring import passkeys, totp
from nrm.wiring.passkeys import Site
from nrm.wiring.system import System

MOST = 10
LONGEST_NAME = 60
APP, PASSKEY = "Authenticator app", "Passkey"
"""How a factor is called whose owner gave it no name."""


NOT_THE_CODE = "This code does not fit. Check the clock of the phone, and try again."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An app that is being set up: its secret to type, the address an app reads, and that address as a picture."""

    secret: str
    address: str
    picture: str


def begin_app(system: System, actor: Actor) -> Enrolment:
    """Begin to set up an authenticator app; one that was begun before and never confirmed is forgotten.

    Raises Conflict where there are enough.
    """
    with system.database.unit(actor) as unit:
        user = _owner(unit, actor)
        _require_room(unit, actor)
        unit.conn.execute(delete(Factor).where(Factor.user_id == actor.user_id, Factor.confirmed_at.is_(None)))
        factor_id, secret = system.new_id(), totp.new_secret()
        FACTOR.add(unit, [{
            "id": factor_id, "user_id": actor.user_id, "kind": "totp", "name": APP,
            "secret_sealed": system.keys.seal(SEAL, secret.encode(), f"factor:{factor_id}"), "sign_count": 0,
            "credential_id": None, "public_key": None, "made_at": unit.now, "confirmed_at": None,
        }])
        return _enrolment(system, user, secret)


def begun_app(system: System, actor: Actor) -> Enrolment:
    """Return the app that is being set up. Raises Conflict where there is none."""
    with system.database.reader(actor) as unit:
        return _enrolment(system, _owner(unit, actor), open_secret(system, _begun(unit, actor)))


def confirm_app(system: System, actor: Actor, *, token: str, code: str, name: str = "") -> SignedIn:
    """Confirm an app with its first code; every session of the person ends but this one, which is renewed.

    Raises InvalidInput where the code does not fit, Conflict where none is being set up, TooManyTries.
    """
    count_tries(system, {f"enrol:{actor.user_id}": TRIES_PER_ACCOUNT})
    with system.database.unit(actor) as unit:
        row = _begun(unit, actor)
        if not use_code(system, unit, row, code):
            raise InvalidInput(fields={"code": [NOT_THE_CODE]})
        FACTOR.change_row(unit, row, confirmed_at=unit.now, name=_name(name, APP))
        return _added(unit, actor, token, "totp")


def begin_passkey(system: System, actor: Actor, *, token: str, site: Site) -> str:
    """Return, as JSON, what the browser asks for to make a passkey. Raises Conflict where there are enough."""
    with system.database.unit(actor) as unit:
        user = _owner(unit, actor)
        _require_room(unit, actor)
        known = [one.credential_id for one in factors_of(unit, actor.user_id) if one.kind == "passkey"]
        return passkeys.to_make(
            site, challenge=set_challenge(unit, Session, token), product=system.configuration.product.name,
            user_id=user.id, login=user.login, name=user.name, known=known,
        )


def add_passkey(system: System, actor: Actor, *, token: str, site: Site, answer: str, name: str = "") -> SignedIn:
    """Keep a passkey the browser has made; every session of the person ends but this one, which is renewed.

    Raises InvalidInput where the answer does not hold or the challenge was answered before.
    """
    with system.database.unit(actor) as unit:
        challenge = take_challenge(unit, Session, token)
    made = passkeys.made(site, challenge=challenge, answer=answer) if challenge else None
    with system.database.unit(actor) as unit:
        if made is None or _is_taken(unit, made.credential_id):
            raise InvalidInput(fields={"passkey": ["No passkey was made. Please try again."]})
        FACTOR.add(unit, [{
            "id": system.new_id(), "user_id": actor.user_id, "kind": "passkey", "name": _name(name, PASSKEY),
            "credential_id": made.credential_id, "public_key": made.public_key, "sign_count": made.sign_count,
            "made_at": unit.now, "confirmed_at": unit.now,
        }])
        return _added(unit, actor, token, "passkey")


def remove_factor(system: System, actor: Actor, *, factor_id: str) -> None:
    """Remove one of one's own factors. Raises NotFound, NotAllowed for the last one where one is required."""
    with system.database.unit(actor) as unit:
        mine = factors_of(unit, actor.user_id)
        row = next((one for one in mine if one.id == factor_id), None)
        if row is None:
            raise NotFound
        if len(mine) == 1 and system.settings.needs_factor:
            raise NotAllowed("Add another one first: nobody works here without.", rule="second_factor:required")
        unit.conn.execute(delete(Factor).where(Factor.id == factor_id))
        Ledger(unit, INSTALLATION).enter("factor.removed", f"user:{actor.user_id}", payload={"kind": row.kind})
        tell_owner(unit, actor.user_id, "factor_removed")


def _added(unit: Unit, actor: Actor, token: str, kind: str) -> SignedIn:
    Ledger(unit, INSTALLATION).enter("factor.added", f"user:{actor.user_id}", payload={"kind": kind})
    tell_owner(unit, actor.user_id, "factor_added")
    return renew_session(unit, token, factor=kind)


def _owner(unit: Unit, actor: Actor) -> Row[Any]:
    return unit.conn.execute(select(User).where(User.id == actor.user_id)).one()


def _begun(unit: Unit, actor: Actor) -> Row[Any]:
    row = unit.conn.execute(
        select(Factor).where(Factor.user_id == actor.user_id, Factor.kind == "totp", Factor.confirmed_at.is_(None))
    ).first()
    if row is None:
        raise Conflict("Nothing is being set up. Begin again.")
    return row


def _require_room(unit: Unit, actor: Actor) -> None:
    if len(factors_of(unit, actor.user_id)) >= MOST:
        raise Conflict("You have enough of them. Remove one that you no longer use.")


def _is_taken(unit: Unit, credential_id: bytes) -> bool:
    return unit.conn.execute(select(Factor.id).where(Factor.credential_id == credential_id)).first() is not None


def _enrolment(system: System, user: Row[Any], secret: str) -> Enrolment:
    address = totp.app_address(secret, login=user.login, product=system.configuration.product.name)
    return Enrolment(secret, address, totp.picture(address))


def _name(name: str, default: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME] or default
