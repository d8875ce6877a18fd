"""Actions that let the clocks of a case stand still and go on again, on a ground their time limits allow (X2)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.commands.settling.standing_still import pause_case, resume_case
from nrm.vocabulary.clock_words import PauseGround
from nrm.vocabulary.errors import ActionRefused


def pause_clocks(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Let every clock of the case stand still whose limit allows the ``ground``; safety limits go on."""
    pause_case(settlement, _ground(params))
    return {}


def resume_clocks(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Let every clock of the case go on that stands still on the ``ground``."""
    resume_case(settlement, _ground(params))
    return {}


def _ground(params: Mapping[str, str]) -> PauseGround:
    name = params.get("ground", "")
    if name not in set(PauseGround):
        raise ActionRefused("The process names no ground on which clocks may stand still.")
    return PauseGround(name)
