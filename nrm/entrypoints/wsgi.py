"""The WSGI application: the pages and, where it is installed, the API, over one installation.

To look at pages while working on them: ``python -m nrm.entrypoints.wsgi DIR [PORT]``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from nrm.deployment.settings import Settings
from nrm.entrypoints.logs import kind_and_place
from nrm.wiring.system import System, build_system
from nrm_web import make_web
from nrm_web.addresses import address_with
from nrm_web.protection import protect
from nrm_web.questions import field_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_PARTS = 1000
"""Parts of one form. Its bytes are bounded by each route."""


def make_app(system: System, *, with_api: bool = True) -> Flask:
    """Return the application of one installation. Headers, limits and error pages come with the pages."""
    app = Application("nrm_web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=25 * 1024 * 1024, MAX_FORM_PARTS=MOST_PARTS, TRAP_HTTP_EXCEPTIONS=False)
    _know_the_way_in(app, system.settings)
    app.extensions["nrm"] = system
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["field_id"] = field_id
    app.jinja_env.globals["address_with"] = address_with
    app.register_blueprint(make_web(system))
    if with_api and find_spec("nrm_api") is not None:
        api = import_module("nrm_api")
        api.register(app, system)
    return app


class InMemory(Request):
    """A request whose files stay in memory: Werkzeug would write larger ones to the disk in the clear (goal S12)."""

    def _get_file_stream(self, *_told: object, **_more: object) -> IO[bytes]:
        return BytesIO()


class Application(Flask):
    """Flask that keeps what was typed out of temporary files and logs."""

    request_class = InMemory

    def log_exception(self, exc_info: Any) -> None:
        """Log what nobody foresaw by its kind and place."""
        self.logger.error("%s", kind_and_place(exc_info[1]))


def _know_the_way_in(app: Flask, settings: Settings) -> None:
    """Believe our own proxies who asks and how; in production answer under our own name only."""
    if settings.trusted_proxies:
        # Not x_host: the proxy hands the name on as it was asked for, and only ours is answered.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies, x_host=0,
        )
    host = urlsplit(settings.base_url).hostname
    if host and not settings.is_demo:
        app.wsgi_app = _only_as(host, app.wsgi_app)  # type: ignore[method-assign,assignment]


def _only_as(host: str, answer: WSGIApplication) -> WSGIApplication:
    """Answer to one name. Flask's own TRUSTED_HOSTS leaves the error page without addresses to link to."""

    def named(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if host_is_trusted(environ.get("HTTP_HOST"), [host]):
            return answer(environ, start)
        refused = Response("There is nothing under this name.", 400, content_type="text/plain; charset=utf-8")
        return protect(refused, https=True, path=environ.get("PATH_INFO", ""))(environ, start)

    return named


def main() -> None:
    """Serve an installation with Werkzeug's server, on this machine only."""
    directory, port = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8080
    make_app(build_system(Settings.read(directory, {}))).run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    main()
