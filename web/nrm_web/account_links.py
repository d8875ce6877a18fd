"""The page that shows, once, a link with which somebody chooses their password."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.invitations import invite
from nrm.deployment.settings import Invitations
from nrm.queries.people import UserLine, user_view
from nrm_web.repeating import SHOWN_ONCE
from nrm_web.visit import Visit, site_of


def invitation_page(visit: Visit, user_id: str) -> ResponseReturnValue:
    """Invite the owner of an account that has no password yet, and return the page with the link."""
    token = invite(visit.system, visit.actor, user_id=user_id)
    view = user_view(visit.system, visit.actor, user_id=user_id)
    by_mail = visit.system.settings.invitations is Invitations.BY_MAIL
    return link_page(visit, view.line, token, mailed_to=view.email or "" if by_mail else "")


def link_page(visit: Visit, line: UserLine, token: str, *, mailed_to: str = "") -> ResponseReturnValue:
    """Return the page for the link of an account. ``mailed_to``: where it goes by mail too."""
    address = f"{site_of(visit.system, request).origin}{url_for('web.welcome', link=token)}"
    return render_template("admin/invitation.html", line=line, address=address, mailed_to=mailed_to), SHOWN_ONCE
