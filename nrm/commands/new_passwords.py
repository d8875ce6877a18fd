"""Whether a new password may be taken: long enough, and not what whoever knows people, place or lists tries first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nrm.rules.passwords import EASY, password_problem
from nrm.wiring.guessing import guessed_soon
from nrm.wiring.system import System

SHORTEST_WORD = 4
_WORDS = re.compile(r"[^\W_]+")


def new_password_problem(system: System, password: str, *, login: str, name: str) -> str | None:
    """Return what is wrong with a password for an account, in a sentence, or None."""
    words = (*context_words(system), *_words([login, name]))
    problem = password_problem(password, login, shortest=system.settings.shortest_password, words=words)
    return problem or (EASY if guessed_soon(password, (login, *words)) else None)


def context_words(system: System) -> tuple[str, ...]:
    """Return the words of this installation that are no secret: the product, the country, its places and agencies.

    (ASVS 6.1.2; read from the configuration, so that the list is never behind it.)
    """
    configuration, settings = system.configuration, system.settings
    return _words([
        configuration.product.name, configuration.product.country, settings.installation_id, settings.base_url,
        *configuration.districts, *configuration.districts.values(), *(one.name for one in configuration.agencies),
    ])


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    found = {word for text in texts for word in _WORDS.findall(text.lower()) if len(word) >= SHORTEST_WORD}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))
