"""One request by one browser: who is behind it, in which language, and the values its forms carry."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request, g

from nrm.commands.sign_in import Present, session_actor
from nrm.deployment.settings import Mode
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotSignedIn
from nrm.wiring.passkeys import Site
from nrm.wiring.secrets import new_token
from nrm.wiring.system import System

LANGUAGE_COOKIE = "nrm_language"
BEFORE_COOKIE = "nrm_before"
"""A random value of a browser that is not signed in: its forms carry a keyed hash of it."""


BROWSERS = (
    ("edg", "Edge"), ("opr/", "Opera"), ("samsungbrowser", "Samsung Internet"), ("firefox/", "Firefox"),
    ("fxios", "Firefox"), ("crios", "Chrome"), ("chrome/", "Chrome"), ("safari/", "Safari"),
)
"""A sign in what a browser says of itself -> its family; the first that is found."""
STEP_COOKIE = "nrm_step"
"""A sign-in that waits for its second factor."""
DEVICE_COOKIE = "nrm_device"
"""Says to us alone who has signed in with this browser before; worth nothing to anybody else."""


@dataclass(slots=True)
class Visit:
    """Who is there. ``present`` is None before signing in and after the session has ended."""

    system: System
    token: str
    present: Present | None
    language: str
    before: str

    @property
    def actor(self) -> Actor:
        """Return who is signed in. Raises NotSignedIn."""
        if self.present is None:
            raise NotSignedIn
        return self.present.actor

    def leave(self) -> None:
        """Nobody is signed in any more: the next form is for somebody who is not."""
        self.present, self.before = None, self.before or new_token()

    @property
    def csrf(self) -> str:
        """Return the token that every form of this browser carries."""
        if self.present is not None:
            return self.present.csrf
        return self.system.keys.mac("csrf before", self.before)

    @property
    def who(self) -> str:
        """Return the signed id of who a form was made for, so that only they get back what they typed."""
        return "" if self.present is None else signed_id(self.system, self.present.actor.user_id)

    def csrf_fits(self, given: str) -> bool:
        """Whether a posted token is this browser's."""
        return bool(given) and hmac.compare_digest(given.encode(), self.csrf.encode())


def signed_id(system: System, user_id: str) -> str:
    """Return a user id with its keyed hash; the same for the same person, so that pages stay the same."""
    return f"{user_id}.{system.keys.mac('form of', user_id)}"


def read_signed_id(system: System, text: str) -> str | None:
    """Return the user id of a signed id, or None where it was altered."""
    user_id, _, mac = text.rpartition(".")
    fits = hmac.compare_digest(mac.encode(), system.keys.mac("form of", user_id).encode())
    return user_id if user_id and fits else None


def the_visit() -> Visit:
    """Return the visit of this request."""
    visit: Visit = g.visit
    return visit


def begin(system: System, request: Request) -> Visit:
    """Find out who is behind a request; without a session nobody, with a language all the same."""
    token = request.cookies.get(cookie_name(system), "")
    present = session_actor(system, token) if token else None
    before = request.cookies.get(guarded_cookie(system, BEFORE_COOKIE), "")
    if present is None and len(before) < 20:
        before = new_token()
    return Visit(system, token, present, _language(system, request, present), before)


def is_https(system: System) -> bool:
    """Whether browsers reach the installation through TLS, as everything but a demo must be."""
    return system.settings.mode is Mode.PRODUCTION or system.settings.base_url.startswith("https://")


def cookie_name(system: System) -> str:
    """Return the session cookie's name; ``__Host-`` keeps other hosts from setting it, and needs TLS."""
    return "__Host-nrm" if is_https(system) else "nrm_session"


def guarded_cookie(system: System, name: str) -> str:
    """Return the full name of a cookie that no other host may set."""
    return f"__Host-{name}" if is_https(system) else name


def site_of(system: System, request: Request) -> Site:
    """Return where passkeys are good: the installation's own address, or in a demo the one that was asked."""
    origin = system.settings.base_url or request.host_url.rstrip("/")
    parts = urlsplit(origin)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def device_of(request: Request) -> str:
    """Return the family of a browser, as people call it; empty for one that is not known."""
    agent = request.headers.get("User-Agent", "").lower()
    return next((name for sign, name in BROWSERS if sign in agent), "")


def _language(system: System, request: Request, present: Present | None) -> str:
    languages = system.configuration.product.languages
    said = request.cookies.get(guarded_cookie(system, LANGUAGE_COOKIE), "")
    chosen = said if present is None else present.actor.language
    if chosen in languages:
        return chosen
    wanted = (tag.split("-")[0].lower() for tag in request.accept_languages.values())
    return next((tag for tag in wanted if tag in languages), system.configuration.product.default_language)
