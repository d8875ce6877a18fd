"""Before an act that weighs much: show once more that it is you, and go on where you were with nothing lost."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.stepping_up import ways_to_step_up
from nrm.vocabulary.errors import StepUpRequired
from nrm_web.replay import keep
from nrm_web.visit import Visit, site_of


def ask_for_proof(visit: Visit) -> ResponseReturnValue:
    """Answer a request that asks for a fresh proof: the form travels, sealed, through the proof."""
    if request.method != "POST":
        return redirect(url_for("web.step_up", next=request.full_path.rstrip("?")), 303)
    if request.headers.get("X-Requested-With") == "nrm":
        answer = jsonify({"code": StepUpRequired.code, "sentence": StepUpRequired.title})
        answer.status_code = 403
        return answer
    return proof_page(visit, kept=keep(visit.system), status=403)


def proof_page(
    visit: Visit, *, kept: str = "", next_path: str = "", errors: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    """Return the page that asks for a factor, or for the password where there is none."""
    ways, passkey = ways_to_step_up(
        visit.system, visit.actor, token=visit.token, site=site_of(visit.system, request)
    )
    html = render_template(
        "nrm/step_up.html", kept=kept, next=next_path, ways=ways, passkey=passkey, errors=errors or {},
        labels={"code": "Code of the app", "password": "Password", "passkey": "Passkey"}, bundles=("passkeys",),
    )
    return Response(html, status, content_type="text/html; charset=utf-8")
