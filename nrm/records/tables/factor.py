"""What people prove beside their password, and the ways to a first or a new one: invitations and recoveries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, Mac, Ref


class Factor(Base):
    """A second factor of somebody: an authenticator app or a passkey. Unconfirmed: begun, and good for nothing yet."""

    __tablename__ = "second_factor"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    kind: Mapped[str]
    """totp, passkey."""
    name: Mapped[str]
    secret_sealed: Mapped[bytes | None]
    """Of an app, sealed under a key that is not in the database."""
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """Of an app: the thirty-second step of the newest code that was used; no code of it or before is good again."""
    credential_id: Mapped[bytes | None] = mapped_column(unique=True)
    public_key: Mapped[bytes | None]
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    mac: Mapped[Mac]

    __table_args__ = (Index(None, "user_id"),)


class SignInStep(Base):
    """A sign-in whose password was right and whose second factor is awaited; only the token's hash is kept."""

    __tablename__ = "sign_in_step"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[Ref]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    challenge: Mapped[bytes | None]

    __table_args__ = (Index(None, "expires_at"),)


class SpentChallenge(Base):
    """A challenge that a passkey has answered at the first step of a sign-in, kept while it could be used again."""

    __tablename__ = "spent_challenge"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "expires_at"),)


class Invitation(Base):
    """A link with which somebody chooses their password, once; only the token's hash is kept."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[Ref]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "user_id"),)


class Recovery(Base):
    """A way back for who lost password or factor: one administrator asks, another approves, then it waits."""

    __tablename__ = "recovery"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    status: Mapped[str]
    """asked, approved, done, stopped."""
    asked_by: Mapped[Ref]
    asked_at: Mapped[datetime]
    approved_by: Mapped[Ref | None]
    approved_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    """When the waiting period is over."""
    ended_by: Mapped[Ref | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_recovery_open", "user_id", unique=True, sqlite_where=text("status IN ('asked', 'approved')"),
              postgresql_where=text("status IN ('asked', 'approved')")),
    )
