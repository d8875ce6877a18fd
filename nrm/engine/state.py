"""Run state as bytes: what is open in a run and nothing else, stamped with the versions that can read it.

No diagram, no facts, no times, no finished elements; sealing against alteration is the records' work.
"""

from __future__ import annotations

import zlib
from importlib.metadata import version

import orjson
from SpiffWorkflow.util.task import TaskState

from nrm.engine.calls import Call
from nrm.engine.program import Program
from nrm.engine.tree import Run, RunTask, Scope
from nrm.vocabulary.errors import StateRefused

FORMAT = 1
"""Version of this format. A new one comes with a reader for the old, never with a guess (defect:D10)."""
SPIFF = version("SpiffWorkflow")
_MAGIC = b"NRMRUN1\n"
_MAX_BYTES = 16_000_000
_LEVEL = 1
_STATES = frozenset({
    TaskState.WAITING, TaskState.READY, TaskState.STARTED, TaskState.COMPLETED, TaskState.CANCELLED,
})

Row = list[object]
"""id, element spec, state, place of the parent in the list (-1: none), visible origin, notes."""


def dump(program: Program, run: Run) -> bytes:
    """The state of a run at rest. The same run gives the same bytes."""
    content = {
        "format": FORMAT, "spiff": SPIFF, "program": program.digest, "run": run.call.run_id,
        "act": run.call.act_no, "outcome": run.outcome, "over": run.over, "tasks": _rows(run),
        "inner": [[container, _rows(scope)] for container, scope in run.subprocesses.items()],
    }
    return _MAGIC + zlib.compress(orjson.dumps(content), _LEVEL)


def _rows(scope: Scope) -> list[Row]:
    place = {task_id: at for at, task_id in enumerate(scope.tasks)}
    return [
        [task.id, task.task_spec.name, task.state, place.get(task.above or "", -1), task.origin, task.notes]
        for task in scope.tasks.values()
    ]


class Stored:
    """A state that was read and whose versions fit; not yet a run."""

    def __init__(self, program: Program, state: bytes) -> None:
        content = _content(state)
        if content.get("format") != FORMAT or content.get("spiff") != SPIFF:
            raise StateRefused("The state of this run was written by an unknown version.")
        if content.get("program") != program.digest:
            raise StateRefused("The state of this run belongs to another bundle.")
        run_id, act_no = content.get("run"), content.get("act")
        if not isinstance(run_id, str) or not isinstance(act_no, int):
            raise StateRefused
        self.program = program
        self.run_id = run_id
        self.act_no = act_no
        self._content = content

    def revive(self, call: Call) -> Run:
        """The run, in memory for one call."""
        run = Run(self.program.spec, self.program.inner, call)
        try:
            over, outcome = self._content["over"], self._content["outcome"]
            if not isinstance(outcome, str) or over not in (None, "ended", "cancelled"):
                raise StateRefused
            run.over, run.outcome = over, outcome
            _fill(run, self._content["tasks"])
            for container_id, rows in self._content["inner"]:  # type: ignore[attr-defined]
                container = run.tasks[container_id]
                _fill(run.add_inner(container), rows)
        except (KeyError, TypeError, ValueError, IndexError):
            raise StateRefused from None
        return run


def _fill(scope: Scope, rows: object) -> None:
    if not isinstance(rows, list) or not rows:
        raise StateRefused
    tasks: list[RunTask] = []
    for task_id, spec, state, parent, origin, notes in rows:
        if state not in _STATES or not isinstance(notes, dict) or not isinstance(task_id, str):
            raise StateRefused
        above = tasks[parent] if parent >= 0 else None
        task = RunTask(scope, scope.spec.task_specs[spec], above, state, task_id)
        task.origin, task.internal_data = origin, notes
        tasks.append(task)
    scope.task_tree = tasks[0]


def _content(state: bytes) -> dict[str, object]:
    if not state.startswith(_MAGIC):
        raise StateRefused("The state of this run was written by an unknown version.")
    try:
        unpacked = zlib.decompressobj()
        plain = unpacked.decompress(state[len(_MAGIC):], _MAX_BYTES)
        if not unpacked.eof or unpacked.unused_data:
            raise StateRefused
        content = orjson.loads(plain)
    except (zlib.error, orjson.JSONDecodeError):
        raise StateRefused from None
    if not isinstance(content, dict):
        raise StateRefused
    return content
