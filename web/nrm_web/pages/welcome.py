"""The door for who was invited: choose a password, once, and go on to the second step."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.invitations import accept_invitation, invited
from nrm.vocabulary.errors import InvalidInput
from nrm_web.routing import Pages
from nrm_web.session_cookies import known_device, let_in, with_session
from nrm_web.visit import device_of, the_visit

pages = Pages()
LABELS = {"new": "New password", "again": "New password once more"}


@pages.get("/welcome/<link>", anyone=True)
def welcome(link: str) -> ResponseReturnValue:
    """Choose a password; a link that is unknown, used or too old is not there."""
    return _page(link)


@pages.post("/welcome/<link>", anyone=True)
def welcome_choose(link: str) -> ResponseReturnValue:
    """Take the password, use up the link, and begin a session."""
    visit, new = the_visit(), request.form.get("new", "")
    try:
        if new != request.form.get("again", ""):
            raise InvalidInput(fields={"again": ["The two do not match."]})
        signed = accept_invitation(
            visit.system, token=link, password=new, network=request.remote_addr or "", device=device_of(request),
            known=known_device(visit),
        )
    except InvalidInput as wrong:
        return _page(link, wrong.fields, 422)
    let_in(visit, signed)
    answer = Response(status=303, headers={"Location": url_for("web.security")})
    return with_session(visit, answer, signed)


def _page(link: str, errors: Mapping[str, list[str]] | None = None, status: int = 200) -> ResponseReturnValue:
    settings = the_visit().system.settings
    found = invited(the_visit().system, token=link, network=request.remote_addr or "")
    html = render_template(
        "nrm/welcome.html", link=link, found=found, errors=errors or {}, labels=LABELS,
        shortest=settings.shortest_password,
    )
    return html, status
