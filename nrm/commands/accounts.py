"""Accounts: who may sign in, with which roles; passwords, tokens, languages. No account sees a case by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.engine import Row

from nrm.commands.new_passwords import new_password_problem
from nrm.commands.role_grants import far_of, wait_for_second
from nrm.commands.sessions import end_sessions
from nrm.commands.settling.ledger import Ledger
from nrm.queries.holdings import has_ties, held_by
from nrm.queries.scope import reaches_every_agency, require_role
from nrm.queries.staffing import last_in
from nrm.records.grants import ACCOUNT, TOKEN
from nrm.records.same_person import accounts_of, spread_conflicts
from nrm.records.tables.account import ApiToken, User
from nrm.records.tables.history import INSTALLATION
from nrm.records.unit import Unit
from nrm.rules.routing import unit_of
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.vocabulary.phrases import Phrase
from nrm.wiring.secrets import new_token, readable_password, token_hash
from nrm.wiring.system import System

LANGUAGES_DEFAULT = "en"
AT_THE_MACHINE = "The roles of this account reach far. Its token is issued at the machine: nrm token."


def create_user(
    system: System, actor: Actor, *, login: str, name: str, agency_id: str, roles: Iterable[str],
    email: str | None = None, language: str = LANGUAGES_DEFAULT, unit_name: str | None = None,
    supervisor_id: str | None = None, password: str | None = None, invited: bool = False,
) -> tuple[str, str]:
    """Create an account; returns its id and its first password, which must be changed at the first sign-in.

    ``invited``, and wherever everybody has a second factor: without a password; its owner chooses one with a link
    (see :mod:`nrm.commands.invitations`), since what is read out does not end by itself. Roles that reach far wait
    for a second administrator (:mod:`nrm.commands.confirm_roles`).

    Raises InvalidInput, NotAllowed.
    """
    _allow(system, actor, Permission.USERS_MANAGE)
    login, chosen = login.strip().lower(), sorted(set(roles))
    _within(system, actor, agency_id)
    with system.database.unit(actor) as unit:
        _check(system, unit, login=login, name=name, agency_id=agency_id, roles=chosen)
        if unit.conn.execute(select(User.id).where(User.login == login)).first() is not None:
            raise InvalidInput(fields={"login": ["This sign-in name is taken."]})
        is_given = not (invited or system.settings.needs_factor)
        user_id, first = system.new_id(), password or (readable_password() if is_given else "")
        far = far_of(system, actor, chosen, ())
        granted = [role for role in chosen if role not in far]
        ACCOUNT.add(unit, [{
            "id": user_id, "login": login, "name": name.strip(), "email": email or None, "agency_id": agency_id,
            "unit": unit_name or None, "roles": granted, "supervisor_id": supervisor_id,
            "password_hash": system.passwords.hash(first) if first else None, "language": language,
            "status": "active", "must_change": bool(first) and password is None, "created_at": unit.now,
        }])
        spread_conflicts(unit, user_id)
        _enter(unit, "user.created", user_id, {"agency": agency_id, "roles": granted})
        wait_for_second(system, unit, actor, user_id, far)
        return user_id, first


def change_user(
    system: System, actor: Actor, *, user_id: str, name: str, agency_id: str, roles: Iterable[str],
    email: str | None = None, unit_name: str | None = None, supervisor_id: str | None = None, status: str = "active",
) -> None:
    """Change an account; new roles or a closed account end its sessions at once.

    Roles that reach far, or that go along to another agency, wait for a second administrator
    (:mod:`nrm.commands.confirm_roles`). Raises InvalidInput, NotFound, NotAllowed.
    """
    _allow(system, actor, Permission.USERS_MANAGE)
    chosen = sorted(set(roles))
    if status not in ("active", "disabled"):
        raise InvalidInput(fields={"status": ["Choose active or disabled."]})
    with system.database.unit(actor) as unit:
        _require_not_own(unit, actor, user_id)
        before = unit.conn.execute(select(User).where(User.id == user_id)).first()
        if before is None:
            raise NotFound
        _within(system, actor, before.agency_id, agency_id)
        _check(system, unit, login=before.login, name=name, agency_id=agency_id, roles=chosen)
        _require_nothing_left(
            system, unit, before, _Wanted(agency_id, frozenset(chosen), unit_name or None, status == "active")
        )
        far = far_of(system, actor, chosen, before.roles if agency_id == before.agency_id else ())
        granted = [role for role in chosen if role not in far]
        ACCOUNT.change(
            unit, User.id == user_id, name=name.strip(), agency_id=agency_id, roles=granted, email=email or None,
            unit=unit_name or None, supervisor_id=supervisor_id or None, status=status,
        )
        spread_conflicts(unit, user_id)
        if status != "active" or granted != sorted(before.roles) or agency_id != before.agency_id:
            end_sessions(unit, user_id)
        _enter(unit, "user.changed", user_id, {"agency": agency_id, "roles": granted, "status": status})
        wait_for_second(system, unit, actor, user_id, far)


def change_password(system: System, actor: Actor, *, old: str, new: str) -> None:
    """Change one's own password; every session ends. Raises InvalidInput."""
    with system.database.unit(actor) as unit:
        user = unit.conn.execute(select(User).where(User.id == actor.user_id)).one()
        if not system.passwords.matches(user.password_hash, old):
            raise InvalidInput(fields={"old": ["This is not your present password."]})
        problem = new_password_problem(system, new, login=user.login, name=user.name)
        if problem is None and new == old:
            problem = "Choose a password you have not used before."
        if problem is not None:
            raise InvalidInput(fields={"new": [problem]})
        ACCOUNT.change_row(unit, user, password_hash=system.passwords.hash(new), must_change=False)
        end_sessions(unit, actor.user_id)
        _enter(unit, "password.changed", actor.user_id, None)


