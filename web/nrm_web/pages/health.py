"""Whether the work that nobody presses a button for gets done."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from nrm.queries.work_health import SENTENCES, WorkCounts, work_health
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/workers")
def workers() -> ResponseReturnValue:
    """The workers, what is late, what waits and what failed."""
    visit = the_visit()
    found = work_health(visit.system, visit.actor)
    return render_template(
        "coordinator/workers.html", health=found, alarms=[SENTENCES[alarm] for alarm in found.counts.alarms],
        numbers=_numbers(found.counts),
    )


def _numbers(counts: WorkCounts) -> tuple[tuple[str, int, bool], ...]:
    """What is counted, how much, and whether it should be none."""
    return (
        ("Cases with something due", counts.cases_due, False),
        ("Cases that could not be handled", counts.sweep_incidents, True),
        ("Mail that waits", counts.letters_waiting, False),
        ("Mail that could not be sent", counts.letters_dead, True),
        ("Lines of work on many cases that wait", counts.batches_waiting, False),
        ("Lines of work on many cases that failed", counts.batches_failed, True),
        ("Open tasks that nobody would do", counts.left_behind, True),
    )
