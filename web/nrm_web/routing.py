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
    """One address: ``anyone`` without signing in, ``free`` while a new password is due.

    ``largest``: bytes of all texts in the body; ``files``: bytes of the files beside them.
    """

    path: str
    view: View
    methods: tuple[str, ...]
    anyone: bool = False
    free: bool = False
    largest: int = ONE_MB
    files: int = 0


@dataclass
class Pages:
    """The addresses of one module; the view's name is the endpoint (``url_for("web.<name>")``)."""

    rules: list[Rule] = field(default_factory=list)

    def get(self, path: str, *, anyone: bool = False, free: bool = False) -> Callable[[View], View]:
        """Answer GET (and HEAD) at ``path``."""
        return self._add(path, ("GET",), anyone=anyone, free=free)

    def post(
        self, path: str, *, anyone: bool = False, free: bool = False, largest: int = ONE_MB, files: int = 0
    ) -> Callable[[View], View]:
        """Answer POST at ``path``: the token and the origin have been checked before the view is called."""
        return self._add(path, ("POST",), anyone=anyone, free=free, largest=largest, files=files)

    def _add(
        self, path: str, methods: tuple[str, ...], *, anyone: bool, free: bool, largest: int = ONE_MB, files: int = 0
    ) -> Callable[[View], View]:
        def remember(view: View) -> View:
            self.rules.append(Rule(path, view, methods, anyone, free, largest, files))
            return view

        return remember
