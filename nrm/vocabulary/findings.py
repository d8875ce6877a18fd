"""Findings of the checker: what is wrong with a process, where, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    STOP = "stop"
    """The process cannot be published."""
    WARNING = "warning"
    """It can, but someone should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``element`` is a BPMN, form or table element id; ``message`` is a full sentence."""

    code: str
    severity: Severity
    message: str
    element: str | None = None
    file: str | None = None
    line: int | None = None
