"""What each kind of element does when a run reaches it: SpiffWorkflow task specs, stateless and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from nrm.decisions.dmn import recorded
from nrm.engine.language import Table
from nrm.vocabulary.happenings import FactsDecided, MessageThrown, WaitKind

if TYPE_CHECKING:
    from nrm.engine.tree import RunTask

WAITING = TaskState.WAITING


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """The elements of a process or embedded subprocess, without SpiffWorkflow's own start and end tasks."""

    start: Step
    task_specs: dict[str, Step]

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.task_specs.clear()


class Step(BpmnSpecMixin):  # type: ignore[misc]
    """An element that is passed as soon as it is reached. Base of all others.

    ``guarded``: boundary events sit on it. ``container``: the name of the multi-instance it is one of.
    """

    name: str
    bpmn_id: str | None
    manual: bool
    traced_when_cancelled = True

    def __init__(self, spec: ProcessSpec, name: str, element_id: str | None) -> None:
        super().__init__(spec, name)
        self.bpmn_id = element_id
        self.element_id = element_id or name
        self.guarded = False
        self.container: str | None = None

    def sibling(self, name: str) -> Step:
        """Another spec of the same process."""
        spec: Step = self._wf_spec.task_specs[name]
        return spec

    @property
    def leads_to(self) -> list[str]:
        """Names of the specs that follow, one per flow."""
        found: list[str] = self._outputs
        return found

    @property
    def comes_from(self) -> list[str]:
        """Names of the specs that lead here, one per flow."""
        found: list[str] = self._inputs
        return found

    def reach(self, task: RunTask) -> None:
        """The element before has passed on to ``task``."""
        self._update(task)

    def test(self) -> None:
        """SpiffWorkflow's check for inputs; `nrm.checking` and the builder did it."""

    def prepare(self, task: RunTask) -> bool:
        """Put what follows under the task; True if the task is passed now, False if it stands."""
        for name in self.leads_to:
            task.add_child(self.sibling(name))
        return True

    def on_cancelled(self, task: RunTask) -> None:
        """Tidy what belongs to a task that was cancelled."""
        self._release(task)

    def _update_hook(self, my_task: RunTask) -> bool:  # noqa: ARG002
        return True

    def _on_ready_hook(self, my_task: RunTask) -> None:
        """Nobody listens to SpiffWorkflow's events."""

    def _on_complete_hook(self, my_task: RunTask) -> None:
        self._release(my_task)
        if self.container is not None:
            container = self.sibling(self.container)
            assert isinstance(container, ForEach)
            container.child_done(my_task.parent)

    def _release(self, task: RunTask) -> None:
        """Cancel the boundary events that still wait on the task (defect:E4, defect:E5)."""
        if not self.guarded:
            return
        for other in task.workflow.alive():
            if other.waiting and other.notes.get("host") == task.id:
                other.cancel()


class Throw(Step):
    """A throw event: it only reports (a throw inside SpiffWorkflow would wake every waiter of that name)."""

    message = ""

    def _on_complete_hook(self, my_task: RunTask) -> None:
        super()._on_complete_hook(my_task)
        if self.message:
            my_task.workflow.top_workflow.call.report.append(MessageThrown(self.element_id, self.message))


class End(Throw):
    """An end event. A terminate end cancels everything else in its process or subprocess."""

    outcome = ""
    terminate = False

    def _on_complete_hook(self, my_task: RunTask) -> None:
        super()._on_complete_hook(my_task)
        top = my_task.workflow.top_workflow
        if my_task.workflow is top and self.outcome:
            top.outcome = self.outcome
        if self.terminate:
            for other in my_task.workflow.alive():
                other.cancel()


class Wait(Step):
    """An element that stands until someone acts on it: task, called run, action, message, limit."""

    def __init__(self, spec: ProcessSpec, name: str, element_id: str, kind: WaitKind, wait_name: str) -> None:
        super().__init__(spec, name, element_id)
        self.manual = True
        self.wait_kind = kind
        self.wait_name = wait_name