def reset_password(system: System, actor: Actor, *, user_id: str) -> str:
    """Give an account a new first password, to be read out; its sessions end. Returns the password.

    Raises NotAllowed where everybody has a second factor: there, two administrators recover an account.
    """
    with system.database.unit(actor) as unit:
        require_managed(system, unit, actor, user_id)
        if system.settings.needs_factor:
            raise NotAllowed("Two administrators recover an account together.", rule="two_persons:recovery")
        first = readable_password()
        ACCOUNT.change(unit, User.id == user_id, password_hash=system.passwords.hash(first), must_change=True)
        end_sessions(unit, user_id)
        _enter(unit, "password.reset", user_id, None)
        return first


def set_language(system: System, actor: Actor, *, language: str) -> None:
    """Remember the language of one's own pages. Raises InvalidInput."""
    if language not in system.configuration.product.languages:
        raise InvalidInput(fields={"language": ["Choose one of the listed languages."]})
    with system.database.unit(actor) as unit:
        unit.conn.execute(update(User).where(User.id == actor.user_id).values(language=language))
        _enter(unit, "user.changed", actor.user_id, {"language": language})


def create_token(system: System, actor: Actor, *, login: str, days: int = 90) -> str:
    """Issue a token for programs that act as this account; it is shown once.

    For an account whose roles reach far only at the machine: else who issues it had those roles alone.
    Raises InvalidInput, NotAllowed.
    """
    _allow(system, actor, Permission.ADMIN_TOKENS)
    if not 1 <= days <= 366:
        raise InvalidInput(fields={"days": ["Write a number of days from 1 to 366."]})
    with system.database.unit(actor) as unit:
        user = unit.conn.execute(
            select(User.id, User.roles).where(User.login == login.strip().lower(), User.status == "active")
        ).first()
        if user is None:
            raise InvalidInput(fields={"login": ["There is no active account of this name."]})
        if far_of(system, actor, user.roles, ()):
            raise InvalidInput(fields={"login": [AT_THE_MACHINE]})
        token = new_token()
        TOKEN.add(unit, [{
            "id": system.new_id(), "user_id": user.id, "token_hash": token_hash(token), "created_at": unit.now,
            "expires_at": unit.now + timedelta(days=days), "revoked_at": None,
        }])
        _enter(unit, "token.created", user.id, {"days": days})
        return token


def revoke_token(system: System, actor: Actor, *, token_id: str) -> None:
    """Revoke one token; a second time does nothing. Raises NotFound."""
    _allow(system, actor, Permission.ADMIN_TOKENS)
    with system.database.unit(actor) as unit:
        row = unit.conn.execute(select(ApiToken.user_id, ApiToken.revoked_at).where(ApiToken.id == token_id)).first()
        if row is None:
            raise NotFound
        if row.revoked_at is None:
            TOKEN.change(unit, ApiToken.id == token_id, revoked_at=unit.now)
            _enter(unit, "token.revoked", row.user_id, None)


