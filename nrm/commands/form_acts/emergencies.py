"""form:emergency_review: an auditor's verdict on an access in an emergency; never by who had it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update

from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.signalling import signal
from nrm.records.same_person import is_same_person
from nrm.records.tables.need_to_know import BreakGlass
from nrm.vocabulary.access_words import GlassVerdict, SignalKind
from nrm.vocabulary.errors import NotAllowed


def review(act: FormAct) -> Mapping[str, object]:
    """Keep the verdict with the access; one that was not justified is a signal.

    Raises NotAllowed for who had the access, with whichever account.
    """
    unit, verdict = act.case.unit, GlassVerdict(str(act.answers["verdict"]))
    row = unit.conn.execute(select(BreakGlass).where(BreakGlass.run_id == act.run.id)).first()
    if row is None:  # a review begun without an access, to try the process: there is nothing to keep
        return {}
    if is_same_person(unit.conn, row.user_id, act.case.actor.user_id):
        raise NotAllowed("Somebody else has to review this: it is your own access.", rule="separation:emergency",
                         code="separation_of_duties")
    unit.conn.execute(update(BreakGlass).where(BreakGlass.id == row.id).values(
        verdict=str(verdict), reviewed_by=act.case.actor.user_id, reviewed_at=unit.now,
    ))
    act.case.enter("emergency.reviewed", f"emergency:{row.id}", outcome=str(verdict))
    if verdict is GlassVerdict.NOT_JUSTIFIED:
        signal(act.case.system, unit, SignalKind.NOT_JUSTIFIED, case_id=row.case_id, user_id=row.user_id,
               agency_id=row.agency_id)
    return {}
