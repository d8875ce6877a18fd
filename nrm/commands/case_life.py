"""Change the team, close by decision, reopen, link: acts on the case as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import insert, select

from nrm.commands.case_act import CLOSED, CaseAct, case_act
from nrm.commands.emergencies import runs_of_reviews
from nrm.commands.form_acts.team import fill_seats
from nrm.commands.settling.dated_runs import start_dated
from nrm.commands.settling.live_run import OPEN_STATUSES
from nrm.records.tables.case import Case, Link
from nrm.records.tables.run import Run
from nrm.rules.routing import Seat
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

REOPENING = ("new_need", "the_person_asked", "new_information", "closed_by_mistake", "returned_from_abroad")
HANDED_OVER = "onward_accepted"
CLOSING = ("duplicate", "opened_by_mistake", "the_person_ended_contact", "moved_abroad", "died", "unrelated")


def change_team(
    system: System, actor: Actor, *, case_id: str, members: Sequence[tuple[Seat, bool]], basis: str = "team changed",
    seen_version: int | None = None,
) -> None:
    """Fill seats of the team anew, role by role; ``True`` beside a seat: one of the named few."""
    with case_act(system, actor, Permission.CASE_TEAM, case_id, seen_version=seen_version) as act:
        if not members:
            raise InvalidInput(fields={"members": ["Name at least one seat."]})
        act.enter("team.changed", f"case:{case_id}", payload={"basis": basis[:200]})
        fill_seats(
            act, [(seat, named, f"members[{place}].agency") for place, (seat, named) in enumerate(members)],
            basis=basis[:200],
        )


def close_case(
    system: System, actor: Actor, *, case_id: str, reason: str, seen_version: int | None = None
) -> bool:
    """Close a case outside its process, for a reason that ends the work; open tasks are withdrawn.

    Returns whether it is closed now: where an access in an emergency is still to be reviewed, that goes on, and the
    case closes with it. Nobody gets rid of a review by closing the case.
    """
    with case_act(system, actor, Permission.CASE_CLOSE, case_id, seen_version=seen_version) as act:
        if reason not in CLOSING:
            raise InvalidInput(fields={"reason": ["Choose why the case ends here. A finished case closes by itself."]})
        outliving = runs_of_reviews(act.unit, case_id)
        act.enter("case.closing" if outliving else "case.closed", f"case:{case_id}", outcome=reason)
        rows = act.unit.conn.execute(
            select(Run.id).where(
                Run.case_id == case_id, Run.parent_run_id.is_(None), Run.status.in_(OPEN_STATUSES),
                Run.id.not_in(outliving),
            )
        ).all()
        for row in rows:
            act.settlement.cancel(act.settlement.run(row.id), reason)
        act.settlement.case_values.update(
            {"status": "follow_up"} if outliving else {"status": "closed", "closed_at": act.unit.now}
        )
        return not outliving


def reopen_case(
    system: System, actor: Actor, *, case_id: str, reason: str, seen_version: int | None = None
) -> str:
    """Open a closed case again (table:D-18) and start its process anew; returns the run's id.

    Never one stage alone: it would end in nothing, and nobody would own what comes after it. Facts stay, and the
    dates among them are waited for again; safety is asked first.
    """
    with case_act(system, actor, Permission.CASE_REOPEN, case_id, open_only=False, seen_version=seen_version) as act:
        if reason not in REOPENING:
            raise InvalidInput(fields={"reason": ["Say why the case is opened again."]})
        if act.case.status not in CLOSED:
            raise Conflict("This case is open.")
        published = system.library.current(act.unit.conn, str(act.case.process))
        act.enter("case.reopened", f"case:{case_id}", outcome=reason, bundle=published.digest)
        act.settlement.case_values.update(status="reopened", closed_at=None, stage="received")
        if published.fact(HANDED_OVER) is not None:  # who had taken the person on has it no longer
            act.settlement.facts.set("", published, {HANDED_OVER: False}, source="case.reopened")
        run_id = act.settlement.start_run(published.process.id).id
        start_dated(act.settlement)
        return run_id


def link_cases(
    system: System, actor: Actor, *, case_id: str, other_code: str, kind: str, seen_version: int | None = None
) -> None:
    """Link two cases by code, both of which the actor may see; both histories say so, or neither.

    Raises InvalidInput where there is no other case for the actor; a stranger to the first hears of neither.
    """
    with case_act(system, actor, Permission.CASE_LINK, case_id, seen_version=seen_version) as act:
        if kind not in ("family", "same_place", "same_event", "duplicate"):
            raise InvalidInput(fields={"kind": ["Choose how the cases belong together."]})
        conn = act.unit.conn
        other = conn.execute(select(Case.id).where(Case.code == other_code.strip().upper())).scalar()
        is_linked = other not in (None, case_id) and _entered_there(act, str(other), kind)
        if is_linked:
            conn.execute(insert(Link), [
                {"case_id": case_id, "other_case_id": other, "kind": kind},
                {"case_id": other, "other_case_id": case_id, "kind": kind},
            ])
            act.enter("case.linked", f"case:{other}", outcome=kind)
    if not is_linked:  # said after the commit: the refusal's entry in the other case stays
        raise InvalidInput(fields={"other_code": ["There is no such case among those you work on."]})


def _entered_there(act: CaseAct, other: str, kind: str) -> bool:
    """Enter the link in the other case, in the same transaction; False where the actor may not see that one."""
    inside = replace(act.system, database=act.system.database.inside(act.unit))
    try:
        with case_act(inside, act.actor, Permission.CASE_LINK, other) as there:
            there.enter("case.linked", f"case:{act.case.id}", outcome=kind)
    except NotFound:
        return False
    return True