def revoke_tokens(system: System, actor: Actor, *, user_id: str) -> int:
    """Revoke every token of an account; returns how many."""
    _allow(system, actor, Permission.ADMIN_TOKENS)
    with system.database.unit(actor) as unit:
        done = TOKEN.change(
            unit, and_(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)), revoked_at=unit.now
        )
        _enter(unit, "tokens.revoked", user_id, {"count": done})
        return done


def require_managed(system: System, unit: Unit, actor: Actor, user_id: str) -> Row[Any]:
    """Return an account (columns of ``User``) that the actor manages, never their own. Raises NotAllowed, NotFound."""
    _allow(system, actor, Permission.USERS_MANAGE)
    _require_not_own(unit, actor, user_id)
    user = unit.conn.execute(select(User).where(User.id == user_id)).first()
    if user is None:
        raise NotFound
    _within(system, actor, user.agency_id)
    return user


def _require_not_own(unit: Unit, actor: Actor, user_id: str) -> None:
    """Refuse every account of the actor's person: who changed their other one could pass for two people."""
    if user_id in accounts_of(unit.conn, actor.user_id):
        raise NotAllowed("Somebody else has to change your own account.", rule="separation:own_account")


def manages_every_agency(system: System, actor: Actor) -> bool:
    """Whether somebody manages accounts beyond their own agency: whose role reaches one agency does not."""
    return reaches_every_agency(actor, Permission.USERS_MANAGE, system.configuration.policy)


def _within(system: System, actor: Actor, *agency_ids: str) -> None:
    """Refuse accounts of other agencies: else a coordinator could sign in as anybody with a new first password."""
    if not manages_every_agency(system, actor) and any(one != actor.agency_id for one in agency_ids):
        raise NotAllowed("You manage the accounts of your own agency only.", rule="own_agency:accounts")


def _check(system: System, unit: Unit, *, login: str, name: str, agency_id: str, roles: list[str]) -> None:
    wrong: dict[str, list[str]] = {}
    if not (2 <= len(login) <= 60) or not login.replace(".", "").replace("-", "").replace("_", "").isalnum():
        wrong["login"] = ["Use 2 to 60 letters, digits, dots or hyphens."]
    if not name.strip():
        wrong["name"] = ["Write the name colleagues know."]
    agency = system.agencies(unit).by_id.get(agency_id)
    if agency is None:
        wrong["agency_id"] = ["Choose an agency from the list."]
    elif not roles or any(role not in agency.serves for role in roles):
        wrong["roles"] = ["Choose among the roles this agency fills."]
    if wrong:
        raise InvalidInput(fields=wrong)


def last_one(roles: Iterable[str]) -> str:
    """Say that somebody is the last who fills some roles."""
    return Phrase(
        "Nobody else at this agency fills: {roles}. Give the role to a colleague, or take it from the agency, first.",
        roles=", ".join(roles),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an account is to become."""

    agency_id: str
    roles: frozenset[str]
    unit: str | None
    active: bool


def _require_nothing_left(system: System, unit: Unit, before: Row[Any], wanted: _Wanted) -> None:
    """Refuse what would leave work behind: a plan moves it first (see :mod:`nrm.commands.leaving`)."""
    if before.status != "active":
        return
    leaves = not wanted.active or wanted.agency_id != before.agency_id
    place = "roles" if not leaves else "agency_id" if wanted.active else "status"
    lost = set(before.roles) if leaves else set(before.roles) - wanted.roles
    agency = system.agencies(unit).serving_of(before.agency_id)
    # Who goes to another unit no longer has what waits for the first one.
    moved = {role for role in before.roles if agency and unit_of(agency, role) not in (None, wanted.unit)}
    alone = last_in(unit.conn, agency, before.id, lost | moved)
    if alone:
        raise InvalidInput(fields={place: [last_one(alone)]})
    if leaves and has_ties(unit.conn, before.id, unit.now):
        raise InvalidInput(fields={place: ["This person still has work. Move it with a plan first."]})
    kept = lost & {item.role for item in held_by(unit.conn, before.id, unit.now)} if not leaves else set()
    if kept:
        raise InvalidInput(fields={place: [
            Phrase("This person still has work in this role: {roles}. Move it first.", roles=", ".join(sorted(kept)))
        ]})


def _allow(system: System, actor: Actor, permission: Permission) -> None:
    if actor.is_system:
        return
    require_role(actor, permission, system.configuration.policy)


def _enter(unit: Unit, act: str, user_id: str, payload: dict[str, object] | None) -> None:
    Ledger(unit, INSTALLATION).enter(act, f"user:{user_id}", payload=payload)
