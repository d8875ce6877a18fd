"""That there is nothing takes as long for what exists elsewhere as for what does not exist at all (goal:S8).

A foreign case is looked up and weighed before it is denied, a missing one is not: a patient clock would tell them
apart by some milliseconds. So such answers leave on the next full step only, pages and API alike.
"""

from __future__ import annotations

import time

from flask import Response, g

STEP_S = 0.2
"""Longer than such an answer takes to make, on a busy machine too."""
NOTHING = 404


def begin_even() -> None:
    """Note when a request began."""
    g.began = time.perf_counter()


def even_out(response: Response) -> None:
    """Let an answer that there is nothing wait for its step."""
    if response.status_code == NOTHING and "began" in g:
        time.sleep(STEP_S - (time.perf_counter() - g.began) % STEP_S)
