"""form:team: assemble the team of the case; open unclaimed tasks move with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, select

from nrm.commands.case_act import CaseAct
from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.settling.feedback import Stage, tell_first_responder
from nrm.records.grants import SEAT
from nrm.records.tables.account import User
from nrm.records.tables.case import TeamMember
from nrm.rules.routing import Seat
from nrm.vocabulary.errors import InvalidInput


def team(act: FormAct) -> Mapping[str, object]:
    """Fill the seats of ``answers.members``: role, agency, person where one is named, among the named few."""
    seats = []
    for place, member in enumerate(act.answers.get("members") or ()):
        seats.append((
            Seat(str(member["role"]), str(member["agency"]), member.get("person") or None),
            bool(member.get("named")), f"members[{place}].agency",
        ))
    fill_seats(act.case, seats, basis="team assembled")
    tell_first_responder(act.case.settlement, Stage.TAKEN)
    return {}


def fill_seats(act: CaseAct, seats: Sequence[tuple[Seat, bool, str]], *, basis: str) -> None:
    """Fill seats of the team: the seats of the same role end, tasks nobody has claimed are placed again.

    Raises InvalidInput at the seat's field where the agency does not serve the role or the person does
    not fill it.
    """
    for seat, _, field in seats:
        _check(act, seat, field)
    roles = {seat.role for seat, _, _ in seats}
    now = act.unit.now
    SEAT.change(act.unit, and_(
        TeamMember.case_id == act.case.id, TeamMember.role.in_(roles), TeamMember.to_at.is_(None)
    ), to_at=now)
    SEAT.add(act.unit, [
        {
            "id": act.system.new_id(), "case_id": act.case.id, "role": seat.role, "agency_id": seat.agency_id,
            "user_id": seat.user_id, "from_at": now, "to_at": None, "basis": basis, "named": named,
            "chosen": seat.chosen and seat.user_id is not None,
        }
        for seat, named, _ in seats
    ])
    for seat, _, _ in seats:
        act.settlement.ledger.enter(
            "team.seat_filled", f"role:{seat.role}", rule=act.rule,
            payload={"agency": seat.agency_id, "person": seat.user_id},
        )
    act.settlement.tasks.reroute()


def _check(act: CaseAct, seat: Seat, field: str) -> None:
    agency = act.settlement.agencies.by_id.get(seat.agency_id)
    if agency is None or agency.id not in act.settlement.agencies.active_ids:
        raise InvalidInput(fields={field: ["Choose an agency from the list."]})
    if seat.role not in agency.serves:
        raise InvalidInput(fields={field: [f"{agency.name} does not fill this role. Choose another agency."]})
    if seat.user_id is None:
        return
    if seat.user_id in act.settlement.kept_away:
        raise InvalidInput(fields={field: ["A conflict of interest keeps them from this case."]})
    user = act.unit.conn.execute(
        select(User.agency_id, User.roles, User.status).where(User.id == seat.user_id)
    ).first()
    if user is None or user.status != "active" or user.agency_id != agency.id or seat.role not in user.roles:
        raise InvalidInput(fields={field: ["Choose a person of this agency who fills this role."]})
