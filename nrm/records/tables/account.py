"""People who sign in, their sessions and tokens, and the guards against guessing and repeating."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, Id, JsonList, Mac, Ref


class User(Base):
    """Someone who signs in."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    agency_id: Mapped[Ref]
    unit: Mapped[str | None]
    roles: Mapped[JsonList] = mapped_column(default=list)
    supervisor_id: Mapped[Ref | None]
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    status: Mapped[str] = mapped_column(default="active")
    """active, disabled."""
    must_change: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether ordinary mail is not wanted; mail about time limits comes all the same."""
    mac: Mapped[Mac]

    __table_args__ = (Index(None, "agency_id", "status"),)


class Session(Base):
    """Somebody who is signed in: with a browser, or with a tool of their own; only the token's hash is kept."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[Ref]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    csrf: Mapped[str]
    device: Mapped[str | None]
    """The family of the browser, as people call it: nothing by which a device could be found."""
    factor: Mapped[str | None]
    """The second factor this session has proven: totp, passkey; empty after a password alone."""
    fresh_until: Mapped[datetime | None]
    """Until when acts that ask for a fresh proof go on without asking again."""
    challenge: Mapped[bytes | None]
    """What a passkey has to sign next, for this session only and once."""
    surface: Mapped[str] = mapped_column(default="pages", server_default="pages")
    """Where the token is good: pages (a cookie) or api (a header); never at both."""
    mac: Mapped[Mac]

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class ApiToken(Base):
    """A program's token; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    user_id: Mapped[Ref]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    mac: Mapped[Mac]

    __table_args__ = (Index(None, "user_id"),)


class Throttle(Base):
    """How often something was tried in a window."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index(None, "window"),)


class Idempotency(Base):
    """A request that was made: the same key gives the same answer. ``status`` is empty while in flight."""

    __tablename__ = "idempotency"

    user_id: Mapped[Ref] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    answer_sealed: Mapped[bytes | None]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "at"),)
