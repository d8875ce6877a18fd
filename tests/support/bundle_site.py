"""A tiny site with the strict policy that serves the built bundles, to try them without the application."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from nrm_web.protection import POLICY
from tests.support.requirements import lacking

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web/nrm_web/static/dist"
SAMPLE = (ROOT / "tests/house/sample.bpmn").read_text(encoding="utf-8")
POSTED = (200, "text/html", "<title>ok</title>posted")
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".woff": "font/woff"}


@dataclass
class Site:
    """Pages by path, and what browsers posted to it: path, form, headers."""

    base: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def page(self, path: str, bundle: str, body: str) -> str:
        """Put up a page that loads a bundle beside `app`; return its address."""
        self.pages[path] = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>'
            '<meta name="viewport" content="width=device-width"><meta name="csrf-token" content="token-1">'
            f"{tags('src/app.js')}{tags(f'src/{bundle}.js') if bundle != 'app' else ''}"
            f'</head><body data-size="sm"><main><h1>Page</h1>{body}</main></body></html>'
        )
        return self.base + path

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.method == "POST":
            self.posted.append((request.path, request.form.to_dict(), dict(request.headers)))
            status, content_type, text = self.answers.get(request.path, POSTED)
            return Response(text, status, content_type=content_type)
        if request.path.startswith("/static/dist/"):
            file = DIST / request.path.removeprefix("/static/dist/")
            kind = TYPES.get(file.suffix, "application/octet-stream")
            return Response(file.read_bytes(), content_type=kind)
        if request.path in self.answers:
            status, content_type, text = self.answers[request.path]
            return Response(text, status, content_type=content_type)
        found = self.pages.get(request.path)
        return Response(found or "", 200 if found else 404, content_type="text/html; charset=utf-8")


def tags(entry: str) -> str:
    """Return the link and script elements of a bundle, as web/frontend/README.md says."""
    manifest = json.loads((DIST / ".vite/manifest.json").read_text(encoding="utf-8"))

    def styles(key: str) -> Iterator[str]:
        for imported in manifest[key].get("imports", []):
            yield from styles(imported)
        yield from manifest[key].get("css", [])

    sheets = dict.fromkeys(styles(entry))
    links = "".join(f'<link rel="stylesheet" href="/static/dist/{css}">' for css in sheets)
    return f'{links}<script type="module" src="/static/dist/{manifest[entry]["file"]}"></script>'


def data_block(name: str, data: object) -> str:
    """Return a JSON data block; `<` is escaped so that no text can end it."""
    text = json.dumps(data).replace("<", "\\u003c")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'


@pytest.fixture
def site() -> Iterator[Site]:
    """A running site with nothing on it yet."""
    if not (DIST / ".vite/manifest.json").exists():
        lacking("browser", "the front end is not built (pip install -e . builds it)")
    site = Site()

    @Request.application
    def application(request: Request) -> Response:
        answer = site(request)
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.base = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
