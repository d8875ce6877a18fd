"""Ways back into an account: an invitation, or a recovery that two administrators carry out together."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.recovery import approve_recovery, ask_recovery, finish_recovery, stop_recovery
from nrm.queries.people import UserLine, user_view
from nrm_web.account_links import invitation_page, link_page
from nrm_web.routing import Pages
from nrm_web.visit import the_visit

pages = Pages()


@pages.post("/users/<user_id>/invitation", fresh=True)
def user_invite(user_id: str) -> ResponseReturnValue:
    """Make a link for an account that has no password yet, and show it, once."""
    return invitation_page(the_visit(), user_id)


@pages.post("/users/<user_id>/recovery", fresh=True)
def recovery_ask(user_id: str) -> ResponseReturnValue:
    """Ask for the recovery of an account; another administrator has to approve it."""
    ask_recovery(the_visit().system, the_visit().actor, user_id=user_id)
    return _back(user_id, "recovery_asked")


@pages.post("/users/<user_id>/recovery/approve", fresh=True)
def recovery_approve(user_id: str) -> ResponseReturnValue:
    """Approve what another administrator asked; the waiting period begins."""
    approve_recovery(the_visit().system, the_visit().actor, user_id=user_id)
    return _back(user_id, "recovery_approved")


@pages.post("/users/<user_id>/recovery/stop")
def recovery_stop(user_id: str) -> ResponseReturnValue:
    """Stop a recovery."""
    stop_recovery(the_visit().system, the_visit().actor, user_id=user_id)
    return _back(user_id, "recovery_stopped")


@pages.post("/users/<user_id>/recovery/finish", fresh=True)
def recovery_finish(user_id: str) -> ResponseReturnValue:
    """After the wait: end what was lost, and show a link for a new password, once."""
    visit = the_visit()
    return link_page(visit, _line(user_id), finish_recovery(visit.system, visit.actor, user_id=user_id))


def _line(user_id: str) -> UserLine:
    return user_view(the_visit().system, the_visit().actor, user_id=user_id).line


def _back(user_id: str, said: str) -> ResponseReturnValue:
    return redirect(url_for("web.user", user_id=user_id, said=said), 303)
