"""The WSGI application: the pages and, where it is installed, the API, over one installation.

To look at pages while working on them: ``python -m nrm.entrypoints.wsgi DIR [PORT]``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from flask import Flask

from nrm.deployment.settings import Settings
from nrm.wiring.system import System, build_system
from nrm_web import make_web
from nrm_web.addresses import address_with
from nrm_web.questions import field_id


def make_app(system: System, *, with_api: bool = True) -> Flask:
    """Return the application of one installation. Headers, limits and error pages come with the pages."""
    app = Flask("nrm_web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=25 * 1024 * 1024, MAX_FORM_PARTS=5000, TRAP_HTTP_EXCEPTIONS=False)
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


def main() -> None:
    """Serve an installation with Werkzeug's server, on this machine only."""
    directory, port = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8080
    make_app(build_system(Settings.read(directory, {}))).run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    main()
