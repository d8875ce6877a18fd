"""Cases that change hands: what one's own cases asked of other agencies, and what one's agency was asked (form:F24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from nrm.queries.paging import Page, cursor, following, one_page, page_size, read_cursor, take
from nrm.queries.scope import cases_in_scope, not_kept, require_having, roles_with
from nrm.records.tables.case import Case
from nrm.records.tables.referral import Transfer
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

RECEIVING = frozenset({"COORD", "SUP"})
"""Who hears what their agency was asked to take over."""
OPEN, TAKEN = "proposed", "accepted"


@dataclass(frozen=True, slots=True)
class TransferCard:
    """One request, with the agencies as they were called then."""

    id: str
    case_code: str
    """Empty for an agency that was asked and has not taken the case over."""
    from_name: str
    to_name: str
    district: str
    reason: str
    basis: str
    status: str
    """proposed, accepted, refused, withdrawn."""
    proposed_at: datetime
    answered_at: datetime | None
    may_withdraw: bool


def transfers(
    system: System, actor: Actor, *, after: str | None = None, limit: int | None = None
) -> Page[TransferCard]:
    """List requests of cases in scope and those to the actor's agency, the newest first.

    Raises NotAllowed, InvalidInput.
    """
    policy = system.configuration.policy
    require_having(actor, policy, Permission.REFERRAL_SEND)
    ways = [cases_in_scope(actor, Permission.REFERRAL_SEND, policy)]
    if RECEIVING & set(roles_with(actor, Permission.REFERRAL_SEND, policy)):
        ways.append(Transfer.to_agency == actor.agency_id)
    wanted = [or_(*ways), not_kept(Transfer.case_id, actor)]
    place = read_cursor(after, datetime, str)
    if place is not None:
        wanted.append(following((Transfer.proposed_at, Transfer.id), place, descending=True))
    query = (
        select(Transfer, Case.code, Case.agency_id.label("led_by")).join(Case, Case.id == Transfer.case_id)
        .where(*wanted).order_by(Transfer.proposed_at.desc(), Transfer.id.desc())
    )
    may_revoke = bool(roles_with(actor, Permission.REFERRAL_REVOKE, policy))
    with system.database.reader(actor) as unit:
        shown, more = one_page(unit.conn.execute(query.limit(take(limit))).all(), page_size(limit))
    cards = tuple(_card(row, actor, may_revoke=may_revoke) for row in shown)
    return Page(cards, cursor(shown[-1].proposed_at, shown[-1].id) if more else None)


def _card(row: Any, actor: Actor, *, may_revoke: bool) -> TransferCard:
    is_asked = row.to_agency == actor.agency_id and row.led_by != actor.agency_id
    return TransferCard(
        row.id, "" if is_asked and row.status != TAKEN else row.code, str(row.from_then["name"]),
        str(row.to_then["name"]), row.to_district, row.reason, row.basis, row.status, row.proposed_at, row.answered_at,
        may_revoke and row.status == OPEN and row.led_by == actor.agency_id,
    )
