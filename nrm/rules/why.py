"""The sentences of *why this date*: each step of counting a time limit, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from nrm.rules.stands import Stand
from nrm.rules.words import FreeRun, free_runs, long_day, short_days
from nrm.rules.working_days import free_days
from nrm.vocabulary.clock_words import PauseGround

if TYPE_CHECKING:
    from nrm.rules.calendars import Calendar

_LISTED = 4
"""So many weekends and holidays are listed one by one; more are summed up."""
_NAMED = 15
"""So many holidays are named; more, over the years, are summed up with the weekends."""
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of *why this date*.

    ``template`` is the English source string with ``{names}``, the key of the translation;
    ``params`` holds what fills it: ISO dates under names ending in ``_on``, ISO local date-times
    under names ending in ``_at``, else numbers and words; ``text`` is the English sentence.
    """

    key: str
    template: str
    params: Mapping[str, str | int]
    text: str


def started(at: datetime, calendar: Calendar, back: bool) -> Step:
    """Say what is counted from."""
    if back:
        return _moment("counted_back", "Counted back from {start_at}.", "start_at", at, calendar)
    return _moment("started", "Started on {start_at}.", "start_at", at, calendar)


def due(at: datetime, calendar: Calendar) -> Step:
    """Say when it is due."""
    return _moment("due", "Due on {due_at}.", "due_at", at, calendar)


def changed(unit: str, own: int, whole: int) -> Step:
    """Say that there is more or less time than the limit's own."""
    if unit in ("hours", "office_hours"):
        own, whole = own // _HOUR, whole // _HOUR
        return _plain("changed_hours", "Extended from {count} to {whole} hours.",
                      {"count": own, "whole": whole})
    return _plain("changed_days", "Extended from {count} to {whole} days.",
                  {"count": own, "whole": whole})


def hours(unit: str, seconds: int, safety: bool) -> Step:
    """Say how hours are counted."""
    count = seconds // _HOUR
    if unit == "office_hours":
        return _plain("office_hours", "{count} hours in which the office is open.", {"count": count})
    if count == 1:
        return _plain("one_hour", "One hour by the clock, day or night.", {})
    if safety:
        template = "{count} hours, day and night: a safety limit does not stop for nights or holidays."
        return _plain("hours", template, {"count": count})
    return _plain("hours", "{count} hours by the clock, nights included.", {"count": count})


