"""What the engine reports after one step. Frozen values; the commands turn them into rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class WaitKind(StrEnum):
    """What an open wait of a run waits for."""

    TASK = "task"
    """A person completes a user task."""
    RUN = "run"
    """A called process ends (call activity)."""
    ACTION = "action"
    """A named action of the registry is carried out (service and send tasks)."""
    MESSAGE = "message"
    """A message of a name arrives (receive task, message catch and boundary event, event gateway)."""
    LIMIT = "limit"
    """A named time limit runs out (timer catch and boundary event, event gateway)."""


@dataclass(frozen=True, slots=True)
class WaitOpened:
    """A new wait stands open in the run.

    ``name`` is the form for a task (may be empty), the called process for a run, the action for an
    action, the message name for a message, the limit key for a limit. ``item`` is the opaque id of a
    multi-instance child. ``host`` is the wait id a boundary event is attached to, if any.
    """

    wait_id: str
    kind: WaitKind
    element: str
    name: str
    item: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class WaitGone:
    """A wait ended without being completed (interrupted or cancelled)."""

    wait_id: str
    kind: WaitKind
    element: str


@dataclass(frozen=True, slots=True)
class StepPassed:
    """One element was passed; becomes a row of ``step``."""

    step_id: str
    element: str
    parent_id: str | None
    outcome: str
    """``completed`` or ``cancelled``."""
    item: str | None = None
    flow: str | None = None
    """The sequence flow taken, for a gateway that chose."""


@dataclass(frozen=True, slots=True)
class FactsDecided:
    """A decision table gave facts a value; the command stores them and the run already uses them.

    ``explanation``: what was asked, which rules applied and why, as plain values for the history.
    """

    element: str
    table: str
    facts: Mapping[str, Any]
    explanation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteChosen:
    """A gateway chose; says which facts it read."""

    element: str
    flows: tuple[str, ...]
    facts_read: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageThrown:
    """The run sends a message by name; the command gives it a correlation and a table row."""

    element: str
    name: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run reached its end."""

    outcome: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """Something stopped the run; it stands where it stood and can be retried."""

    element: str
    kind: str
    """``condition_unknown``, ``decision_failed``, ``no_route`` ..."""
    sentence: str
    facts: tuple[str, ...] = ()
    """The facts that were missing."""
    flows: tuple[str, ...] = ()
    """The flows a coordinator may choose from, where the gateway can be overruled."""


Happening = (
    WaitOpened | WaitGone | StepPassed | FactsDecided | RouteChosen | MessageThrown | RunEnded | IncidentRaised
)


@dataclass(frozen=True, slots=True)
class Advance:
    """The result of one engine call: the new state and what happened, in order."""

    state: bytes
    happenings: tuple[Happening, ...]
