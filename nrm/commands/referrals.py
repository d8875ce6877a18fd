"""Acts on a referral besides its tasks: open it, prepare one, name anew what the provider is told, take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.plan_lines import lines_of
from nrm.commands.reading import reading
from nrm.commands.referral_rows import NAMED, SHARED, add_referral, draft_of, revoke
from nrm.commands.settling.asked_for import PROVIDING
from nrm.commands.settling.audience import people_of
from nrm.queries.case_reader import CaseReader
from nrm.queries.referral_fields import FieldOffer, offers
from nrm.queries.referrals import ReferralSeen, find_referral, referral_seen
from nrm.records.grants import REFERRAL
from nrm.records.tables.referral import Referral
from nrm.rules.referral_steps import CHANGEABLE, REVOCABLE
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

WITHDRAWING = ("not_needed", "other_provider", "the_person_asked", "sent_by_mistake")
CAN_BE_PREPARED = ("proposed", "agreed", "approved", "returned")
"""States of a plan line in which what its provider will be told can be chosen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be named in a referral."""

    referral: ReferralSeen
    offers: tuple[FieldOffer, ...]


def read_referral(system: System, actor: Actor, *, referral_id: str) -> ReferralSeen:
    """Open a referral; leaves the read entry. Raises NotFound for who is on neither side of it."""
    case_id = case_of_referral(system, actor, referral_id)
    with reading(system, actor, Permission.REFERRAL_READ, case_id, f"referral:{referral_id}") as read:
        reader = CaseReader(system, read.unit, read.standing)
        return referral_seen(reader, find_referral(read.unit, referral_id))


def read_choice(system: System, actor: Actor, *, referral_id: str) -> Choice:
    """Open what a referral may name, with the answers: a press that leaves an entry each time. Raises NotFound."""
    case_id = case_of_referral(system, actor, referral_id)
    with reading(
        system, actor, Permission.REFERRAL_SEND, case_id, f"referral:{referral_id}:fields", act="revealed", always=True
    ) as read:
        reader = CaseReader(system, read.unit, read.standing)
        row = find_referral(read.unit, referral_id)
        return Choice(referral_seen(reader, row), offers(reader, str(row.to_agency), row.fields))


def prepare_referral(system: System, actor: Actor, *, case_id: str, line_no: int) -> str:
    """Prepare the referral of a plan line before it is sent, so that its fields can be chosen. Returns its id.

    Raises NotFound for a line that is not there, Conflict for one that is on its way or has no provider.
    """
    with case_act(system, actor, Permission.REFERRAL_SEND, case_id) as act:
        line = next((one for one in lines_of(act.unit, case_id) if one.no == line_no), None)
        if line is None:
            raise NotFound
        if line.agency_id is None or line.status not in CAN_BE_PREPARED:
            raise Conflict("This line has no provider, or its referral is on its way already.")
        draft = draft_of(act.unit, line.id, line.agency_id)
        if draft is not None:
            return str(draft.id)
        return add_referral(
            act.settlement, None, to_agency=line.agency_id, service=line.service, line_id=line.id,
            urgency="1d" if line.urgent else "7d",
        )


def name_fields(system: System, actor: Actor, *, referral_id: str, fields: Sequence[str]) -> None:
    """Name anew what the provider is told once it has accepted; holds from this commit on.

    Raises InvalidInput for what the consent does not cover or nobody has answered, Conflict where the referral is over.
    """
    with _acting(system, actor, Permission.REFERRAL_SEND, referral_id) as (act, referral):
        if referral.status not in CHANGEABLE:
            raise Conflict("This referral has moved on since. Look at it again.", code="referral_changed")
        reader = CaseReader(system, act.unit, act.standing)
        offered = {one.element: one for one in offers(reader, str(referral.to_agency), referral.fields)}
        if not offered.keys() >= set(fields):
            raise InvalidInput(fields={"fields": ["The person's consent does not cover this, or there is no answer."]})
        unanswered = [element for element in NAMED if element in referral.fields and element not in offered]
        named = [*(element for element in offered if element in set(fields)), *unanswered]
        categories = {Category.PLAN, *(offered[one].category for one in fields)}
        if unanswered:
            categories.update(SHARED)
        REFERRAL.change_row(act.unit, referral, fields=named, shared_categories=sorted(map(str, categories)))
        act.enter("referral.fields_named", f"referral:{referral_id}", payload={"fields": named})


def withdraw_referral(system: System, actor: Actor, *, referral_id: str, reason: str) -> None:
    """Take a referral back; the provider's access and tasks end in this act. Raises InvalidInput, Conflict."""
    with _acting(system, actor, Permission.REFERRAL_REVOKE, referral_id) as (act, referral):
        if reason not in WITHDRAWING:
            raise InvalidInput(fields={"reason": ["Choose why it is taken back."]})
        if referral.status not in REVOCABLE:
            raise Conflict("This referral has moved on since. Look at it again.", code="referral_changed")
        revoke(act.settlement, referral, reason=reason, line_status="returned", rule=act.rule)
        for user_id in people_of(act.unit, (str(referral.to_agency),), PROVIDING):
            act.settlement.notices.tell(user_id, "referral_revoked", None, act.unit.now, mail=True)


@contextmanager
def _acting(
    system: System, actor: Actor, permission: Permission, referral_id: str
) -> Iterator[tuple[CaseAct, Row[Any]]]:
    """Open an act on the case of a referral, and read the referral under its lock."""
    case_id = case_of_referral(system, actor, referral_id)
    with case_act(system, actor, permission, case_id) as act:
        yield act, find_referral(act.unit, referral_id)


def case_of_referral(system: System, actor: Actor, referral_id: str) -> str:
    """Return the case a referral belongs to. Raises NotFound."""
    with system.database.reader(actor) as unit:
        case_id: str | None = unit.conn.execute(select(Referral.case_id).where(Referral.id == referral_id)).scalar()
    if case_id is None:
        raise NotFound
    return case_id