def hours_before(seconds: int) -> Step:
    """Say how many hours are counted back."""
    return _plain("hours_before", "{count} hours before that.", {"count": seconds // _HOUR})


def days_before(unit: str, count: int, day: date) -> Step:
    """Say on which day one comes when days are counted back."""
    if unit == "working_days":
        return _plain("working_days_before", "{count} working days before that is {last_on}.",
                      {"count": count, "last_on": day})
    return _plain("days_before", "{count} days before that is {last_on}.", {"count": count, "last_on": day})


def first_day(first: date, counts: bool, might_count: bool) -> Step:
    """Say whether the day of the start counts."""
    if counts:
        return _plain("first_day_counts", "{first_on} counts as the first day.", {"first_on": first})
    if might_count:
        return _plain("too_late", "The office was not open any more on {first_on}: counting starts after it.",
                      {"first_on": first})
    return _plain("first_day", "The day itself does not count.", {})


def last_day(unit: str, count: int, day: date) -> Step:
    """Say which day is the last."""
    if unit == "working_days":
        return _plain("working_days", "Working day {count} is {last_on}.", {"count": count, "last_on": day})
    return _plain("calendar_days", "Every day counts; day {count} is {last_on}.", {"count": count, "last_on": day})


def rolled(free: date, moved: date) -> Step:
    """Say that a free last day moves on."""
    return _plain("rolled", "{last_on} is not a working day, so it moves to {moved_on}.",
                  {"last_on": free, "moved_on": moved})


def stood(stands: Sequence[Stand], until: datetime | None, calendar: Calendar) -> Iterator[Step]:
    """Say when the clock stood still on the way to the due time, and on what ground."""
    for stand in stands:
        if stand.to_at is None or (until is not None and stand.from_at > until):
            continue
        yield _times("stood", "It stood still from {from_at} to {to_at}: {ground}.",
                     {"from_at": stand.from_at, "to_at": stand.to_at}, stand.ground, calendar)


def stands_still(unit: str, left: int, stand: Stand, calendar: Calendar) -> Step:
    """Say that the clock stands still now, and what is left of its time."""
    if unit in ("hours", "office_hours"):
        template = "It stands still since {from_at}: {ground}. Hours left: {left}."
        left = -(-left // _HOUR)
    else:
        template = "It stands still since {from_at}: {ground}. Days left: {left}."
    return _times("stands_still", template, {"from_at": stand.from_at}, stand.ground, calendar, left=left)


def free(calendar: Calendar, after: date, until: date) -> list[Step]:
    """Say which days in between do not count: many weekends are summed up, holidays named where they are few."""
    runs = free_runs(calendar, free_days(calendar, after, until))
    if len(runs) <= _LISTED:
        return [_free_run(run) for run in runs]
    holidays, weekends = [run for run in runs if run.name], [run for run in runs if not run.name]
    if len(holidays) > _NAMED:
        return [_summed("{count} weekend days and holidays between {first_on} and {last_on} do not count.", runs)]
    told = [_free_run(run) for run in holidays]
    if weekends:
        told.insert(0, _summed("{count} weekend days between {first_on} and {last_on} do not count.", weekends))
    return told


def _summed(template: str, runs: Sequence[FreeRun]) -> Step:
    params: dict[str, str | int | date] = {
        "count": sum(len(run.days) for run in runs), "first_on": runs[0].days[0], "last_on": runs[-1].days[-1],
    }
    return _plain("free_many", template, params)


def _free_run(run: FreeRun) -> Step:
    if run.name:
        return _plain("holiday", "{first_on} ({name}) does not count.",
                      {"first_on": run.days[0], "name": run.name})
    if len(run.days) == 1:
        return _plain("weekend_day", "{first_on} (weekend) does not count.", {"first_on": run.days[0]})
    return _plain("weekend", "Weekend {days} does not count.",
                  {"days": short_days(run.days), "first_on": run.days[0], "last_on": run.days[-1]})


def _moment(key: str, template: str, name: str, at: datetime, calendar: Calendar) -> Step:
    """Make a step that shows a local date and time."""
    local = calendar.local(at)
    return Step(key, template, {name: local.replace(tzinfo=None).isoformat(timespec="minutes")},
                template.format(**{name: _clock(at, calendar)}))


def _times(
    key: str, template: str, times: Mapping[str, datetime], ground: str, calendar: Calendar, **more: int
) -> Step:
    """Make a step that shows local times and a ground."""
    words = PauseGround(ground).sentence if ground in set(PauseGround) else ground
    kept: dict[str, str | int] = {
        name: calendar.local(at).replace(tzinfo=None).isoformat(timespec="minutes") for name, at in times.items()
    }
    shown = {name: _clock(at, calendar) for name, at in times.items()}
    return Step(key, template, {**kept, "ground": words, **more}, template.format(**shown, ground=words, **more))


def _clock(at: datetime, calendar: Calendar) -> str:
    local = calendar.local(at)
    return f"{long_day(local.date())}, {local:%H:%M}"


def _plain(key: str, template: str, params: Mapping[str, str | int | date]) -> Step:
    """Make a step whose dates are shown as long days in English and kept as ISO in ``params``."""
    shown = {k: long_day(v) if isinstance(v, date) else v for k, v in params.items()}
    kept = {k: v.isoformat() if isinstance(v, date) else v for k, v in params.items()}
    return Step(key, template, kept, template.format(**shown))
