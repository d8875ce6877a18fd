"""Actions that start, tell and suspend."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.settling.audience import people_of
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.vocabulary.facts import fact_value

NOT_FACTS = ("process", "once")


def start_run(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Start another process in the same case, not waited for. ``once="open"``: not while one is open."""
    process = params["process"]
    if params.get("once") == "open" and settlement.is_running(process):
        return {}
    current = settlement.system.library.current(settlement.unit.conn, process)
    facts = {
        name: fact_value(kind, text) for name, text in params.items()
        if name not in NOT_FACTS and (kind := current.fact(name)) is not None
    }
    settlement.start_run(process, facts=facts)
    return {}


def set_fact(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Give one fact a literal value that its dictionary entry allows."""
    name = params["fact"]
    kind = run.published.fact(name)
    return {} if kind is None else {name: fact_value(kind, params["value"])}


def send_message(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Deliver a message to whoever waits for it in this case; ``optional`` keeps none for later."""
    if params.get("optional") == "true":
        settlement.messages.tell_waiting(params["message"])
    else:
        settlement.messages.send(params["message"])
    return {}


def suspend_case(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Suspend the case (the person is out of contact); which clocks stand still, the diagram says beside it."""
    settlement.case_values["status"] = "suspended"
    settlement.ledger.enter("case.suspended", f"case:{settlement.case_id}", outcome=params.get("ground", "other"))
    return {}


def resume_case(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Take the case up again."""
    settlement.case_values["status"] = "open"
    settlement.ledger.enter("case.resumed", f"case:{settlement.case_id}")
    return {}


def tell_team(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Tell the case's team by a wording key, without content."""
    seats = settlement.placing.team()
    for agency_id in dict.fromkeys(seat.agency_id for seat in seats):
        roles = tuple(seat.role for seat in seats if seat.agency_id == agency_id)
        for user_id in people_of(settlement.unit, (agency_id,), roles):
            settlement.notices.tell(user_id, params.get("text", "look_at_case"), None, settlement.unit.now)
    return {}


def hand_over_case(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """The onward provider has accepted: from here the case can end with an owner (I-043)."""
    settlement.ledger.enter("case.handed_over", f"case:{settlement.case_id}")
    return {"onward_accepted": True}


def apply_consent_change(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """The change already holds since its own commit; this leaves the entry that it was applied."""
    settlement.ledger.enter("consent.change_applied", f"run:{run.id}")
    return {}


def send_anonymous_notification(
    settlement: Settlement, run: LiveRun, params: Mapping[str, str]
) -> Mapping[str, object]:
    """Notify without a name (table:D-06): off by default, and only after the person was told."""
    for user_id in people_of(settlement.unit, (str(settlement.case.agency_id),), ("COORD",)):
        settlement.notices.write_to(user_id)
    settlement.ledger.enter("notification.sent", "notification:anonymous")
    return {}
