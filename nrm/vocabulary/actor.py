"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or the system's own clock.

    ``roles`` are codes of ``config/roles.yaml``; ``districts`` are those the actor's agency serves.
    """

    user_id: str
    agency_id: str
    roles: frozenset[str]
    unit: str | None = None
    language: str = "en"

    @property
    def is_system(self) -> bool:
        """Whether the actor is the worker, not a person."""
        return self.user_id == "system"


SYSTEM = Actor(user_id="system", agency_id="system", roles=frozenset({"SYSTEM"}))
