"""What a run waits for, as ids that stay the same from call to call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nrm.engine.calls import derived_id
from nrm.engine.gateways import Arm, FirstOf
from nrm.engine.steps import Wait, Watch
from nrm.engine.tree import Run, RunTask
from nrm.vocabulary.happenings import WaitOpened


@dataclass(frozen=True, slots=True)
class OpenWait:
    """A wait and the task that stands for it; ``arm`` where it is one event of an event gateway."""

    wait: WaitOpened
    task: RunTask
    arm: Arm | None = None

    def end(self) -> None:
        """Pass it."""
        if self.arm is not None:
            self.task.notes["arm"] = self.arm.target
        self.task.go()
        self.task.run()


def open_waits(run: Run) -> dict[str, OpenWait]:
    """Everything the run waits for, by wait id, in the order it was opened."""
    return {found.wait.wait_id: found for task in run.everything() for found in _waits(task)}


def _waits(task: RunTask) -> Iterator[OpenWait]:
    spec = task.task_spec
    if isinstance(spec, FirstOf):
        for arm in spec.arms:
            event = spec.event(arm)
            wait_id = derived_id(task.id, event.element_id)
            yield OpenWait(WaitOpened(wait_id, event.wait_kind, event.element_id, event.wait_name), task, arm)
    elif isinstance(spec, Wait):
        item = task.notes.get("item")
        yield OpenWait(WaitOpened(
            wait_id=task.id, kind=spec.wait_kind, element=spec.element_id, name=spec.wait_name,
            item=item if isinstance(item, str) else None, host=_host(task),
        ), task)


def _host(task: RunTask) -> str | None:
    """The wait a boundary event sits on; None where it sits on a subprocess or a multi-instance."""
    if not isinstance(task.task_spec, Watch):
        return None
    host = task.workflow.tasks.get(str(task.notes["host"]))
    return host.id if host is not None and isinstance(host.task_spec, Wait) else None
