"""Access before content: what is wrong with a request is told only to who may make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from sqlalchemy import select

from nrm.commands.case_act import case_act
from nrm.commands.correct_record import seen_categories
from nrm.commands.task_act import task_act
from nrm.queries.case_list import case_id_of
from nrm.queries.scope import require_having
from nrm.records.tables.consent import ConsentVersion
from nrm.records.tables.deadline import ClockRequest, Deadline
from nrm.records.tables.erasure import Erasure, LegalHold
from nrm.records.tables.record import Record
from nrm.records.tables.referral import Referral
from nrm.records.tables.run import Incident
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

_PARTS: Mapping[
    str, type[Record | ConsentVersion | Incident | Deadline | ClockRequest | Referral | LegalHold | Erasure]
] = {
    "record_id": Record, "consent_id": ConsentVersion, "override_id": ConsentVersion, "incident_id": Incident,
    "deadline_id": Deadline, "request_id": ClockRequest, "referral_id": Referral, "hold_id": LegalHold,
    "erasure_id": Erasure,
}


def refuse_first(
    system: System, actor: Actor, permissions: Sequence[Permission], named: Mapping[str, str], wrong: InvalidInput
) -> NoReturn:
    """Raise ``wrong``, unless the actor may not use the permission: then that, entered as the act's own refusal is.

    Of several permissions any is enough where no case is concerned; of a case it is the first.

    ``named``: what the request is about: ``case`` (id or code), ``task_id``, ``record_id``, ``consent_id``,
    ``override_id``, ``incident_id``, ``deadline_id``, ``request_id``, ``referral_id``, ``hold_id``, ``erasure_id``;
    where none of these, no case is concerned.

    Raises NotFound, NotAllowed, else InvalidInput.
    """
    permission = permissions[0]
    if "task_id" in named:
        with task_act(system, actor, permission, named["task_id"]):
            raise wrong
    case_id = _case_of(system, actor, named)
    if case_id is None:
        require_having(actor, system.configuration.policy, *permissions)
        raise wrong
    with case_act(system, actor, permission, case_id, open_only=False) as act:
        if "record_id" in named:
            seen_categories(act, named["record_id"])
        raise wrong


def _case_of(system: System, actor: Actor, named: Mapping[str, str]) -> str | None:
    """Return the case a request is about, or None where it is about none. Raises NotFound."""
    if "case" in named:
        return case_id_of(system, actor, named["case"])
    for name, table in _PARTS.items():
        if name in named:
            with system.database.reader(actor) as unit:
                found = unit.conn.execute(select(table.case_id).where(table.id == named[name])).scalar()
            if found is None:
                raise NotFound
            return str(found)
    return None
