"""Actions of a service referral: consent first, then the minimum, then an answer that returns (domain 2.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from nrm.commands.plan_lines import GAP_REASONS, add_gap, line_of, lines_of, set_line
from nrm.commands.referral_rows import (
    REFERRAL_PROCESS,
    SHARED,
    add_referral,
    draft_of,
    send_prepared,
)
from nrm.commands.settling.audience import people_of
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.queries.standing import AS_CHILD
from nrm.records.consents import read_consents
from nrm.records.tables.referral import Referral
from nrm.rules.consent import ConsentStatus, Coverage, Recipient, covers
from nrm.rules.referral_steps import ReferralStatus
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import ActionRefused

ASKED = (ReferralStatus.SENT, ReferralStatus.RETURNED, ReferralStatus.ACCEPTED)
"""A line with such a referral is with its provider."""
LINES = {"urgent": ("agreed",), "approved": ("approved",), "this_line": ("agreed", "approved")}


def check_referral_consent(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Say whether the person's consent covers this provider: yes, missing (ask), or refused (an answer)."""
    line = line_of(settlement, run)
    if _coverage(settlement, run, line.agency_id).allowed:
        return {"consent_covers": "yes"}
    refused = any(
        consent.status is ConsentStatus.REFUSED and consent.purpose == "referral"
        and consent.recipient in (line.agency_id, "*")
        for consent in read_consents(settlement.unit, settlement.case_id)
    )
    return {"consent_covers": "refused" if refused else "missing"}


def send_referral(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Send the referral: from now on the provider sees what it names, and nothing else."""
    line = line_of(settlement, run)
    draft = draft_of(settlement.unit, line.id, line.agency_id)
    shared = SHARED if draft is None else tuple(map(Category, draft.shared_categories))
    if not _coverage(settlement, run, line.agency_id, shared).allowed:
        raise ActionRefused("The person's consent does not cover this provider; nothing was sent.")
    urgency = "1d" if line.urgent else "7d"
    if draft is not None:
        send_prepared(settlement, run, draft, urgency=urgency)
    else:
        add_referral(
            settlement, run, to_agency=line.agency_id, service=line.service, line_id=line.id,
            status=ReferralStatus.SENT, urgency=urgency,
        )
    set_line(settlement.unit, line.id, status="referred")
    return {}


def return_plan_line(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Give the line back to the case manager with the reason."""
    reason = params.get("reason", "refused")
    status = {"not_delivered": "not_delivered", "declined": "declined", "no_consent": "declined"}.get(
        reason, "returned"
    )
    line = line_of(settlement, run)
    set_line(settlement.unit, line.id, status=status)
    for user_id in people_of(settlement.unit, (str(settlement.case.agency_id),), ("CM",)):
        settlement.notices.tell(user_id, "line_returned", None, settlement.unit.now)
    return {}


def record_service_gap(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Count the missing service for the district (form:F27); only reasons that say something of the district."""
    if "service" in params:
        add_gap(settlement, service=params["service"], urgency=params.get("urgency", "7d"),
                reason=params.get("reason", "no_capacity"))
        return {}
    line = line_of(settlement, run)
    reason = str(settlement.facts.for_run(run.id, run.published).get("refusal_reason") or "other")
    if reason in GAP_REASONS:
        add_gap(settlement, service=line.service, urgency="1d" if line.urgent else "7d", reason=reason)
    return {}


def feedback_to_referrer(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Tell the case manager that there is an outcome; the class only, no content."""
    for user_id in people_of(settlement.unit, (str(settlement.case.agency_id),), ("CM",)):
        settlement.notices.tell(user_id, "referral_outcome", None, settlement.unit.now)
    return {}


def start_line_referrals(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Start a referral for every line that may start now and has none open."""
    which = params.get("lines", "approved")
    busy = {
        row.plan_line_id for row in settlement.unit.conn.execute(
            select(Referral.plan_line_id).where(
                Referral.case_id == settlement.case_id, Referral.status.in_(ASKED)
            )
        )
    }
    for line in lines_of(settlement.unit, settlement.case_id):
        wanted = line.status in LINES[which] and (which != "urgent" or line.urgent)
        if which == "this_line":
            wanted = wanted and line.id == run.item
        if not wanted or line.agency_id is None or line.id in busy:
            continue
        settlement.start_run(REFERRAL_PROCESS, item=line.id, facts={"line_urgent": bool(line.urgent)})
    return {}


def _coverage(
    settlement: Settlement, run: LiveRun, agency_id: str, shared: Sequence[Category] = SHARED
) -> Coverage:
    """Say whether consent covers what a referral shares, at this moment (table:D-05)."""
    child = settlement.facts.for_run(run.id, run.published).get("is_child") in AS_CHILD
    return covers(
        read_consents(settlement.unit, settlement.case_id),
        Recipient(agency_id, settlement.agencies.kind(agency_id)), "referral", shared, settlement.unit.now, child=child,
    )
