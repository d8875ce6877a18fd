"""For auditors: the signed checkpoints of the history, the keys, and the places outside that keep them."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from nrm.queries.checkpoints import checkpoints_list, note_of, signing
from nrm_web.addresses import asked
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
REASONS = {
    "no answer": "It did not answer.", "not secure": "Its certificate could not be trusted.",
    "file not written": "The file could not be written.",
    "holds something else": "The file holds something else.",
    "holds another history": "It holds another or a later history: this one may have been set back or changed.",
    "address": "The address is not one.",
    "file not read": "The file with the password or certificates could not be read.",
}
KINDS = {"file": "File", "mail": "Mailbox", "http": "Web server"}


@pages.get("/audit/checkpoints")
def audit_checkpoints() -> ResponseReturnValue:
    """The checkpoints, the newest first, and how it stands with the places that keep them."""
    visit = the_visit()
    return render_template(
        "auditor/checkpoints.html", page=checkpoints_list(visit.system, visit.actor, after=asked("after")),
        signing=signing(visit.system, visit.actor), reasons=REASONS, kinds=KINDS,
    )


@pages.get("/audit/checkpoints/<int:checkpoint_id>/note")
def audit_checkpoint_note(checkpoint_id: int) -> ResponseReturnValue:
    """The signed note of a checkpoint, to keep it elsewhere."""
    visit = the_visit()
    note = note_of(visit.system, visit.actor, checkpoint_id=checkpoint_id)
    return Response(note, content_type="text/plain; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="checkpoint-{checkpoint_id}.txt"',
    })
