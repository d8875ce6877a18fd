"""The page that shows, once, a link with which somebody chooses their password."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.queries.people import UserLine
from nrm_web.repeating import SHOWN_ONCE
from nrm_web.visit import Visit, site_of


def link_page(visit: Visit, line: UserLine, token: str) -> ResponseReturnValue:
    """Return the page for the link of an account."""
    address = f"{site_of(visit.system, request).origin}{url_for('web.welcome', link=token)}"
    return render_template("admin/invitation.html", line=line, address=address), SHOWN_ONCE
