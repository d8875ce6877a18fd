"""Signals of unusual access: noted with the act itself, told at once to who looks at them; never a verdict."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from nrm.commands.mail_times import zone_of
from nrm.commands.settling.audience import people_of
from nrm.commands.settling.ledger import Ledger
from nrm.queries.duty import is_on_duty
from nrm.queries.standing import Standing
from nrm.records.consents import FOUND
from nrm.records.grants import ALTERED
from nrm.records.outgoing import add_notice, add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.history import INSTALLATION, History
from nrm.records.tables.need_to_know import HoneyCase, Signal
from nrm.records.unit import Unit
from nrm.rules.relations import Relation
from nrm.rules.signals import is_night, names_a_colleague
from nrm.vocabulary.access_words import SignalKind
from nrm.vocabulary.mail import Weight
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

QUIET = frozenset({SignalKind.OUTSIDE})
"""Kinds that are rows to be looked through, and no news."""
LEADING = ("CM", "COORD")
PROOF = "proof:grant"
"""The rule by which what was altered gives nothing."""


def signal(
    system: System, unit: Unit, kind: SignalKind, *, case_id: str | None = None, number: int = 0,
    user_id: str | None = None, agency_id: str | None = None, about: str = "",
) -> bool:
    """Note what somebody did, once a day and case, and tell who looks at signals; returns whether it was new.

    Without ``user_id`` it is about who acts. ``about``: once a day for each of these.
    """
    who = user_id or unit.actor.user_id
    row = {
        "id": system.new_id(), "kind": str(kind), "user_id": who, "agency_id": agency_id or unit.actor.agency_id,
        "case_id": case_id, "at": unit.now, "number": number, "status": "open",
        "once": f"{kind}:{who}:{unit.now:%Y-%m-%d}:{case_id or ''}{about and ':'}{about}",
    }
    added = unit.conn.execute(upsert(Signal).on_conflict_do_nothing().returning(Signal.id), row).first()
    if added is None:
        return False
    if kind not in QUIET:
        tell_watchers(system, unit, f"signal_{kind}", but=who)
    return True


def tell_watchers(system: System, unit: Unit, kind: str, *, but: str) -> None:
    """Tell everybody who looks at signals at once, by notice and mail; never whom it is about."""
    policy = system.configuration.policy
    watching = {role for role, one in policy.roles.items() if Permission.SIGNALS_READ in one.permissions}
    rows = unit.conn.execute(select(User.id, User.roles).where(User.status == "active").order_by(User.id))
    for user_id in [row.id for row in rows if watching & set(row.roles) and row.id != but]:
        add_notice(unit, user_id=user_id, kind=kind, text_key=kind)
        add_outgoing(unit, user_id=user_id, next_at=unit.now, weight=Weight.SAFETY)


def watch_reading(system: System, unit: Unit, standing: Standing, rule: str) -> None:
    """Look at one reading that has just left its entry."""
    case_id = str(standing.case.id)
    if standing.is_honey:
        signal(system, unit, SignalKind.HONEY, case_id=case_id)
    if rule.startswith(f"{Relation.AUDITOR}:"):
        signal(system, unit, SignalKind.OUTSIDE, case_id=case_id)
        return
    zone = ZoneInfo(zone_of(system, unit, unit.actor.agency_id))
    thresholds = system.configuration.access.thresholds
    opened = _cases_since(unit, datetime.combine(unit.now.astimezone(zone).date(), time(), zone), case_id)
    if opened > thresholds.cases_a_day:
        signal(system, unit, SignalKind.MANY_CASES, number=opened)
    if is_night(unit.now, zone, thresholds) and not is_on_duty(
        unit, process=str(standing.case.process), case_code=str(standing.case.code)
    ):
        signal(system, unit, SignalKind.AT_NIGHT, case_id=case_id)


def watch_refusal(system: System, unit: Unit, case_id: str) -> None:
    """A refusal touches a case too; and what it was refused for may be what somebody altered."""
    case = unit.lock_case(case_id)
    standing = Standing(unit, system.configuration.policy, system.agencies(unit), unit.actor, case, unit.now)
    standing.read_all()
    watch_altered(system, unit, standing)
    if unit.conn.execute(select(HoneyCase.case_id).where(HoneyCase.case_id == case_id)).first() is not None:
        signal(system, unit, SignalKind.HONEY, case_id=case_id)


def watch_altered(system: System, unit: Unit, standing: Standing) -> None:
    """What was altered behind the system's back gives nothing; the history says so, and those who look at signals."""
    case_id = str(standing.case.id)
    _watch_register(system, unit, case_id, standing.altered)
    for one in sorted(standing.forged):
        if signal(system, unit, SignalKind.ALTERED, case_id=case_id, about=one):
            Ledger(unit, case_id).enter(ALTERED, one, outcome="refused", rule=PROOF)


def watch_account(system: System, unit: Unit, user: Row[Any], what: str) -> None:
    """The same of an account (columns of ``User``): ``what`` of it was altered (account, session, token)."""
    if signal(system, unit, SignalKind.ALTERED, user_id=user.id, agency_id=user.agency_id, about=what):
        Ledger(unit, INSTALLATION).enter(
            ALTERED, f"user:{user.id}", outcome="refused", rule=PROOF, payload={"what": what}
        )


def _watch_register(system: System, unit: Unit, case_id: str, altered: Collection[str]) -> None:
    """Consents that nobody entered so: the history says it, and who leads the case and who looks at signals hear it.

    Once a day. What the person agreed to before counts no more: they have to be asked again.
    """
    if not altered or not signal(system, unit, SignalKind.ALTERED, case_id=case_id, number=len(altered)):
        return
    for consent_id in sorted(altered):
        Ledger(unit, case_id).enter(FOUND, f"consent:{consent_id}", outcome="refused", rule="proof:consent")
    case = unit.conn.execute(select(Case.agency_id, Case.code).where(Case.id == case_id)).one()
    for user_id in people_of(unit, (case.agency_id,), LEADING):
        add_notice(unit, user_id=user_id, kind="consent_altered", text_key="consent_altered", case_code=case.code)


def watch_search(system: System, unit: Unit, asked: Collection[str]) -> None:
    """A search among the names of people for that of a colleague, or for one's own, is a hint."""
    names = unit.conn.execute(
        select(User.name).where(User.agency_id == unit.actor.agency_id, User.status == "active")
    ).scalars().all()
    if names_a_colleague(asked, names):
        signal(system, unit, SignalKind.COLLEAGUE)


def _cases_since(unit: Unit, begin: datetime, case_id: str) -> int:
    """How many distinct cases the actor has read since an instant, the one of now among them."""
    others = unit.conn.execute(
        select(func.count(History.chain.distinct())).where(
            History.actor == unit.actor.user_id, History.at >= begin, History.act == "read", History.chain != case_id
        )
    ).scalar_one()
    return others + 1
