"""Chance that is the same for the same seed: nothing here protects anything."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from nrm.wiring.system import CODE_SIGNS


def seeded(text: str) -> random.Random:
    """Return a source of chance for a text."""
    return random.Random(text)  # noqa: S311 - no secret: the same demo each time


def seeded_ids(seed: int) -> Callable[[], str]:
    """Return a maker of ids that gives the same ones for the same seed."""
    rng = seeded(f"ids:{seed}")
    return lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4))


def seeded_codes(seed: int) -> Callable[[], str]:
    """Return a maker of case codes that gives the same ones for the same seed."""
    rng = seeded(f"codes:{seed}")

    def code() -> str:
        signs = "".join(rng.choice(CODE_SIGNS) for _ in range(7))
        return f"{signs[:3]}-{signs[3:]}"

    return code
