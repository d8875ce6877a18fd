"""What follows when a case was closed or opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nrm.commands.settling.feedback import Stage, tell_first_responder
from nrm.commands.settling.keeping import keep_closed

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement


class Closing:
    """Draws the consequences in one act, once, however often the act is settled."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._followed: object = settlement.case.closed_at

    def follow(self) -> None:
        """Work out until when the case is kept, and tell who sent the person, where they may hear it."""
        settlement = self._settlement
        closed_at = settlement.case_values.get("closed_at", self._followed)
        if closed_at == self._followed:
            return
        self._followed = closed_at
        keep_closed(settlement.system, settlement.unit, settlement.case_id, closed_at)
        if closed_at is not None:
            tell_first_responder(settlement, Stage.CLOSED)
