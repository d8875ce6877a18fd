"""The action that moves a case to the agency that has agreed to take it over (X6)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.commands.transfers import move_case


def move_case_over(settlement: Settlement, run: LiveRun, params: Mapping[str, str]) -> Mapping[str, object]:
    """Move the case: agency, district, team, tasks and clocks, in the act of the answer."""
    move_case(settlement, run)
    return {}
