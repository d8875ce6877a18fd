"""What a row of a journey may expect: tasks, due times, history, registers, who was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from nrm.records.tables.case import TeamMember
from nrm.records.tables.history import History
from nrm.records.tables.notice import Notice
from nrm.records.tables.referral import PlanLine, Referral, ServiceGap
from nrm.records.tables.run import Run
from nrm.records.tables.task import Task

if TYPE_CHECKING:
    from tests.scenarios.journey import Played


def _open(played: Played, wanted: Sequence[str]) -> None:
    """Exactly these tasks are open."""
    assert played.drive.open(played.case_id) == sorted(wanted)


def _has(played: Played, wanted: Sequence[str]) -> None:
    """These tasks are open, whatever else is."""
    opened = played.drive.open(played.case_id)
    assert not Counter(wanted) - Counter(opened), f"open: {opened}"


def _gone(played: Played, wanted: Sequence[str]) -> None:
    """None of these is open now."""
    assert not set(wanted) & set(played.drive.open(played.case_id))


def _never(played: Played, wanted: Sequence[str]) -> None:
    """None of these was ever asked of anyone; ``process.*`` means the whole process."""
    ever = played.tasks_ever()
    for name in wanted:
        prefix = name.removesuffix("*")
        assert not [task for task in ever if task == name or (prefix != name and task.startswith(prefix))], name


def _with(played: Played, wanted: Mapping[str, str]) -> None:
    """Which agency each task is with."""
    for name, agency in wanted.items():
        assert played.drive.task(played.case_id, name).agency_id == agency, name


def _due(played: Played, wanted: Mapping[str, str]) -> None:
    """When open tasks are due, in UTC."""
    found = {name: f"{played.drive.task(played.case_id, name).due_at:%Y-%m-%d %H:%M}" for name in wanted}
    assert found == dict(wanted)


def _breached(played: Played, wanted: Mapping[str, str]) -> None:
    """Open tasks that are late, and since when."""
    found = {
        f"{t.process}.{t.element}": f"{t.breached_at:%Y-%m-%d %H:%M}"
        for t in played.drive.tasks(played.case_id) if t.breached_at is not None
    }
    assert found == dict(wanted)


def _history(played: Played, wanted: Sequence[str]) -> None:
    """These acts were entered by this row; ``act=outcome`` asks for the outcome too."""
    entries = played.drive.history(played.case_id, played.seen)
    found = Counter([entry.act for entry in entries] + [f"{entry.act}={entry.outcome}" for entry in entries])
    assert not Counter(wanted) - found, f"entered: {[f'{e.act}={e.outcome}' for e in entries]}"


def _not_entered(played: Played, wanted: Sequence[str]) -> None:
    """None of these acts was ever entered in the case."""
    acts = set(played.drive.acts(played.case_id))
    assert not acts & set(wanted)


def _gaps(played: Played, wanted: Sequence[Mapping[str, str]]) -> None:
    """Every gap that was registered so far; the register has no place for a person or a case."""
    columns = set(ServiceGap.__table__.columns.keys())
    assert not columns & {"case_id", "case_code", "run_id", "person", "by_id", "recorded_by"}
    rows = played.drive.rows(select(ServiceGap).order_by(ServiceGap.recorded_at))
    assert [{key: getattr(row, key) for key in gap} for row, gap in zip(rows, wanted, strict=True)] == list(wanted)


def _lines(played: Played, wanted: Mapping[int, str]) -> None:
    """The states of the plan's lines by their number."""
    rows = played.drive.rows(select(PlanLine).where(PlanLine.case_id == played.case_id))
    assert {row.no: row.status for row in rows} == dict(wanted)


def _referrals(played: Played, wanted: Mapping[str, str]) -> None:
    """The newest referral to each agency."""
    rows = played.drive.rows(
        select(Referral).where(Referral.case_id == played.case_id).order_by(Referral.sent_at, Referral.answered_at)
    )
    found = {row.to_agency: row.status for row in rows}
    assert {agency: found.get(agency) for agency in wanted} == dict(wanted)


def _case(played: Played, wanted: Mapping[str, Any]) -> None:
    """Columns of the case."""
    case = played.drive.case(played.case_id)
    assert {key: getattr(case, key) for key in wanted} == dict(wanted)


def _runs(played: Played, wanted: Mapping[str, str]) -> None:
    """How the newest run of each process stands: its outcome, or its status while it runs."""
    rows = played.drive.rows(
        select(Run).where(Run.case_id == played.case_id).order_by(Run.started_at, Run.status)
    )
    found = {row.process: (row.outcome if row.status == "ended" else row.status) for row in rows}
    assert {process: found.get(process) for process in wanted} == dict(wanted)


def _facts(played: Played, wanted: Mapping[str, object]) -> None:
    """Facts as the backbone reads them now."""
    run = played.drive.run_of(played.case_id, "case")
    facts = played.drive.facts(played.case_id, run.id)
    assert {name: facts.get(name) for name in wanted} == dict(wanted)


def _told(played: Played, wanted: Mapping[str, str]) -> None:
    """``ROLE@agency: kind=times``: how often a person has been told something about this case."""
    for named, said in wanted.items():
        kind, _, times = said.partition("=")
        actor = played.actor(named)
        code = played.drive.case(played.case_id).code
        rows = played.drive.rows(
            select(Notice).where(Notice.user_id == actor.user_id, Notice.kind == kind, Notice.case_code == code)
        )
        assert len(rows) == int(times or 1), f"{named} was told {kind} {len(rows)} times"


def _team(played: Played, wanted: Mapping[str, str]) -> None:
    """Which agency has the seat of a role."""
    rows = played.drive.rows(
        select(TeamMember).where(TeamMember.case_id == played.case_id, TeamMember.to_at.is_(None))
    )
    found = {row.role: row.agency_id for row in rows}
    assert {role: found.get(role) for role in wanted} == dict(wanted)


def _done_by_different(played: Played, wanted: Sequence[str]) -> None:
    """These tasks were completed by as many different people."""
    rows = played.drive.rows(
        select(Task).where(Task.case_id == played.case_id, Task.status == "done").order_by(Task.done_at)
    )
    by = {f"{row.process}.{row.element}": row.done_by for row in rows}
    people = [by[name] for name in wanted]
    assert len(set(people)) == len(people), people


def _rule(played: Played, wanted: str) -> None:
    """The last entry of the case stands under this rule (how a refusal is explained)."""
    last = played.drive.rows(
        select(History).where(History.chain == played.case_id).order_by(History.seq.desc()).limit(1)
    )[0]
    assert last.rule == wanted, last.rule


EXPECTATIONS: Mapping[str, Callable[[Played, Any], None]] = {
    "open": _open, "has": _has, "gone": _gone, "never": _never, "with": _with, "due": _due, "breached": _breached,
    "history": _history, "not_entered": _not_entered, "gaps": _gaps, "lines": _lines, "referrals": _referrals,
    "case": _case, "runs": _runs, "decided": _facts, "told": _told, "team": _team,
    "different_people": _done_by_different, "rule": _rule,
}
