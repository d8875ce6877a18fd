"""Bring a run to rest: everything that goes on by itself is passed, joins are looked at, ends are seen."""

from __future__ import annotations

from nrm.engine.calls import MAX_AUTOMATIC
from nrm.engine.gateways import Join, Parallel
from nrm.engine.tree import InnerRun, Run, RunTask, Scope

_FORGET_EVERY = 50
"""Elements passed between two clean-ups within one call; keeps tree depth small in automatic loops."""


def settle(run: Run) -> None:
    """Pass elements until only waits, held elements and incomplete joins are left, or nothing is."""
    passed = 0
    while True:
        ready = [task for task in run.everything() if task.automatic]
        for task in ready:
            # An earlier one of the same round may have cancelled it.
            if task.automatic:
                _pass(run, task)
                passed += 1
        if passed >= _FORGET_EVERY:
            passed = 0
            forget(run)
        if not ready and not _join(run) and not _close_inner(run):
            break
    for scope in run.scopes:
        _hold_if_stuck(scope)
    forget(run)
    if run.over is None and not run.alive():
        run.over = "ended"


def forget(run: Run) -> None:
    """Drop what is finished, everywhere (finished elements were reported when they finished)."""
    for inner in list(run.subprocesses.values()):
        if not inner.container.unfinished:
            del run.subprocesses[inner.container.id]
    for scope in run.scopes:
        scope.forget_finished()


def _pass(run: Run, task: RunTask) -> None:
    if run.call.automatic_left <= 0:
        task.hold("endless_loop", f"More than {MAX_AUTOMATIC} elements were passed in one go.")
        return
    run.call.automatic_left -= 1
    task.run()


def _join(run: Run) -> bool:
    """Let one join go on that may; parallel ones first, they need no look at the rest of the run."""
    # The token that came last stands for each join: its way in is the one the step after it came from.
    last = {(id(task.workflow), task.task_spec.name): task for task in run.everything() if is_token(task)}
    for token in sorted(last.values(), key=lambda token: not isinstance(token.task_spec, Parallel)):
        join = token.task_spec
        assert isinstance(join, Join)
        if token.held is None and join.may_go_on(token):
            join.go_on(token)
            return True
    return False


def is_token(task: RunTask) -> bool:
    """Whether the task waits at a join for others."""
    return isinstance(task.task_spec, Join) and task.waiting


def _close_inner(run: Run) -> bool:
    for scope in run.scopes:
        if isinstance(scope, InnerRun) and not scope.alive():
            run.close_inner(scope)
            return True
    return False


def _hold_if_stuck(scope: Scope) -> None:
    """A scope in which only joins wait for each other never moves again: a person must know (defect:D17)."""
    alive = scope.alive()
    if not alive or any(task.held or not is_token(task) for task in alive):
        return
    join = alive[-1].task_spec
    assert isinstance(join, Join)
    sentence = "Paths come together here, and one of them can no longer arrive."
    alive[-1].hold("stuck", sentence, (), join.flows_out)
