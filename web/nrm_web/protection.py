"""What every answer carries and every unsafe request must: policy headers, the form's token, our own origin."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response

from nrm_web.visit import Visit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types nrm default dompurify"
)
"""Markup is made by our own scripts of our own server's text (nrm), or by a library and then cleaned (default)."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers then send "Origin: null" with our own forms, and the origin could not be checked.
    "Referrer-Policy": "same-origin",
    # All three: no window, frame or resource of another site shares a process with a page of ours.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
OPENED_ALONE = "sandbox; default-src 'none'"
"""The policy of a file that somebody attached: where a browser opens it after all, nothing in it runs."""
YEAR_S, DAY_S = 31_536_000, 86_400
BUILT = "/static/dist/assets/"
"""Where the built assets are: their name changes with their content, so a browser may keep them."""


def protect(response: Response, *, https: bool, path: str) -> Response:
    """Put the headers on an answer; nothing but the looks of pages is kept by a browser."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Cache-Control"] = _kept(path) if response.status_code in (200, 304) else "no-store"
    if https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_S}; includeSubDomains"
    return response


def _kept(path: str) -> str:
    if path.startswith(BUILT):
        return f"public, max-age={YEAR_S}, immutable"
    return f"public, max-age={DAY_S}" if path == "/static/icon.svg" else "no-store"


def is_own_origin(request: Request, base_url: str = "") -> bool:
    """Whether an unsafe request comes from our own pages, as far as the browser says; ``base_url`` is ours too."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in (request.host, urlsplit(base_url).netloc or request.host)


def has_token(request: Request, visit: Visit) -> bool:
    """Whether an unsafe request carries this browser's token, in the form or in the header of our scripts."""
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    return visit.csrf_fits(given)
