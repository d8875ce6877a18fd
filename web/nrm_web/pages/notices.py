"""What somebody was told, in neutral words."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.mark_notices import mark_notices
from nrm.commands.mute_mail import mute_mail
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
    return render_template(
        "nrm/notices.html", page=page, done=request.args.get("done", ""),
        muted=of.is_mail_muted(visit.system, visit.actor),
        digest_at=f"{visit.system.configuration.product.mail_hours.digest_at:%H:%M}",
    )


@pages.post("/notices")
def read_notices() -> ResponseReturnValue:
    """Mark all of one's notices as read."""
    visit = the_visit()
    mark_notices(visit.system, visit.actor)
    return redirect(url_for("web.notices", done="read"), 303)


@pages.post("/notices/mail")
def notices_mail() -> ResponseReturnValue:
    """Say whether one wants ordinary mail."""
    visit = the_visit()
    mute_mail(visit.system, visit.actor, muted="muted" in request.form)
    return redirect(url_for("web.notices", done="saved"), 303)
