"""The task tree of a run: SpiffWorkflow's, with ids from the run, no clock, no data and only what is alive.

A finished task is reported once and forgotten, so a run costs what is open in it, however old it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from nrm.engine.calls import Call
from nrm.engine.scripting import RefusingScriptEngine
from nrm.engine.steps import ProcessSpec, Step

FUTURE, WAITING, READY, STARTED = TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.STARTED
COMPLETED, CANCELLED = TaskState.COMPLETED, TaskState.CANCELLED
_REACHED = (WAITING, READY, STARTED)


class RunTask(Task):  # type: ignore[misc]
    """One element reached in a run.

    ``origin`` is the id of the visible element it came from, kept when the tree above it is forgotten.
    ``notes`` holds what the element must remember (item, host, held ...); SpiffWorkflow's task data stays
    empty.
    """

    task_spec: Step
    workflow: Scope

    def __init__(self, workflow: Scope, task_spec: Step, parent: RunTask | None = None, state: int = FUTURE,
                 task_id: str | None = None) -> None:
        # Not super().__init__: it takes its id from uuid4 and its time from the machine (defect:bytes).
        self.id = task_id or workflow.top_workflow.call.mint()
        self.workflow, self.task_spec, self._state = workflow, task_spec, state
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self.triggered, self.thread_id, self.last_state_change = False, 0, 0.0
        self.data: dict[str, object] = {}
        self.internal_data: dict[str, object] = {}
        self.origin: str | None = parent.visible_id if parent is not None else workflow.origin
        workflow.tasks[self.id] = self
        if parent is not None:
            parent.below.append(self.id)

    @property
    def above(self) -> str | None:
        """The id of the task it hangs on."""
        found: str | None = self._parent
        return found

    @property
    def below(self) -> list[str]:
        """The ids of the tasks that hang on it."""
        return self._children

    def hang(self, above: str | None, below: list[str]) -> None:
        """Put it in another place of the tree."""
        self._parent, self._children = above, below

    @property
    def notes(self) -> dict[str, object]:
        """What this element remembers; JSON values only."""
        return self.internal_data

    @property
    def visible_id(self) -> str | None:
        """Its own id if it stands on the diagram, else that of the element before."""
        return self.id if self.task_spec.bpmn_id is not None else self.origin

    @property
    def unfinished(self) -> bool:
        """Whether anything is still to happen with it."""
        return bool(self._state < COMPLETED)

    @property
    def waiting(self) -> bool:
        """Whether it stands until it is told (boundary event) or until others arrive (join)."""
        return bool(self._state == WAITING)

    @property
    def held(self) -> str | None:
        """The kind of incident it stands still for, if any."""
        kind = self.internal_data.get("held")
        return kind if isinstance(kind, str) else None

    @property
    def automatic(self) -> bool:
        """Whether it goes on without anyone doing anything."""
        by_itself = not self.task_spec.manual or "told" in self.internal_data
        return by_itself and bool(self._state == READY) and self.held is None

    def add_child(self, spec: Step, state: int = FUTURE) -> RunTask:
        """Put a task for ``spec`` under this one."""
        return RunTask(self.workflow, spec, self, state)

    def run(self) -> bool:
        """Pass this element if it can be passed; False if it stands still or has work inside."""
        if not self.task_spec.prepare(self):
            return False
        self.complete()
        return True

    def cancel(self) -> None:
        """End this task and everything inside it; a finished one is left alone."""
        if not self.unfinished:
            return
        self._set_state(CANCELLED)
        for child in self.children:
            child.cancel()
        self.task_spec.on_cancelled(self)

    def hold(self, kind: str, sentence: str, facts: tuple[str, ...] = (),
             flows: tuple[str, ...] = ()) -> None:
        """Stand still here until someone retries, and say why."""
        self.internal_data["held"] = kind
        self.workflow.top_workflow.call.stopped(self.task_spec.element_id, kind, sentence, facts, flows)

    def arrive(self) -> None:
        """The element before has passed on to this one."""
        self.task_spec.reach(self)

    def go(self) -> None:
        """Make it ready; what goes on by itself is passed at the next turn."""
        self._set_state(READY)

    def open_inside(self) -> None:
        """It stands until what lies inside it has ended."""
        self._set_state(STARTED)

    def await_others(self) -> None:
        """It stands until others arrive (join) or until it is told (boundary event)."""
        self._set_state(WAITING)

    def _set_state(self, value: int) -> None:
        before, self._state = self._state, value
        if value == before:
            return
        if value == COMPLETED:
            self.workflow.top_workflow.call.passed(self, "completed")
        elif value == CANCELLED and before in _REACHED and self.task_spec.traced_when_cancelled:
            self.workflow.top_workflow.call.passed(self, "cancelled")


class Scope:
    """What a run and an embedded part of a run share: a set of tasks, and no clever walks through it."""

    tasks: dict[str, RunTask]
    spec: ProcessSpec
    task_tree: RunTask
    top_workflow: Run
    origin: str | None = None

    def alive(self) -> list[RunTask]:
        """Unfinished tasks in the order they came to be."""
        return [task for task in self.tasks.values() if task.unfinished]

    def plant(self) -> None:
        """Put the start event in place."""
        self.task_tree = RunTask(self, self.spec.start)
        self.task_tree.go()

    def forget_finished(self) -> None:
        """Drop finished tasks; those that stay hang on the nearest ancestor that stays."""
        kept = {i: task for i, task in self.tasks.items() if task.unfinished or task is self.task_tree}
        above = {task_id: self._kept_above(task, kept) for task_id, task in kept.items()}
        below: dict[str | None, list[str]] = {task_id: [] for task_id in (*kept, None)}
        for task_id, parent in above.items():
            below[parent].append(task_id)
        for task_id, task in kept.items():
            task.hang(above[task_id], below[task_id])
        self.tasks = kept

    def _kept_above(self, task: RunTask, kept: Mapping[str, RunTask]) -> str | None:
        above = task.above
        while above is not None and above not in kept:
            above = self.tasks[above].above
        return above

    def drop(self, task: RunTask) -> None:
        """Take a task away that nothing hangs on and nobody needs to hear of."""
        del self.tasks[task.id]
        if task.above is not None:
            self.tasks[task.above].below.remove(task.id)

    def refresh_timers(self) -> None:
        """No clock is read here: a limit fires when it is told to (defect:D1, defect:D6, defect:D13)."""

    def _task_completed_notify(self, task: RunTask) -> None:
        """Stock walks the whole tree after each task; here `settling.settle` looks at joins and ends."""


class Run(Scope, BpmnWorkflow):  # type: ignore[misc]
    """A run while one engine call has it in memory."""

    def __init__(self, spec: ProcessSpec, inner_specs: Mapping[str, ProcessSpec], call: Call) -> None:
        self.call = call
        self.outcome = ""
        self.over: str | None = None
        self.subprocesses: dict[str, InnerRun] = {}
        BpmnWorkflow.__init__(self, spec, dict(inner_specs), RefusingScriptEngine(), deserializing=True)

    @property
    def scopes(self) -> list[Scope]:
        """This run and the embedded parts that are open in it."""
        return [self, *self.subprocesses.values()]

    def everything(self) -> Iterator[RunTask]:
        """All unfinished tasks, embedded parts included."""
        for scope in self.scopes:
            yield from scope.alive()

    def find(self, task_id: str) -> RunTask | None:
        """The task of that id, wherever it is."""
        return next((scope.tasks[task_id] for scope in self.scopes if task_id in scope.tasks), None)

    def open_inner(self, container: RunTask) -> None:
        """Start the embedded subprocess of ``container``."""
        self.add_inner(container).plant()

    def add_inner(self, container: RunTask) -> InnerRun:
        """An empty embedded part for ``container``."""
        inner = InnerRun(self.subprocess_specs[container.task_spec.element_id], container, self)
        self.subprocesses[container.id] = inner
        return inner

    def close_inner(self, inner: InnerRun) -> None:
        """Take away an embedded subprocess in which nothing is open, and let its container go on."""
        del self.subprocesses[inner.container.id]
        if inner.container.unfinished:
            inner.container.notes["inside_done"] = True
            inner.container.go()

    def cancel_all(self) -> None:
        """End everything that is open."""
        for task in self.alive():
            task.cancel()

    def catch(self, event: object) -> None:
        """Refused: messages are rows that the commands deliver to one wait by its id (defect:D16)."""
        del event
        raise RuntimeError("Nothing is thrown or caught inside a run.")

    def send_event(self, event: object) -> None:
        """Refused, as :meth:`catch`."""
        self.catch(event)


class InnerRun(Scope, BpmnSubWorkflow):  # type: ignore[misc]
    """An open embedded subprocess."""

    def __init__(self, spec: ProcessSpec, container: RunTask, top: Run) -> None:
        self.origin = container.id
        self.container = container
        BpmnSubWorkflow.__init__(self, spec, container.id, top, deserializing=True)

