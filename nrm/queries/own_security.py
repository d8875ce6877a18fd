"""How an account is secured: its factors and sessions for its owner, its recovery for owner and administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from nrm.queries.scope import require_role
from nrm.records.tables.account import Session, User
from nrm.records.tables.factor import Factor, Invitation, Recovery
from nrm.records.tables.need_to_know import WorkerMark
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.secrets import token_hash
from nrm.wiring.system import System

ID_SIGNS = 16
"""A session is named by the beginning of its token's hash, from which nothing leads back to the token."""


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One second factor. ``kind``: totp or passkey."""

    id: str
    kind: str
    name: str
    made_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session; ``device`` is the family of a browser, or empty; ``surface``: pages, or api for a tool."""

    id: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool
    surface: str = "pages"


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """A recovery that is under way. ``status``: asked or approved; ``is_ready``: the wait is over."""

    status: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    approved_by_name: str
    ready_at: datetime | None
    is_ready: bool


@dataclass(frozen=True, slots=True)
class OwnSecurity:
    """What somebody sees of their own account.

    ``marked_at``: when they gave an address or telephone of their own, which is not kept to be read.
    """

    factors: tuple[FactorLine, ...]
    sessions: tuple[SessionLine, ...]
    recovery: RecoveryView | None
    marked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountSecurity:
    """What an administrator sees of an account: how it is secured, never with what."""

    has_password: bool
    factors: int
    invited_until: datetime | None
    recovery: RecoveryView | None


def own_security(system: System, actor: Actor, *, token: str) -> OwnSecurity:
    """Return the actor's own factors and sessions; ``token``: of the session that asks."""
    with system.database.reader(actor) as unit:
        factors = unit.conn.execute(
            select(Factor).where(Factor.user_id == actor.user_id, Factor.confirmed_at.is_not(None))
            .order_by(Factor.made_at, Factor.id)
        ).all()
        sessions = unit.conn.execute(
            select(Session).where(Session.user_id == actor.user_id, Session.expires_at > unit.now)
            .order_by(Session.last_seen_at.desc(), Session.token_hash)
        ).all()
        here = token_hash(token)
        return OwnSecurity(
            tuple(FactorLine(one.id, one.kind, one.name, one.made_at, one.last_used_at) for one in factors),
            tuple(
                SessionLine(one.token_hash[:ID_SIGNS], one.device or "", one.created_at, one.last_seen_at,
                            one.token_hash == here, one.surface)
                for one in sessions
            ),
            _recovery(unit, actor.user_id),
            unit.conn.execute(select(func.max(WorkerMark.at)).where(WorkerMark.user_id == actor.user_id)).scalar(),
        )


def account_security(system: System, actor: Actor, *, user_id: str) -> AccountSecurity:
    """Return how an account is secured. Raises NotAllowed."""
    require_role(actor, Permission.USERS_MANAGE, system.configuration.policy)
    with system.database.reader(actor) as unit:
        stored = unit.conn.execute(select(User.password_hash).where(User.id == user_id)).scalar()
        factors = unit.conn.execute(
            select(Factor.id).where(Factor.user_id == user_id, Factor.confirmed_at.is_not(None))
        ).all()
        invited_until = unit.conn.execute(
            select(Invitation.expires_at).where(
                Invitation.user_id == user_id, Invitation.used_at.is_(None), Invitation.expires_at > unit.now
            )
        ).scalar()
        return AccountSecurity(stored is not None, len(factors), invited_until, _recovery(unit, user_id))


def _recovery(unit: Unit, user_id: str) -> RecoveryView | None:
    asker, approver = aliased(User), aliased(User)
    row = unit.conn.execute(
        select(Recovery, asker.name.label("asker"), approver.name.label("approver"))
        .outerjoin(asker, asker.id == Recovery.asked_by).outerjoin(approver, approver.id == Recovery.approved_by)
        .where(Recovery.user_id == user_id, Recovery.status.in_(("asked", "approved")))
    ).first()
    if row is None:
        return None
    return RecoveryView(
        row.status, row.asked_by, row.asker or "", row.asked_at, row.approver or "", row.ready_at,
        row.ready_at is not None and row.ready_at <= unit.now,
    )
