"""Who asks: a bearer token on every request; nobody is anonymous but where a route says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar, cast

from flask import current_app, g, request

from nrm.commands.access_first import refuse_first
from nrm.commands.sign_in import token_actor
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotSignedIn, StepUpRequired
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

View = TypeVar("View", bound=Callable[..., object])
EXTENSION = "nrm_api"
OPEN_ATTRIBUTE = "nrm_open_to_all"
NEEDS_ATTRIBUTE = "nrm_needs"
WEIGHTY_ATTRIBUTE = "nrm_weighty"
PEOPLE_ATTRIBUTE = "nrm_for_people"
BY_PEOPLE = (
    "This asks for a fresh proof of a second factor, and a program has none. A person does it on the pages, or with a "
    "tool of their own."
)
BY_CODE = "Show once more that it is you: send a code of your app to /me/step-up, then ask again."
LONGEST_TOKEN = 200
READS = ("GET", "HEAD", "OPTIONS")


def open_to_all(view: View) -> View:
    """Declare that a route asks for no token: health, the document, its page."""
    setattr(view, OPEN_ATTRIBUTE, True)
    return view


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Declare which permission a route asks for, so that what is wrong with a request is told only to who has it.

    Several: any of them is enough, where no case is concerned.
    """
    def declare(view: View) -> View:
        setattr(view, NEEDS_ATTRIBUTE, permissions)
        return view

    return declare


def weighty(view: View) -> View:
    """Declare that a route asks for a fresh proof of who acts, wherever everybody has a second factor."""
    setattr(view, WEIGHTY_ATTRIBUTE, True)
    return view


def for_people(view: View) -> View:
    """Declare that a route is for sessions of people, never for a program's token."""
    setattr(view, PEOPLE_ATTRIBUTE, True)
    return view


def the_system() -> System:
    """Return the installation this application serves, as this request works with it."""
    return cast("System", g.get("nrm_system") or current_app.extensions[EXTENSION])


@contextmanager
def working_with(system: System) -> Iterator[None]:
    """Inside, :func:`the_system` is this one: an installation whose acts are part of one transaction."""
    g.nrm_system = system
    try:
        yield
    finally:
        del g.nrm_system


def the_actor() -> Actor:
    """Return who asks."""
    return cast("Actor", g.nrm_actor)


def the_token() -> str:
    """Return the token of who asks."""
    return cast("str", g.nrm_token)


def require_token() -> None:
    """Find out who asks, before anything else is looked at. Raises NotSignedIn, StepUpRequired, TooManyTries."""
    if not is_open_to_all(request.endpoint or ""):
        find_out_who_asks()


def is_open_to_all(endpoint: str) -> bool:
    """Whether a route answers whoever asks."""
    return bool(getattr(current_app.view_functions.get(endpoint), OPEN_ATTRIBUTE, False))


def find_out_who_asks() -> None:
    """Raise NotSignedIn for a stranger; StepUpRequired, TooManyTries."""
    view = current_app.view_functions.get(request.endpoint or "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    present = None
    if scheme.lower() == "bearer" and 0 < len(token) <= LONGEST_TOKEN:
        present = token_actor(the_system(), token.strip())
    if present is None:
        raise NotSignedIn("Send a token: Authorization: Bearer …")
    is_weighty = getattr(view, WEIGHTY_ATTRIBUTE, False) and the_system().settings.needs_factor
    if present.is_program and (is_weighty or getattr(view, PEOPLE_ATTRIBUTE, False)):
        raise StepUpRequired(BY_PEOPLE, rule="step_up:program")
    if is_weighty and not present.is_fresh(the_system().clock.now()):
        raise StepUpRequired(BY_CODE, rule="step_up:stale")
    g.nrm_actor, g.nrm_token = present.actor, token.strip()
    if request.method not in READS:
        the_system().count_write(present.actor)


def tell(wrong: InvalidInput) -> NoReturn:
    """Raise what is wrong with the request, or NotFound or NotAllowed first: as :func:`needs` declares."""
    view = current_app.view_functions.get(request.endpoint or "")
    permissions = getattr(view, NEEDS_ATTRIBUTE, None)
    if permissions is None:
        raise wrong
    refuse_first(the_system(), the_actor(), permissions, request.view_args or {}, wrong)
