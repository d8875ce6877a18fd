"""Nothing typed is lost when a session ends: the form travels, sealed, through the sign-in and is sent again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from flask import Response, jsonify, render_template, request

from nrm.vocabulary.errors import NrmError
from nrm.wiring.system import System
from nrm_web.repeating import FIELD
from nrm_web.visit import Visit, read_signed_id

PURPOSE = "typed before signing in again"
KEPT_FOR = timedelta(hours=12)
OWN = ("csrf_token", "_who", "_kept")
BESIDE = ("_action", FIELD)
"""What the page that sends a kept form again writes itself: the button, and the key the form had all along."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was sent too late: where to, what was typed, and by whom."""

    path: str
    fields: tuple[tuple[str, str], ...]
    who: str
    at: datetime
    files: tuple[str, ...] = ()
    """The names of the files that were chosen: they could not be kept."""

    @property
    def action(self) -> str:
        """Return the button that was pressed."""
        return self._first("_action")

    @property
    def key(self) -> str:
        """Return the form's key, so that what was carried out before the session ended is not done again."""
        return self._first(FIELD)

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """Return the fields that were filled in."""
        return tuple((name, value) for name, value in self.fields if name not in BESIDE)

    def _first(self, wanted: str) -> str:
        return next((value for name, value in self.fields if name == wanted), "")


def ask_to_sign_in(visit: Visit) -> Response:
    """Answer a form sent after the session ended: sign in again, and it goes on from there."""
    if request.headers.get("X-Requested-With") == "nrm":
        answer = jsonify({"code": "not_signed_in"})
        answer.status_code = 401
        return answer
    return sign_in_again(visit, keep(visit.system))


def sign_in_again(visit: Visit, kept: str, *, refused: str = "", login: str = "", status: int = 401) -> Response:
    """Return the page on which somebody signs in again to go on."""
    html = render_template("nrm/sign_in.html", kept=kept, refused=refused, login=login, next="")
    return Response(html, status, content_type="text/html; charset=utf-8")


def keep(system: System) -> str:
    """Seal the form of this request, with whom it was made for; files cannot be kept."""
    data = {
        "path": request.path, "who": read_signed_id(system, request.form.get("_who", "")) or "",
        "at": system.clock.now().isoformat(),
        "fields": [(name, value) for name, value in request.form.items(multi=True) if name not in OWN],
        "files": [sent.filename for sent in request.files.values() if sent.filename],
    }
    return base64.urlsafe_b64encode(system.keys.seal(PURPOSE, orjson.dumps(data), PURPOSE)).decode()


def opened(system: System, sealed: str) -> Kept | None:
    """Return what was kept, or None where it is altered or too old."""
    try:
        raw = system.keys.open(PURPOSE, base64.urlsafe_b64decode(sealed.encode()), PURPOSE)
    except (NrmError, binascii.Error, ValueError):
        return None
    data = orjson.loads(raw)
    at = datetime.fromisoformat(data["at"])
    kept = Kept(data["path"], _pairs(data["fields"]), data["who"], at, tuple(map(str, data["files"])))
    return kept if kept.at + KEPT_FOR > system.clock.now() else None


def continue_page(kept: Kept, status: int = 200, *, title: str = "You are signed in again") -> Response:
    """Return the page that sends a kept form again, on the person's own press."""
    html = render_template("nrm/continue.html", kept=kept, is_task=kept.path.startswith("/tasks/"), title=title)
    return Response(html, status, content_type="text/html; charset=utf-8")


def sent_again(visit: Visit) -> Response | None:
    """Answer a form whose token is of an earlier session of the same person; None where it is not theirs.

    The signed id in the form cannot be made by another site, and the origin was checked before.
    """
    if visit.present is None or request.headers.get("X-Requested-With") == "nrm":
        return None
    if read_signed_id(visit.system, request.form.get("_who", "")) != visit.present.actor.user_id:
        return None
    kept = opened(visit.system, keep(visit.system))
    return None if kept is None else continue_page(kept, 403)


def _pairs(raw: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in raw)
