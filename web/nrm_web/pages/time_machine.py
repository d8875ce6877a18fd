"""The time machine: what would fire in a case, when, on which rung and to whom, under assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from nrm.commands.foretelling import DONE, PAUSED, RESUMED, Assumption, Foretold
from nrm.commands.time_machine import Future, future_of_case, future_of_process
from nrm.queries.processes import processes_list
from nrm.queries.scope import require_role
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm_web.addresses import asked
from nrm_web.answering import NOT_A_DAY
from nrm_web.blueprint import words_of
from nrm_web.navigation import has
from nrm_web.pages.case import case_id
from nrm_web.pages.case_clocks import EFFECTS
from nrm_web.routing import Pages
from nrm_web.rung_words import whom_told
from nrm_web.visit import the_visit
from nrm_web.words import Words

pages = Pages()
AHEAD = timedelta(days=30)
MORNING = time(9, 0)
"""What is assumed to happen on a day happens then."""
KINDS = {
    "rung": "Told", "reached": "The process goes on", "opened": "A task opens", "withdrawn": "A task is withdrawn",
    "stopped": "The process stops and needs a coordinator", "done": "Assumed: a task is done",
    "paused": "Assumed: clocks stand still", "resumed": "Assumed: clocks go on",
}
TONES = {"opened": "info", "stopped": "danger", "done": "neutral", "paused": "neutral", "resumed": "neutral"}
LABELS = {"until": "Until", "task_id": "Task", "at": "Day", "done_on": "Done on", "from": "From", "to": "To",
          "process": "Process", "district": "District"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader stands in the future: the day, of how many, and the next day with something on it."""

    day: int
    days: int
    at: date
    next: int | None


@pages.get("/deadlines/future")
def time_machine() -> ResponseReturnValue:
    """Choose a case or an invented one; the invented one is pressed through its deadlines here."""
    visit = the_visit()
    system, actor = visit.system, visit.actor
    require_role(actor, Permission.DEADLINES_BOARD, system.configuration.policy)
    process, district = asked("process"), asked("district")
    future, errors, status = None, {}, 200
    if process and district:
        try:
            future = future_of_process(system, actor, process=process, district=district, until=_until())
        except InvalidInput as wrong:
            errors, status = wrong.fields, 422
    reads = has(actor, system.configuration.policy, Permission.PROCESSES_READ)
    processes = [(one.process, one.title) for one in processes_list(system, actor)] if reads else []
    return _page(future, errors, processes=processes, code=""), status


@pages.get("/cases/<code>/future")
def time_machine_of_case(code: str) -> ResponseReturnValue:
    """Press a copy of a case through its coming deadlines; what is assumed stands in the address."""
    visit = the_visit()
    found, errors, status = case_id(code), {}, 200
    try:
        future = future_of_case(visit.system, visit.actor, case_id=found, until=_until(), assumed=_assumed())
    except InvalidInput as wrong:
        errors, status = wrong.fields, 422
        until = visit.system.clock.now() + AHEAD
        future = future_of_case(visit.system, visit.actor, case_id=found, until=until)
    return _page(future, errors, processes=[], code=code), status


def _page(
    future: Future | None, errors: Mapping[str, Sequence[str]], *, processes: list[tuple[str, str]], code: str
) -> str:
    visit = the_visit()
    words, known = words_of(visit.system, visit), visit.system.configuration

    def tells(line: Foretold) -> str:
        return whom_told(line.tell, known.roles, words)

    def roles(codes: Sequence[str]) -> str:
        return words.listed(known.roles[code].title if code in known.roles else code for code in codes)

    with visit.system.database.reader(visit.actor) as unit:
        agencies = visit.system.agencies(unit)
    return render_template(
        "coordinator/time_machine.html", future=future, code=code, errors=errors, labels=LABELS, processes=processes,
        place=None if future is None else place_in(future, asked("day"), words), kinds=KINDS, tones=TONES,
        effects=EFFECTS, tells=tells, roles=roles, agency=agencies.name, typed=request.args,
        grounds=[(str(one), one.sentence) for one in PauseGround], until=_typed_until(words),
    )


def place_in(future: Future, asked_day: str | None, words: Words) -> Place:
    """Return where in the future the reader stands; the last day where none was asked for."""
    first, last = words.local(future.begins_at).date(), words.local(future.until).date()
    days = max((last - first).days, 1)
    is_number = asked_day and asked_day.isascii() and asked_day.isdigit() and len(asked_day) < 6
    day = min(int(asked_day or 0), days) if is_number else days
    ahead = [gone for line in future.lines if (gone := (words.local(line.at).date() - first).days) > day]
    return Place(day, days, first + timedelta(days=day), min(ahead, default=None))


def _typed_until(words: Words) -> str:
    at = words.local(the_visit().system.clock.now() + AHEAD).date()
    return asked("until") or at.isoformat()


def _until() -> datetime:
    words = words_of(the_visit().system, the_visit())
    return _instant("until", _typed_until(words), time(23, 59, 59))


def _assumed() -> tuple[Assumption, ...]:
    """Return what the address assumes: a task done on a day, clocks standing still from a day to another."""
    found: list[Assumption] = []
    if asked("task") and asked("done_on"):
        found.append(Assumption(_instant("done_on", asked("done_on") or ""), DONE, asked("task") or ""))
    ground = asked("ground")
    if ground in set(PauseGround) and asked("from"):
        found.append(Assumption(_instant("from", asked("from") or ""), PAUSED, ground=PauseGround(ground)))
        if asked("to"):
            found.append(Assumption(_instant("to", asked("to") or ""), RESUMED, ground=PauseGround(ground)))
    return tuple(found)


def _instant(name: str, day: str, at: time = MORNING) -> datetime:
    """Return a time of day where the reader is; what is assumed of today happens now. Raises InvalidInput."""
    visit = the_visit()
    try:
        local = datetime.combine(date.fromisoformat(day), at, words_of(visit.system, visit).zone)
    except ValueError:
        raise InvalidInput(fields={name: [NOT_A_DAY]}) from None
    now = visit.system.clock.now()
    return now if local.date() == now.astimezone(local.tzinfo).date() and at is MORNING else local.astimezone(UTC)
