"""Control flow and nothing else: the only importer of SpiffWorkflow; no database, no clock.

`load` a bundle, then act on a run's state: each act gives the new state and what happened.
"""

from nrm.engine.acts import (
    Items,
    Standing,
    cancel,
    complete,
    deliver,
    fire,
    open_waits,
    retry,
    standing,
    start,
)
from nrm.engine.program import Bundle, Program, load
from nrm.engine.refusals import NothingToRetry, WaitNotOpen

__all__ = [
    "Bundle", "Items", "NothingToRetry", "Program", "Standing", "WaitNotOpen", "cancel", "complete",
    "deliver", "fire", "load", "open_waits", "retry", "standing", "start",
]
