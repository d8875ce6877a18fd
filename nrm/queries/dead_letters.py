"""Letters that did not arrive: whose, since when, how often they were tried, and why; never an address or a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import require_role
from nrm.records.tables.account import User
from nrm.records.tables.notice import IS_FAILED, IS_WAITING, Outbox
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

STATES = ("dead", "retrying")
"""No longer tried; or failed so far and tried again later."""
COUNTED_TO = 999


@dataclass(frozen=True, slots=True)
class UnsentLetter:
    """One letter. ``weight``: safety, statutory, ordinary; ``error``: the kind of the last failure."""

    id: str
    login: str
    name: str
    agency_name: str
    weight: str
    written_at: datetime
    tries: int
    error: str
    next_at: datetime | None


def unsent_letters(
    system: System, actor: Actor, *, state: str = "dead", after: str | None = None, limit: int | None = None
) -> Page[UnsentLetter]:
    """List letters that did not arrive, the oldest first. Raises NotAllowed, InvalidInput."""
    who_answers_for_letters(system, actor)
    place = read_cursor(after, datetime, str)
    wanted = _condition(state)
    if place is not None:
        wanted = and_(wanted, following((Outbox.at, Outbox.id), place))
    with system.database.reader(actor) as unit:
        agencies = system.agencies(unit)
        rows = unit.conn.execute(
            select(Outbox, User.login, User.name, User.agency_id).outerjoin(User, User.id == Outbox.user_id)
            .where(wanted).order_by(Outbox.at, Outbox.id).limit(take(limit))
        ).all()
    shown, more = one_page(rows, page_size(limit))
    lines = tuple(
        UnsentLetter(
            row.id, row.login or "", row.name or "", agencies.name(row.agency_id), row.weight, row.at, row.attempts,
            row.error or "", row.next_at,
        )
        for row in shown
    )
    return Page(lines, cursor(shown[-1].at, shown[-1].id) if more else None)


def count_unsent(system: System, actor: Actor, *, state: str = "dead") -> int:
    """Count letters that did not arrive; at most 999. Raises NotAllowed, InvalidInput."""
    who_answers_for_letters(system, actor)
    some = select(Outbox.id).where(_condition(state)).limit(COUNTED_TO).subquery()
    with system.database.reader(actor) as unit:
        return unit.conn.execute(select(func.count()).select_from(some)).scalar_one()


def who_answers_for_letters(system: System, actor: Actor) -> str:
    """Return the rule by which somebody may see and change unsent letters. Raises NotAllowed."""
    if actor.is_system:
        return "system"
    return require_role(actor, Permission.ADMIN_SETTINGS, system.configuration.policy)


def _condition(state: str) -> ColumnElement[bool]:
    if state not in STATES:
        raise InvalidInput(fields={"state": [f"Choose one of: {', '.join(STATES)}."]})
    return IS_FAILED if state == "dead" else and_(IS_WAITING, Outbox.error.is_not(None))
