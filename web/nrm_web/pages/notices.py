"""What somebody was told, in neutral words."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from nrm.queries import notices as of

from nrm_web.addresses import asked
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.get("/notices")
def notices() -> ResponseReturnValue:
    """One's own notices, the newest first."""
    visit = the_visit()
    page = of.notices(visit.system, visit.actor, after=asked("after"))
    return render_template("nrm/notices.html", page=page, done=request.args.get("done", ""))
