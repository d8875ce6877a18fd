"""Put the pages together: every module in ``nrm_web.pages``, the checks before each view, the headers after it."""

from __future__ import annotations

import pkgutil
from functools import partial
from importlib import import_module
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from nrm.commands.sign_in import Present
from nrm.vocabulary.errors import NotSignedIn
from nrm.wiring.secrets import new_token
from nrm.wiring.system import System
from nrm_web import errors, pages
from nrm_web.assets import Assets
from nrm_web.compressed import compress
from nrm_web.decision_words import value_said
from nrm_web.evening import begin_even, even_out
from nrm_web.navigation import has, menu
from nrm_web.protection import BUILT, has_token, is_own_origin, protect
from nrm_web.repeating import acting_once
from nrm_web.replay import sent_again
from nrm_web.routing import Pages, Rule
from nrm_web.session_cookies import with_visitor
from nrm_web.stepping_up import ask_for_proof
from nrm_web.unread import unread_notices
from nrm_web.visit import Visit, begin, is_https
from nrm_web.words import NAMES, Words

NAME = "web"


def make_web(system: System) -> Blueprint:
    """Return the blueprint of all pages of one installation."""
    web = Blueprint(NAME, "nrm_web", template_folder="templates", static_folder="static", static_url_path="/static")
    rules = found_rules()
    for rule in rules.values():
        view = acting_once(rule.view) if rule.acts_once else rule.view
        web.add_url_rule(rule.path, rule.view.__name__, view, methods=list(rule.methods))
    assets = Assets()

    @web.before_app_request
    def visited() -> None:
        begin_even()
        if not request.path.startswith(("/api/", "/static/")):
            g.visit = begin(system, request)

    @web.before_request
    def checked() -> ResponseReturnValue | None:
        rule = rules.get((request.endpoint or "").removeprefix(f"{NAME}."))
        return None if rule is None else check(rule, g.visit)

    @web.after_request
    def remembered(response: Response) -> Response:
        return with_visitor(g.get("visit"), response)

    @web.after_app_request
    def protected(response: Response) -> Response:
        answer = compress(request, response) if request.path.startswith(BUILT) else response
        if not system.settings.is_demo and _somebody():
            even_out(answer)
        errors.note_refusal(answer)
        return protect(answer, https=is_https(system), path=request.path)

    @web.app_context_processor
    def context() -> dict[str, object]:
        return {} if g.get("visit") is None else _context(g.visit, assets)

    errors.register(web)
    return web


def found_rules() -> dict[str, Rule]:
    """Return the rules of every module in ``nrm_web.pages``, by endpoint."""
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(pages.__path__, f"{pages.__name__}."):
        collected = getattr(import_module(module.name), "pages", None)
        if isinstance(collected, Pages):
            for rule in collected.rules:
                if rule.view.__name__ in found:
                    raise ValueError(f"two pages are called {rule.view.__name__}")
                found[rule.view.__name__] = rule
    return found


def check(rule: Rule, visit: Visit) -> ResponseReturnValue | None:
    """Check a request before its view sees it; a response here is the answer."""
    request.max_content_length = rule.largest + rule.files
    request.max_form_memory_size = rule.largest
    unsafe = "POST" in rule.methods
    if unsafe and not is_own_origin(request, visit.system.settings.base_url):
        return errors.refused_origin()
    if visit.present is None and not rule.anyone:
        raise NotSignedIn
    if unsafe and not has_token(request, visit):
        return sent_again(visit) or errors.refused_token()
    if unsafe and visit.present is not None:
        visit.system.count_write(visit.present.actor)
    return None if visit.present is None or rule.anyone else _proven(rule, visit.present, visit)


def _proven(rule: Rule, present: Present, visit: Visit) -> ResponseReturnValue | None:
    """Ask who is signed in for what is due first: their own password, a second factor, or a fresh proof."""
    if present.must_change and not rule.free:
        return redirect(url_for("web.password"), 303)
    if present.must_enrol and not rule.free:
        return redirect(url_for("web.security"), 303)
    if rule.fresh and not present.is_fresh(visit.system.clock.now()):
        return ask_for_proof(visit)
    return None


def words_of(system: System, visit: Visit) -> Words:
    """Return the words of a visit: its language, and the time zone of the reader's agency."""
    known = system.configuration
    agency_id = visit.present.actor.agency_id if visit.present is not None else ""
    name = next((a.calendar for a in known.agencies if a.id == agency_id), "")
    calendar = known.calendars.get(name) or next(iter(known.calendars.values()))
    return Words(known.wording, visit.language, ZoneInfo(calendar.zone))


def _somebody() -> bool:
    """Whether somebody is signed in: to anybody else nothing exists, and nobody else may hold up a thread."""
    visit: Visit | None = g.get("visit")
    return "nrm_actor" in g or (visit is not None and visit.present is not None)


def _context(visit: Visit, assets: Assets) -> dict[str, object]:
    """What every template knows."""
    system = visit.system
    words = words_of(system, visit)
    product, present = system.configuration.product, visit.present
    policy = system.configuration.policy
    return {
        "_": words, "words": words, "visit": visit, "present": present, "product": product, "assets": assets,
        "language_names": {code: NAMES.get(code, code) for code in product.languages},
        "now": system.clock.now(), "is_demo": system.settings.is_demo, "csrf_token": visit.csrf,
        "form_of": visit.who, "new_key": new_token,
        "menu": menu(present.actor, policy, current_app.view_functions) if present else (),
        "may": lambda name: present is not None and has(present.actor, policy, name),
        "unread": unread_notices(system, present.actor) if present else 0,
        "role_titles": {code: role.title for code, role in system.configuration.roles.items()},
        "districts": system.configuration.districts, "value_said": partial(value_said, words=words),
        "here": (request.endpoint or "").removeprefix(f"{NAME}."),
    }
