"""The door to a process diagram: read it, and list its steps for people who cannot use the picture."""

from __future__ import annotations

from nrm.diagrams.equal_list import Row, equal_list, step_order
from nrm.diagrams.model import (
    ACTIVITIES,
    EVENTS,
    GATEWAYS,
    ActionSetting,
    CallSetting,
    DecisionSetting,
    Element,
    Flow,
    Kind,
    Lane,
    LimitSetting,
    OutcomeSetting,
    Process,
    TaskSetting,
    Trigger,
)
from nrm.diagrams.reading import read as read_process

__all__ = [
    "ACTIVITIES", "EVENTS", "GATEWAYS",
    "ActionSetting", "CallSetting", "DecisionSetting", "Element", "Flow", "Kind", "Lane", "LimitSetting",
    "OutcomeSetting", "Process", "Row", "TaskSetting", "Trigger",
    "equal_list", "read_process", "step_order",
]
