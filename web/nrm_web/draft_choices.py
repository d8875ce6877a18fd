"""What the editor's panel offers: roles, forms, limits, ladders, tables, actions and processes, by title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nrm.commands.actions.registry import ACTIONS
from nrm.commands.draft_files import current_bundles
from nrm.diagrams.bundle import Bundle
from nrm.queries.process_drafts import names_of_contents
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System
from nrm_web.words import Words

Choices = dict[str, list[dict[str, str]]]


def editor_choices(system: System, actor: Actor, bundle: Bundle, words: Words) -> Choices:
    """Return the choices; forms and tables of other processes are offered too and copied when saved."""
    with system.database.reader(actor) as unit:
        others = {one.process_id: one for one in current_bundles(system, unit)}
    forms, tables = names_of_contents({bundle.process_id: bundle, **others})
    known = system.configuration
    roles = {code: role.title for code, role in known.roles.items() if role.lanes}
    processes = {name: one.process().title for name, one in others.items()}
    return {
        "roles": _listed(roles, words), "forms": _listed(forms, words), "limits": _limits(system, bundle, words),
        "ladders": _listed({key: ladder.title for key, ladder in known.ladders.items()}, words),
        "tables": _listed(tables, words),
        "actions": _listed({name: name.replace("_", " ") for name in sorted(ACTIONS)}, words),
        "processes": _listed(processes, words),
    }


def _listed(titles: Mapping[str, str], words: Words) -> list[dict[str, str]]:
    found = [{"id": key, "title": words(title)} for key, title in titles.items()]
    return sorted(found, key=lambda one: one["title"].casefold())


def _limits(system: System, bundle: Bundle, words: Words) -> list[dict[str, str]]:
    """The limits by key, each with the length it has in this draft."""
    plain = {**system.configuration.limit_documents, **bundle.limits}
    return [{"id": key, "title": f"{key} · {words(str(limit.get('title', '')))}"} for key, limit in _sorted(plain)]


def _sorted(limits: Mapping[str, Mapping[str, object]]) -> Iterable[tuple[str, Mapping[str, object]]]:
    return sorted(limits.items())
