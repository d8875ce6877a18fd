"""How many notices somebody has not read yet, for the menu."""

from __future__ import annotations

from nrm.queries.notices import count_unread
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def unread_notices(system: System, actor: Actor) -> int:
    """Return the number of unread notices."""
    return count_unread(system, actor)
