"""Run by the fault tests in processes of their own: serve until told to stop, or until a request kills the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any

from flask import has_request_context, request
from sqlalchemy import event
from werkzeug.serving import WSGIRequestHandler, make_server

import nrm_api  # noqa: F401 - both loaded once, before anything is forked
from nrm.entrypoints.server import serve_with_gunicorn
from nrm.entrypoints.wsgi import make_app
from tests.support.driving import Installation

DIE = "X-Test-Die"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(made: Installation, port: int, processes: int) -> None:
    """Serve with gunicorn, by the machine's clock, as ``nrm serve`` does."""
    serve_with_gunicorn(made.settings, host="127.0.0.1", port=port, workers=processes)


def serve_until_dead(line: Connection, made: Installation) -> None:
    """Serve from this one process; a request may ask for its sudden death."""
    system = made.system()
    app = make_app(system)
    event.listen(system.database.engine, "commit", _die_before)
    app.wsgi_app = _dying_after(app.wsgi_app)  # type: ignore[method-assign]
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    line.send(str(server.server_port))
    server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_before(_: object) -> None:
    if has_request_context() and request.headers.get(DIE) == "before":
        _die()


def _dying_after(answer: Wsgi) -> Wsgi:
    """Everything is committed, nothing is sent yet: that is where the answer is lost."""

    def dying(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = answer(environ, start)
        if environ.get("HTTP_X_TEST_DIE") == "after":
            _die()
        return body

    return dying
