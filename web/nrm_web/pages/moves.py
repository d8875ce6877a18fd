"""Moving many tasks: a look at it, the batch that does it, how far it is, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.bulk_moves import Preview, Wish, move_many, preview_move, require_mover, retry_failed, undo_move
from nrm.commands.reassign_task import REASONS
from nrm.queries import batches as work
from nrm.queries.absence_plans import absence_choices
from nrm.queries.move_plans import Way, lines_of
from nrm.vocabulary.errors import Conflict, InvalidInput
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
LABELS = {"way": "Where to", "to_user_id": "To whom", "reason": "Reason", "from_user_id": "From whom"}
WAYS = (
    (Way.SPREAD, "To the least loaded who fill the role"), (Way.PERSON, "To one person"),
    (Way.POOL, "To everybody of the role"),
)
KINDS = {
    "move_tasks": "Tasks moved", "hand_over": "Tasks handed over for an absence", "hand_back": "Tasks given back",
    "leaving": "Work of an account that closes", "rehoming": "Work of an agency that ends",
    "recount": "Clocks counted anew",
}
FIELDS = ("to_user_id", "from_user_id", "role", "process", "district")


@pages.get("/moves")
def moves() -> ResponseReturnValue:
    """Choose which tasks move; once chosen, see which would and which would not."""
    visit = the_visit()
    require_mover(visit.system, visit.actor)
    if "way" not in request.args:
        return _page(request.args, None, {})
    try:
        return _page(request.args, preview_move(visit.system, visit.actor, _wish(request.args)), {})
    except InvalidInput as wrong:
        return _page(request.args, None, wrong.fields, 422)


@pages.post("/moves")
def move() -> ResponseReturnValue:
    """Start the batch; what has changed since it was looked at is shown again instead."""
    visit = the_visit()
    require_mover(visit.system, visit.actor)
    try:
        wish = _wish(request.form)
        batch_id = move_many(visit.system, visit.actor, wish, digest=request.form.get("digest") or None)
    except InvalidInput as wrong:
        return _page(request.form, None, wrong.fields, 422)
    except Conflict as changed:
        return _page(request.form, preview_move(visit.system, visit.actor, wish), {"": [changed.sentence]}, 409)
    return redirect(url_for("web.batch", batch_id=batch_id, said="batch_started"), 303)


@pages.get("/batches")
def batches() -> ResponseReturnValue:
    """The batches of one's agency, the newest first."""
    visit = the_visit()
    page = work.batches(visit.system, visit.actor, after=request.args.get("after") or None)
    return render_template("coordinator/batches.html", page=page, kinds=KINDS)


@pages.get("/batches/<batch_id>")
def batch(batch_id: str) -> ResponseReturnValue:
    """How far a batch is, line by line."""
    visit = the_visit()
    status = request.args.get("status", "")
    view = work.batch_view(visit.system, visit.actor, batch_id=batch_id)
    page = work.batch_lines(
        visit.system, visit.actor, batch_id=batch_id, status=status or None, after=request.args.get("after") or None,
    )
    return render_template("coordinator/batch.html", view=view, page=page, status=status, kinds=KINDS)


@pages.post("/batches/<batch_id>/undo")
def batch_undo(batch_id: str) -> ResponseReturnValue:
    """Move back whatever is still open and was not touched since."""
    visit = the_visit()
    new_id = undo_move(visit.system, visit.actor, batch_id=batch_id)
    return redirect(url_for("web.batch", batch_id=new_id, said="batch_started"), 303)


@pages.post("/batches/<batch_id>/retry")
def batch_retry(batch_id: str) -> ResponseReturnValue:
    """Let the lines that failed be tried again."""
    visit = the_visit()
    retry_failed(visit.system, visit.actor, batch_id=batch_id)
    return redirect(url_for("web.batch", batch_id=batch_id, said="batch_started"), 303)


def _wish(sent: Mapping[str, str]) -> Wish:
    try:
        way = Way(sent.get("way", ""))
    except ValueError:
        raise InvalidInput(fields={"way": ["Choose where the tasks go."]}) from None
    return Wish(
        way, **{name: sent.get(name) or None for name in FIELDS}, late="late" in sent,
        reason=sent.get("reason") or "workload",
    )


def _page(
    typed: Mapping[str, str], seen: Preview | None, errors: Mapping[str, Sequence[str]], status: int = 200
) -> ResponseReturnValue:
    visit = the_visit()
    configuration = visit.system.configuration
    choices = absence_choices(visit.system, visit.actor, user_id=visit.actor.user_id)
    html = render_template(
        "coordinator/moves.html", typed=typed, seen=seen, lines=lines_of(seen.planned) if seen else (), errors=errors,
        labels=LABELS, ways=[(str(way), text) for way, text in WAYS], people=choices.people,
        processes=choices.processes, all_districts=list(configuration.districts.items()),
        roles=[(code, role.title) for code, role in configuration.roles.items() if role.lanes],
        reasons=[(code, code.replace("_", " ").capitalize()) for code in REASONS],
    )
    return html, status