class Watch(Wait):
    """A boundary event: waits beside its host and goes off only when told.

    A limit goes off once; a message that does not interrupt may come again as long as the host is open.
    """

    traced_when_cancelled = False

    def __init__(self, spec: ProcessSpec, element_id: str, kind: WaitKind, wait_name: str, *,
                 interrupting: bool) -> None:
        super().__init__(spec, element_id, element_id, kind, wait_name)
        self.interrupting = interrupting

    def prepare(self, task: RunTask) -> bool:
        """End the host if this interrupts it, and go on."""
        host = task.workflow.tasks.get(str(task.notes["host"]))
        if self.interrupting and host is not None:
            host.cancel()
        elif self.wait_kind is WaitKind.MESSAGE and host is not None and host.unfinished:
            again = task.add_child(self, WAITING)
            again.origin, again.notes["host"] = task.origin, host.id
        return super().prepare(task)

    def _update_hook(self, my_task: RunTask) -> bool:  # noqa: ARG002
        return False


class Guard(Step):
    """Stands before an element with boundary events: opens the element and, beside it, its watches."""

    def __init__(self, spec: ProcessSpec, name: str, main: str) -> None:
        super().__init__(spec, name, None)
        self.main = main

    def prepare(self, task: RunTask) -> bool:
        """Open host and watches together."""
        host = task.add_child(self.sibling(self.main))
        for name in self.leads_to:
            if name != self.main:
                task.add_child(self.sibling(name), WAITING).notes["host"] = host.id
        return True


class Decide(Step):
    """A business-rule task: its decision table gives facts values, which the rest of the call sees."""

    def __init__(self, spec: ProcessSpec, element_id: str, table_id: str, table: Table) -> None:
        super().__init__(spec, element_id, element_id)
        self.table_id = table_id
        self.table = table

    def prepare(self, task: RunTask) -> bool:
        """Decide, or stand still where the table cannot."""
        call = task.workflow.top_workflow.call
        decided = self.table.evaluate(call.facts)
        if decided.problem is not None or decided.outputs is None:
            sentence = decided.problem or "No rule of the decision table applies."
            task.hold("decision_failed", sentence, tuple(sorted(decided.unknown)))
            return False
        outputs = dict(decided.outputs)
        call.facts.update(outputs)
        call.report.append(FactsDecided(self.element_id, self.table_id, outputs, recorded(decided)))
        return super().prepare(task)


class Embedded(Step):
    """An embedded subprocess: passed when nothing is left open in it."""

    def __init__(self, spec: ProcessSpec, element_id: str) -> None:
        super().__init__(spec, element_id, element_id)

    def prepare(self, task: RunTask) -> bool:
        """Open the inside first; go on when it has ended."""
        if not task.notes.pop("inside_done", False):
            task.open_inside()
            task.workflow.top_workflow.open_inner(task)
            return False
        return super().prepare(task)

    def on_cancelled(self, task: RunTask) -> None:
        """Cancel what is open inside."""
        inner = task.workflow.top_workflow.subprocesses.get(task.id)
        if inner is not None:
            for other in inner.alive():
                other.cancel()
        super().on_cancelled(task)


class ForEach(Step):
    """A multi-instance: one child per opaque id of a collection, at once or one after the other.

    The ids come with the call that reaches it; a started one does not grow.
    """

    def __init__(self, spec: ProcessSpec, element_id: str, child: str, collection: str, *,
                 sequential: bool) -> None:
        super().__init__(spec, element_id, element_id)
        self.child = child
        self.collection = collection
        self.sequential = sequential

    def prepare(self, task: RunTask) -> bool:
        """Open the children first; go on when all are done (at once for an empty collection)."""
        if task.notes.pop("inside_done", False):
            return super().prepare(task)
        items = task.workflow.top_workflow.call.items.get(self.collection)
        if items is None:
            task.hold("items_missing", f"The collection “{self.collection}” was not given to this step.")
            return False
        if not items:
            return super().prepare(task)
        task.open_inside()
        task.notes["left"] = len(items)
        if self.sequential:
            task.notes["rest"] = list(items[1:])
        for item in items[:1] if self.sequential else items:
            self._open(task, item)
        return False

    def child_done(self, task: RunTask) -> None:
        """Count one child as done; open the next, or go on."""
        left = task.notes["left"]
        assert isinstance(left, int)
        task.notes["left"] = left - 1
        rest = task.notes.get("rest")
        if isinstance(rest, list) and rest:
            task.notes["rest"] = rest[1:]
            self._open(task, str(rest[0]))
        elif left == 1:
            del task.notes["left"]
            task.notes.pop("rest", None)
            task.notes["inside_done"] = True
            task.go()

    def _open(self, task: RunTask, item: str) -> None:
        child = task.add_child(self.sibling(self.child))
        child.notes["item"] = item
        child.arrive()
