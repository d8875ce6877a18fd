"""What the engine answers when an act does not fit where the run stands."""

from __future__ import annotations

from nrm.vocabulary.errors import Conflict


class WaitNotOpen(Conflict):
    """No wait of that id and kind stands open in the run: it was completed, interrupted or never existed."""

    code = "wait_not_open"
    title = "The run no longer waits for this"


class NothingToRetry(Conflict):
    """The run does not stand still at that element, so there is nothing to try again."""

    code = "nothing_to_retry"
    title = "The run does not stand still here"
