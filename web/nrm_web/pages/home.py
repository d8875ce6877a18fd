"""The first page, and *My tasks*: what is mine, my team's, and to be claimed; what is late comes first."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.install import shipped_processes
from nrm.queries.my_tasks import counts
from nrm.queries.my_tasks import my_tasks as list_tasks
from nrm.queries.task_reasons import task_reasons
from nrm.vocabulary.permissions import Permission
from nrm_web.addresses import address_with, asked
from nrm_web.navigation import ENTRIES, has
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
BEGINNINGS = (Permission.AUDIT_SEARCH, Permission.TASK_LIST)
"""Who has the first begins there, although they have tasks too."""
QUEUES = ("mine", "team", "claimable")


@pages.get("/")
def home() -> ResponseReturnValue:
    """Go to the page somebody's work begins with: their tasks, or what their role is for."""
    visit = the_visit()
    policy = visit.system.configuration.policy
    first = [*BEGINNINGS, *(entry.permission for entry in ENTRIES)]
    order = sorted(ENTRIES, key=lambda entry: first.index(entry.permission))
    for entry in order:
        if f"web.{entry.endpoint}" in current_app.view_functions and has(visit.actor, policy, entry.permission):
            return redirect(url_for(f"web.{entry.endpoint}", done=request.args.get("done") or None), 303)
    return redirect(url_for("web.notices"), 303)


@pages.get("/tasks")
def my_tasks() -> ResponseReturnValue:
    """The inbox; queue, lateness, process, district and role stand in the address."""
    visit = the_visit()
    queue = asked("queue") or "mine"
    filters = {name: asked(name) for name in ("late", "process", "district", "role")}
    page = list_tasks(
        visit.system, visit.actor, queue=queue, after=asked("after"), late=filters["late"],
        process=filters["process"], district=filters["district"], role=filters["role"],
    )
    counted = counts(visit.system, visit.actor)
    tabs = [
        {"href": address_with(queue=name), "label": label, "here": queue == name, "count": count, "tone": tone}
        for name, label, count, tone in (
            ("mine", "Mine", counted.mine, "alert" if counted.mine_overdue else ""),
            ("team", "My team's", counted.team, ""), ("claimable", "To claim", counted.claimable, ""),
        )
    ]
    return render_template(
        "nrm/my_tasks.html", page=page, tabs=tabs, queue=queue, filters=filters, counted=counted,
        reasons=task_reasons(visit.system, visit.actor, task_ids=[line.id for line in page.items]),
        processes=_processes(), roles=sorted(visit.actor.roles), is_filtered=any(filters.values()),
        done=request.args.get("done", ""),
    )


def _processes() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ").capitalize()) for name in shipped_processes(the_visit().system)]
