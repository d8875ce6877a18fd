"""Pages that only a demo has: the clock that visitors may move, the sign-ins, and the altered copy."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nrm.entrypoints.demo.people import SIGN_INS_FILE
from nrm.entrypoints.demo.tampering import alter_a_copy
from nrm.entrypoints.demo.time import advance_one_working_day
from nrm.entrypoints.demo.tour import TOUR
from nrm.vocabulary.clock import OffsetClock
from nrm.wiring.system import System
from nrm_web import errors
from nrm_web.protection import has_token, is_own_origin
from nrm_web.session_cookies import with_visitor


def make_demo_pages(system: System) -> Blueprint:
    """Return the blueprint of a demo: ``GET /demo``, ``POST /demo/advance``, ``POST /demo/alter``.

    Register it only where ``system.settings.is_demo``, and after the web's own blueprint.
    """
    demo = Blueprint("demo", __name__, template_folder="templates", url_prefix="/demo")

    @demo.before_request
    def checked() -> ResponseReturnValue | None:
        if request.method != "POST":
            return None
        if not is_own_origin(request):
            return errors.refused_origin()
        return None if has_token(request, g.visit) else errors.refused_token()

    @demo.after_request
    def remembered(response: Response) -> Response:
        """A browser that is not signed in gets what its forms' token rests on, as the web's own pages do."""
        return with_visitor(g.get("visit"), response)

    @demo.get("/")
    def desk() -> ResponseReturnValue:
        """The desk of the demo: the clock, who may sign in, the altered copy."""
        return render_template(
            "demo/desk.html", sign_ins=_sign_ins(system), codes=[one.code for one in TOUR], altered=None,
            told=_count("told"), fired=_count("fired"), ahead=_ahead(system),
        )

    @demo.post("/advance")
    def advance() -> ResponseReturnValue:
        """Move the clock to the next working day and go back to where the button stood."""
        moved = advance_one_working_day(system)
        back = request.form.get("_back", "")
        if back.startswith("/") and not back.startswith(("//", "/\\")):
            return redirect(back, 303)
        counted = urlencode({"told": moved.told, "fired": moved.fired})
        return redirect(f"{url_for('demo.desk')}?{counted}", 303)

    @demo.post("/alter")
    def alter() -> ResponseReturnValue:
        """Alter one line in a copy of the demo and show what checking it says."""
        altered = alter_a_copy(system, code=request.form.get("code", ""))
        return render_template(
            "demo/desk.html", sign_ins=_sign_ins(system), codes=[one.code for one in TOUR], altered=altered,
            told=None, fired=None, ahead=_ahead(system),
        )

    @demo.app_context_processor
    def everywhere() -> dict[str, object]:
        return {"demo_desk": url_for("demo.desk"), "demo_advance": url_for("demo.advance")}

    return demo


def _sign_ins(system: System) -> list[dict[str, object]]:
    file = system.settings.dir / SIGN_INS_FILE
    rows: list[dict[str, object]] = json.loads(file.read_text("utf-8")) if file.exists() else []
    return rows


def _count(name: str) -> int | None:
    value = request.args.get(name, "")
    return int(value) if value.isdigit() and len(value) < 7 else None


def _ahead(system: System) -> int:
    """How many whole days the clock is ahead of the machine's."""
    return system.clock.ahead.days if isinstance(system.clock, OffsetClock) else 0
