"""The acts on a run: pure functions of program, state, facts and act number to new state and happenings.

Every act loads the run, does one thing, lets the run come to rest, and reports in this order: what was
passed, decided, chosen, thrown or stopped, as it happened; waits that are gone; new waits; the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from nrm.engine import state as states
from nrm.engine.calls import Call
from nrm.engine.gateways import Choice, Join
from nrm.engine.language import Facts
from nrm.engine.program import Program
from nrm.engine.refusals import NothingToRetry, WaitNotOpen
from nrm.engine.settling import forget, is_token, settle
from nrm.engine.steps import Wait
from nrm.engine.tree import Run
from nrm.engine.waits import OpenWait
from nrm.engine.waits import open_waits as waits_of
from nrm.vocabulary.errors import InvalidInput, StateRefused
from nrm.vocabulary.happenings import Advance, RunEnded, WaitGone, WaitKind, WaitOpened


@dataclass(frozen=True, slots=True)
class Standing:
    """An element at which a run stands still, and the kind of its incident."""

    element: str
    kind: str


Items = Mapping[str, Sequence[str]]
"""Collection name to opaque ids, for the multi-instance elements that this call may reach."""
NO_ITEMS: Items = MappingProxyType({})

_BY_HAND = (WaitKind.TASK, WaitKind.RUN, WaitKind.ACTION)


def start(program: Program, *, run_id: str, facts: Facts, now: datetime, items: Items = NO_ITEMS) -> Advance:
    """Begin a run (act number 0) and bring it to its first waits."""
    run = Run(program.spec, program.inner, _call(run_id, 0, facts, now, items))
    run.plant()
    return _finish(program, run, {}, None)


def complete(program: Program, state: bytes, *, run_id: str, wait_id: str, facts: Facts, now: datetime,
             act_no: int, items: Items = NO_ITEMS) -> Advance:
    """Pass a task, a called run, an action or a receive task. ``facts`` hold what completing it set.

    Raises WaitNotOpen, StateRefused; ValueError if ``act_no`` is not greater than that of the last act.
    """
    run = _open(program, state, _call(run_id, act_no, facts, now, items))
    return _end_wait(program, run, wait_id, _BY_HAND, receive_task=True)


def fire(program: Program, state: bytes, *, run_id: str, wait_id: str, facts: Facts, now: datetime,
         act_no: int, items: Items = NO_ITEMS) -> Advance:
    """A time limit has run out: pass the limit event of that wait id. Raises as `complete`."""
    run = _open(program, state, _call(run_id, act_no, facts, now, items))
    return _end_wait(program, run, wait_id, (WaitKind.LIMIT,))


def deliver(program: Program, state: bytes, *, run_id: str, wait_id: str, facts: Facts, now: datetime,
            act_no: int, items: Items = NO_ITEMS) -> Advance:
    """A message has come for that wait id, and for no other. Raises as `complete`."""
    run = _open(program, state, _call(run_id, act_no, facts, now, items))
    return _end_wait(program, run, wait_id, (WaitKind.MESSAGE,))


def cancel(program: Program, state: bytes, *, run_id: str, now: datetime, act_no: int) -> Advance:
    """End a run from outside: all its waits are gone, nothing more can happen in it. No `RunEnded`."""
    run = _open(program, state, _call(run_id, act_no, {}, now, {}))
    before = waits_of(run)
    if run.over is None:
        run.cancel_all()
        run.over = "cancelled"
    forget(run)
    return _finish(program, run, before, None)


def retry(program: Program, state: bytes, *, run_id: str, element: str, facts: Facts, now: datetime,
          act_no: int, choose: str | None = None, items: Items = NO_ITEMS) -> Advance:
    """Try again where the run stands still, with new facts or items, or over the flow ``choose``.

    If two tokens stand at the element, the first is tried. Raises NothingToRetry; InvalidInput for a flow
    that cannot be chosen there; and as `complete`.
    """
    run = _open(program, state, _call(run_id, act_no, facts, now, items))
    before = waits_of(run)
    standing = [task for task in run.everything() if task.held and task.task_spec.element_id == element]
    if not standing:
        raise NothingToRetry
    task = standing[0]
    if choose is not None:
        spec = task.task_spec
        if not isinstance(spec, Choice) or choose not in spec.flows_out:
            raise InvalidInput("This path cannot be chosen here.", fields={"choose": ["No such path."]})
        task.notes["choose"] = choose
    del task.notes["held"]
    if choose is not None and is_token(task):
        join = task.task_spec
        assert isinstance(join, Join)
        join.go_on(task)
    return _finish(program, run, before, None)


def standing(program: Program, state: bytes) -> tuple[Standing, ...]:
    """Where the run stands still: its open incidents. Those not named here any more are over."""
    stored = states.Stored(program, state)
    run = stored.revive(Call(stored.run_id, stored.act_no, {}, {}))
    return tuple(Standing(t.task_spec.element_id, t.held) for t in run.everything() if t.held is not None)


def open_waits(program: Program, state: bytes) -> tuple[WaitOpened, ...]:
    """Everything the run waits for, in the order it was opened."""
    stored = states.Stored(program, state)
    run = stored.revive(Call(stored.run_id, stored.act_no, {}, {}))
    return tuple(found.wait for found in waits_of(run).values())


def _call(run_id: str, act_no: int, facts: Facts, now: datetime, items: Items) -> Call:
    if now.tzinfo is None:
        raise ValueError("an act needs an aware instant")
    return Call(run_id, act_no, facts, {name: tuple(ids) for name, ids in items.items()})


def _open(program: Program, state: bytes, call: Call) -> Run:
    stored = states.Stored(program, state)
    if stored.run_id != call.run_id:
        raise StateRefused("The state belongs to another run.")
    if call.act_no <= stored.act_no:
        # Ids are made from the act number: using one twice would make two tasks of one id.
        raise ValueError(f"act {call.act_no} does not follow act {stored.act_no}")
    return stored.revive(call)


def _end_wait(program: Program, run: Run, wait_id: str, kinds: Sequence[WaitKind], *,
              receive_task: bool = False) -> Advance:
    before = waits_of(run)
    found = before.get(wait_id)
    if found is None or not (found.wait.kind in kinds or (receive_task and _is_receive_task(program, found))):
        raise WaitNotOpen
    found.end()
    return _finish(program, run, before, wait_id)


def _is_receive_task(program: Program, found: OpenWait) -> bool:
    element = program.process.element(found.wait.element)
    return element is not None and element.tag == "receiveTask" and isinstance(found.task.task_spec, Wait)


def _finish(program: Program, run: Run, before: Mapping[str, OpenWait], done: str | None) -> Advance:
    was_over = run.over
    if was_over is None:
        settle(run)
    after = waits_of(run)
    report = run.call.report
    report.extend(
        WaitGone(old.wait.wait_id, old.wait.kind, old.wait.element)
        for wait_id, old in before.items() if wait_id not in after and wait_id != done
    )
    report.extend(new.wait for wait_id, new in after.items() if wait_id not in before)
    if run.over == "ended" and was_over is None:
        report.append(RunEnded(run.outcome))
    return Advance(states.dump(program, run), tuple(report))
