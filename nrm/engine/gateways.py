"""Gateways: where a run divides, comes together and chooses.

Tokens are counted per incoming flow and consumed when a join goes on, so a join in a loop starts each round
empty (defect:E3); conditions are asked in document order and never fall through to the default (defect:D17).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nrm.engine.language import Condition
from nrm.engine.steps import ProcessSpec, Step, Wait
from nrm.vocabulary.happenings import RouteChosen

if TYPE_CHECKING:
    from nrm.engine.tree import RunTask


@dataclass(frozen=True, slots=True)
class Route:
    """One outgoing flow: its id, the spec it leads to, and its condition where it has one."""

    flow: str
    target: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a gateway could not choose."""

    kind: str
    sentence: str
    facts: tuple[str, ...] = ()


class Choice(Step):
    """Shared by exclusive and inclusive gateways: asks conditions, or takes what a coordinator chose."""

    several = False

    def __init__(self, spec: ProcessSpec, element_id: str) -> None:
        super().__init__(spec, element_id, element_id)
        self.routes: tuple[Route, ...] = ()
        self.default: Route | None = None
        self.flows_out: tuple[str, ...] = ()

    def prepare(self, task: RunTask) -> bool:
        """Choose and go on, or stand still with an incident."""
        if not self.routes:
            # One way out: nothing to choose. No way out: the path ends here.
            return super().prepare(task)
        call = task.workflow.top_workflow.call
        read: set[str] = set()
        chosen = self._overruled(task) or self._chosen(call.facts, read)
        if isinstance(chosen, Stop):
            task.hold(chosen.kind, chosen.sentence, chosen.facts, self.flows_out)
            return False
        flows = tuple(route.flow for route in chosen)
        task.notes["flow"] = " ".join(flows)
        call.report.append(RouteChosen(self.element_id, flows, tuple(sorted(read))))
        for route in chosen:
            task.add_child(self.sibling(route.target))
        return True

    def _overruled(self, task: RunTask) -> list[Route] | None:
        flow = task.notes.pop("choose", None)
        everything = [*self.routes, *([self.default] if self.default else [])]
        return [route for route in everything if route.flow == flow] or None

    def _chosen(self, facts: dict[str, object], read: set[str]) -> list[Route] | Stop:
        chosen: list[Route] = []
        for route in self.routes:
            assert route.condition is not None
            answer = route.condition.evaluate(facts)
            read |= answer.read
            if answer.holds is None:
                return Stop("condition_unknown", "A condition could not be decided: a fact is not known.",
                            tuple(sorted(answer.unknown)))
            if answer.holds:
                chosen.append(route)
                if not self.several:
                    break
        if chosen:
            return chosen
        if self.default is not None:
            return [self.default]
        return Stop("no_route", "None of the conditions holds and the gateway has no default path.")


class Exclusive(Choice):
    """The first condition that holds, in document order. Passes every token when flows come together."""


class Join(Choice):
    """A gateway at which paths come together; each arrival waits as a token that knows where it came from."""

    traced_when_cancelled = False

    def tokens(self, task: RunTask) -> list[RunTask]:
        """The tokens that wait here."""
        return [t for t in task.workflow.tasks.values() if t.task_spec is self and t.waiting]

    def may_go_on(self, task: RunTask) -> bool:
        """Whether what waits here may go on now."""
        raise NotImplementedError

    def go_on(self, task: RunTask) -> None:
        """Consume one token per incoming flow, ``task`` standing for its own, and let ``task`` go on."""
        wanted = Counter(self.comes_from)
        wanted[_came_from(task)] -= 1
        for token in self.tokens(task):
            source = _came_from(token)
            if token is not task and wanted[source] > 0:
                wanted[source] -= 1
                task.workflow.drop(token)
        task.go()

    def _update_hook(self, my_task: RunTask) -> bool:
        my_task.notes["from"] = my_task.parent.task_spec.name
        my_task.await_others()
        return False


class Parallel(Join):
    """Goes on when a token waits on every incoming flow; then on all outgoing flows at once."""

    def may_go_on(self, task: RunTask) -> bool:
        """A token on each incoming flow."""
        waiting = Counter(_came_from(token) for token in self.tokens(task))
        return all(waiting[source] >= count for source, count in Counter(self.comes_from).items())


class Inclusive(Join):
    """Goes on when no open task can still reach an empty incoming flow (BPMN 2.0, 13.4.3)."""

    several = True

    def __init__(self, spec: ProcessSpec, element_id: str) -> None:
        super().__init__(spec, element_id)
        # Filled as it is asked; the answer never changes, so threads may fill it twice.
        self._reached: dict[str, frozenset[str]] = {}

    def may_go_on(self, task: RunTask) -> bool:
        """No token elsewhere that leads to an empty incoming flow and to none that is filled."""
        filled = {_came_from(token) for token in self.tokens(task)}
        for other in task.workflow.alive():
            if other.task_spec is self:
                continue
            reached = self._reached.get(other.task_spec.name)
            if reached is None:
                reached = self._reached[other.task_spec.name] = self._reached_from(other.task_spec)
            if reached - filled and not reached & filled:
                return False
        return True

    def _reached_from(self, start: Step) -> frozenset[str]:
        """The incoming flows, by the spec they come from, that a token at ``start`` can reach."""
        seen = {start.name}
        todo = [start]
        reached: set[str] = set()
        while todo:
            spec = todo.pop()
            for name in spec.leads_to:
                if name == self.name:
                    reached.add(spec.name)
                elif name not in seen:
                    seen.add(name)
                    todo.append(self.sibling(name))
        return frozenset(reached)


@dataclass(frozen=True, slots=True)
class Arm:
    """One event an event gateway waits for."""

    flow: str
    target: str


class FirstOf(Step):
    """An event gateway: the first of its events to be told wins (defect:D6, defect:E6)."""

    def __init__(self, spec: ProcessSpec, element_id: str) -> None:
        super().__init__(spec, element_id, element_id)
        self.manual = True
        self.arms: tuple[Arm, ...] = ()

    def event(self, arm: Arm) -> Wait:
        """The event an arm leads to."""
        found = self.sibling(arm.target)
        assert isinstance(found, Wait)
        return found

    def prepare(self, task: RunTask) -> bool:
        """Go on over the arm that was told."""
        arm = next(arm for arm in self.arms if arm.target == task.notes["arm"])
        task.notes["flow"] = arm.flow
        task.add_child(self.sibling(arm.target)).notes["told"] = True
        return True


def _came_from(token: RunTask) -> str:
    return str(token.notes["from"])
