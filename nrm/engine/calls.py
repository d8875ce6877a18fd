"""One engine call: what it was given, the ids it hands out, and what it has to report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from nrm.engine.language import Facts
from nrm.vocabulary.happenings import Happening, IncidentRaised, StepPassed

if TYPE_CHECKING:
    from nrm.engine.tree import RunTask

_NAMESPACE = UUID("6d1c9c0e-9a55-5c0b-8f4e-2f6a6b1f5f10")
MAX_AUTOMATIC = 2000
"""Elements one call may pass without anyone doing anything; a diagram that needs more loops for ever."""


def derived_id(*parts: object) -> str:
    """The uuid5 of the parts: the same parts give the same id, everywhere."""
    return str(uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))


class Call:
    """The moving parts of one act on one run; never outlives it, never shared between threads."""

    def __init__(self, run_id: str, act_no: int, facts: Facts, items: Mapping[str, tuple[str, ...]]) -> None:
        self.run_id = run_id
        self.act_no = act_no
        self.facts: dict[str, object] = dict(facts)
        self.items = items
        self.report: list[Happening] = []
        self.automatic_left = MAX_AUTOMATIC
        self._minted = 0

    def mint(self) -> str:
        """The next id: the uuid5 of run, act number and counter."""
        self._minted += 1
        return derived_id(self.run_id, self.act_no, self._minted)

    def passed(self, task: RunTask, outcome: str) -> None:
        """Report one element as passed; SpiffWorkflow's inner specs are nobody's business."""
        if task.task_spec.bpmn_id is None:
            return
        item, flow = task.notes.get("item"), task.notes.get("flow")
        self.report.append(StepPassed(
            step_id=task.id, element=task.task_spec.element_id, parent_id=task.origin, outcome=outcome,
            item=item if isinstance(item, str) else None, flow=flow if isinstance(flow, str) else None,
        ))

    def stopped(self, element: str, kind: str, sentence: str, facts: tuple[str, ...],
                flows: tuple[str, ...]) -> None:
        """Report that the run stands still at an element."""
        self.report.append(IncidentRaised(element, kind, sentence, facts, flows))
