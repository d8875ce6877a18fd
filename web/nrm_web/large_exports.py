"""Where an export needs a second person, the way leads to asking for one."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.export_requests import NEEDED
from nrm.rules.exports import Large
from nrm.vocabulary.errors import NotAllowed


def take_or_ask(what: Large, take: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Return what is taken, or lead to the page where it is asked for. Raises what ``take`` raises else."""
    try:
        return take()
    except NotAllowed as refused:
        if refused.code != NEEDED:
            raise
        return redirect(url_for("web.exports", what=what, said="export_needs_second"), 303)
