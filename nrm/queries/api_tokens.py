"""The tokens that programs carry: whose they are and until when, never the tokens themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from nrm.queries.scope import require_role
from nrm.records.tables.account import ApiToken, User
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """One token. ``status``: active, expired, revoked."""

    id: str
    user_id: str
    login: str
    name: str
    agency_name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    status: str


def issued_tokens(system: System, actor: Actor) -> tuple[IssuedToken, ...]:
    """List every token, the newest first. Raises NotAllowed."""
    require_role(actor, Permission.ADMIN_TOKENS, system.configuration.policy)
    with system.database.reader(actor) as unit:
        agencies = system.agencies(unit)
        rows = unit.conn.execute(
            select(
                ApiToken.id, ApiToken.user_id, ApiToken.created_at, ApiToken.expires_at, ApiToken.revoked_at,
                User.login, User.name, User.agency_id,
            ).join(User, User.id == ApiToken.user_id).order_by(ApiToken.created_at.desc(), ApiToken.id)
        ).all()
        return tuple(
            IssuedToken(
                row.id, row.user_id, row.login, row.name, agencies.name(row.agency_id), row.created_at,
                row.expires_at, row.revoked_at, _status(row.revoked_at, row.expires_at, unit.now),
            )
            for row in rows
        )


def _status(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and expires_at <= now else "active"
