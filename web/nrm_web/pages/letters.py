"""Mail that could not be sent: whose, since when and why; sent again or thrown away."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.dead_letters import discard_letters, retry_letters
from nrm.queries.dead_letters import unsent_letters
from nrm_web.addresses import asked
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()
REASONS = {
    "no answer": "The mail server did not answer.", "no address": "The account has no address.",
    "address": "The account's address is not one.", "not secure": "The mail server could not be trusted.",
    "file not read": "The file with the password or certificates could not be read.",
    "file not written": "The outbox file could not be written.",
}
WEIGHTS = {"safety": "Danger", "statutory": "Time limits", "ordinary": "Ordinary"}


@pages.get("/letters")
def letters() -> ResponseReturnValue:
    """Dead letters, and below them those that are still tried."""
    visit = the_visit()
    return render_template(
        "admin/letters.html", dead=unsent_letters(visit.system, visit.actor, after=asked("after")),
        retrying=unsent_letters(visit.system, visit.actor, state="retrying"), reasons=REASONS, weights=WEIGHTS,
    )


@pages.post("/letters/retry")
def letters_retry() -> ResponseReturnValue:
    """Let one dead letter, or all, be sent again."""
    visit = the_visit()
    retry_letters(visit.system, visit.actor, ids=_which())
    return redirect(url_for("web.letters", said="letters_retried"), 303)


@pages.post("/letters/discard")
def letters_discard() -> ResponseReturnValue:
    """Throw one dead letter away, or all."""
    visit = the_visit()
    discard_letters(visit.system, visit.actor, ids=_which())
    return redirect(url_for("web.letters", said="letters_discarded"), 303)


def _which() -> list[str] | None:
    """The letters a form names; None: all."""
    return request.form.getlist("id") or None
