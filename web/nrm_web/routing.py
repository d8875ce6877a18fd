"""How a module of pages says which addresses it answers. A module in ``nrm_web.pages`` is found by being there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask.typing import ResponseReturnValue

View = Callable[..., ResponseReturnValue]
ONE_MB = 1024 * 1024
LARGEST_FILES = 24 * ONE_MB


@dataclass(frozen=True, slots=True)
class Rule:
    """One address: ``anyone`` without signing in, ``free`` while a new password or a second factor is due.

    ``fresh``: the act weighs so much that who is behind the session shows once more that it is them (goal:S9).

    ``repeatable``: a form that only looks, or of which the last sending counts; any other acts once for its key.
    ``largest``: bytes of all texts in the body; ``files``: bytes of the files beside them.
    """

    path: str
    view: View
    methods: tuple[str, ...]
    anyone: bool = False
    free: bool = False
    repeatable: bool = False
    largest: int = ONE_MB
    files: int = 0
    fresh: bool = False

    @property
    def acts_once(self) -> bool:
        """Whether a form sent here twice acts once: who is signed in is whose form it is."""
        return "POST" in self.methods and not (self.anyone or self.repeatable)


@dataclass
class Pages:
    """The addresses of one module; the view's name is the endpoint (``url_for("web.<name>")``)."""

    rules: list[Rule] = field(default_factory=list)

    def get(
        self, path: str, *, anyone: bool = False, free: bool = False, fresh: bool = False
    ) -> Callable[[View], View]:
        """Answer GET (and HEAD) at ``path``."""
        return self._add(lambda view: Rule(path, view, ("GET",), anyone, free, fresh=fresh))

    def post(
        self, path: str, *, anyone: bool = False, free: bool = False, repeatable: bool = False,
        largest: int = ONE_MB, files: int = 0, fresh: bool = False,
    ) -> Callable[[View], View]:
        """Answer POST at ``path``: the token and the origin have been checked before the view is called."""
        return self._add(lambda view: Rule(path, view, ("POST",), anyone, free, repeatable, largest, files, fresh))

    def _add(self, rule: Callable[[View], Rule]) -> Callable[[View], View]:
        def remember(view: View) -> View:
            self.rules.append(rule(view))
            return view

        return remember
