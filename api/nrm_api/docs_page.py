"""The document as a page under the strict policy: our bundle where it is built, and always the plain list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from flask import Response, current_app, render_template_string

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types default dompurify 'allow-duplicates'"
)
ENTRY = "src/apidocs.js"
BASE = "/static/dist/"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
{% for address in styles %}<link rel="stylesheet" href="{{ address }}">
{% endfor %}{% for address in scripts %}<script type="module" src="{{ address }}"></script>
{% endfor %}</head>
<body>
<main>
<h1>{{ title }}</h1>
<div id="apidocs" data-url="openapi.json"></div>
<details{% if not scripts %} open{% endif %}>
<summary>All routes</summary>
<table>
<thead><tr><th scope="col">Method</th><th scope="col">Address</th><th scope="col">What it does</th></tr></thead>
<tbody>
{% for method, path, words in routes %}<tr>
<td>{{ method }}</td><td><code>{{ path }}</code></td><td>{{ words }}</td>
</tr>
{% endfor %}</tbody>
</table>
<p><a href="openapi.json">The document (OpenAPI 3.1)</a></p>
</details>
</main>
</body>
</html>
"""


def docs_page(found: Mapping[str, Any]) -> Response:
    """Return the page."""
    manifest = _manifest()
    text = render_template_string(
        _PAGE, title=f"{found['info']['title']} API", routes=list(_routes(found)), styles=list(_styles(manifest)),
        scripts=[BASE + str(manifest[ENTRY]["file"])] if ENTRY in manifest else [],
    )
    return Response(text, content_type="text/html; charset=utf-8", headers={
        "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer",
    })


def _routes(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict):
                yield method.upper(), path, str(operation.get("summary", ""))


def _manifest() -> Mapping[str, Mapping[str, Any]]:
    """Return what the pages beside us have built, if there are pages and they are built."""
    for place in (current_app, *current_app.blueprints.values()):
        path = Path(place.static_folder or "") / "dist/.vite/manifest.json"
        if place.static_folder is not None and path.is_file():
            found: Mapping[str, Mapping[str, Any]] = orjson.loads(path.read_bytes())
            return found
    return {}


def _styles(manifest: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    chunk = manifest.get(ENTRY, {})
    for key in (*chunk.get("imports", ()), ENTRY):
        for css in manifest.get(key, {}).get("css", ()):
            yield BASE + str(css)
