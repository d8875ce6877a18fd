"""What a form act works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct
from nrm.commands.settling.live_run import LiveRun
from nrm.diagrams.forms import Form
from nrm.wiring.library import Published


@dataclass(frozen=True, slots=True)
class FormAct:
    """A completed form with the case act it is part of. ``answers`` are validated."""

    case: CaseAct
    run: LiveRun
    published: Published
    form: Form
    answers: Mapping[str, Any]
    record_id: str
    task: Row[Any] | None


FormActFunction = Callable[[FormAct], Mapping[str, object]]
"""Returns facts to set besides those the form's fields set."""
