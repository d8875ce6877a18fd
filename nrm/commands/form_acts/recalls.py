"""form:F03 after a withdrawal: each agency that had received something was told to stop, and what it answered (X1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import insert

from nrm.commands.form_acts.form_act import FormAct
from nrm.records.tables.consent import Recall
from nrm.vocabulary.errors import InvalidInput


def told_recipients(act: FormAct) -> Mapping[str, object]:
    """Keep who was told and what they answered; who has not answered yet is still to be told."""
    case = act.case
    rows = act.answers.get("recipients") or ()
    for place, row in enumerate(rows):
        if row["agency"] not in case.settlement.agencies.by_id:
            raise InvalidInput(fields={f"recipients[{place}].agency": ["Choose an agency from the list."]})
    if not rows:
        return {}
    case.unit.conn.execute(insert(Recall), [
        {
            "id": case.system.new_id(), "case_id": case.case.id, "agency_id": str(row["agency"]),
            "told_on": _day(row["told_on"]), "answer": str(row["answer"]), "basis": None, "own": False,
            "record_id": act.record_id,
            "at": case.unit.now, "by_id": case.actor.user_id,
        }
        for row in rows
    ])
    case.enter("recipients.told", f"case:{case.case.id}", payload={
        "agencies": sorted({str(row["agency"]) for row in rows}),
    })
    return {}


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
