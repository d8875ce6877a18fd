"""The people who sign in and the agencies they work for: for administrators, and for choosing a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import require_role
from nrm.records.same_person import accounts_of
from nrm.records.tables.account import ApiToken, User
from nrm.records.tables.agency import Agency
from nrm.records.tables.two_persons import RoleGrant
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class UserLine:
    """One account in a list."""

    id: str
    login: str
    name: str
    agency_id: str
    agency_name: str
    unit: str | None
    roles: tuple[str, ...]
    status: str
    language: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One program's token; the token itself is shown once, when it is made."""

    id: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class RolesWaiting:
    """Roles that an account gets once another administrator confirms them."""

    roles: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    may_confirm: bool
    """Whether the reader is somebody else than who asked and whose account it is."""


@dataclass(frozen=True, slots=True)
class UserView:
    """One account."""

    line: UserLine
    email: str | None
    supervisor_id: str | None
    supervisor_name: str | None
    must_change: bool
    created_at: datetime
    tokens: tuple[TokenLine, ...]
    same_person: tuple[str, ...]
    """The sign-in names of other accounts that count as the same person's."""
    waiting: RolesWaiting | None = None
    """Roles that a second administrator has to confirm."""


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """One agency."""

    id: str
    name: str
    kind: str
    districts: tuple[str, ...]
    serves: tuple[str, ...]
    calendar: str
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    accommodates: tuple[str, ...] = ()
    manages_cases: bool = False
    email: str = ""
    status: str = "active"
    people: int = 0
    until: date | None = None


def users_list(
    system: System, actor: Actor, *, agency: str | None = None, status: str | None = None, q: str | None = None,
    after: str | None = None, limit: int | None = None,
) -> Page[UserLine]:
    """List accounts by login; ``q``: a part of login or name. Raises NotAllowed, InvalidInput."""
    require_role(actor, Permission.USERS_MANAGE, system.configuration.policy)
    place = read_cursor(after, str)
    query = select(User)
    if agency:
        query = query.where(User.agency_id == agency)
    if status:
        query = query.where(User.status == status)
    if q:
        words = q.strip()[:100]
        query = query.where(or_(
            User.login.icontains(words, autoescape=True), User.name.icontains(words, autoescape=True)
        ))
    if place is not None:
        query = query.where(following((User.login,), place))
    with system.database.reader(actor) as unit:
        shown, more = one_page(unit.conn.execute(query.order_by(User.login).limit(take(limit))).all(), page_size(limit))
        lines = tuple(_user(system, unit, row) for row in shown)
    return Page(lines, cursor(shown[-1].login) if more else None)


def user_view(system: System, actor: Actor, *, user_id: str) -> UserView:
    """Return one account. Raises NotAllowed, NotFound."""
    require_role(actor, Permission.USERS_MANAGE, system.configuration.policy)
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(select(User).where(User.id == user_id)).first()
        if row is None:
            raise NotFound
        supervisor = unit.conn.execute(select(User.name).where(User.id == row.supervisor_id)).scalar()
        tokens = unit.conn.execute(
            select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.created_at.desc())
        )
        return UserView(
            _user(system, unit, row), row.email, row.supervisor_id, supervisor, row.must_change, row.created_at,
            tuple(TokenLine(one.id, one.created_at, one.expires_at, one.revoked_at) for one in tokens),
            _same_person(unit, user_id), _waiting(unit, actor, user_id),
        )


def _waiting(unit: Unit, actor: Actor, user_id: str) -> RolesWaiting | None:
    row = unit.conn.execute(
        select(RoleGrant.roles, RoleGrant.asked_by, RoleGrant.asked_at, User.name)
        .outerjoin(User, User.id == RoleGrant.asked_by)
        .where(RoleGrant.user_id == user_id, RoleGrant.status == "asked")
    ).first()
    if row is None:
        return None
    may_confirm = not {row.asked_by, user_id} & accounts_of(unit.conn, actor.user_id)
    return RolesWaiting(tuple(row.roles), row.name or row.asked_by, row.asked_at, may_confirm)


def _same_person(unit: Unit, user_id: str) -> tuple[str, ...]:
    others = accounts_of(unit.conn, user_id) - {user_id}
    return tuple(unit.conn.execute(select(User.login).where(User.id.in_(others)).order_by(User.login)).scalars())


def agencies_list(system: System, actor: Actor) -> tuple[AgencyLine, ...]:
    """List every agency with the number of its people. Raises NotAllowed."""
    require_role(actor, Permission.AGENCIES_MANAGE, system.configuration.policy)
    with system.database.reader(actor) as unit:
        people = {row[0]: row[1] for row in unit.conn.execute(
            select(User.agency_id, func.count()).where(User.status == "active").group_by(User.agency_id)
        )}
        rows = unit.conn.execute(select(Agency).order_by(Agency.id)).all()
    return tuple(_agency(row, people.get(row.id, 0)) for row in rows)


def agency_view(system: System, actor: Actor, *, agency_id: str) -> AgencyLine:
    """Return one agency. Raises NotAllowed, NotFound."""
    found = next((line for line in agencies_list(system, actor) if line.id == agency_id), None)
    if found is None:
        raise NotFound
    return found


def _user(system: System, unit: Unit, row: Row[Any]) -> UserLine:
    return UserLine(
        row.id, row.login, row.name, row.agency_id, system.agencies(unit).name(row.agency_id), row.unit,
        tuple(row.roles), row.status, row.language,
    )


def _agency(row: Row[Any], people: int) -> AgencyLine:
    more = row.settings or {}
    return AgencyLine(
        row.id, row.name, row.kind, tuple(row.districts), tuple(row.serves), row.calendar or "",
        {unit: tuple(roles) for unit, roles in (row.units or {}).items()}, tuple(more.get("accommodates", ())),
        bool(more.get("manages_cases")), row.email or "", row.status, people, row.until,
    )
