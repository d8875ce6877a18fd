"""From the drawn process to the specs a run walks: what the engine cannot run exactly is refused here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nrm.decisions.feel import FeelError, parse_condition
from nrm.diagrams.model import Element, Flow, Kind, Process, Trigger
from nrm.engine.gateways import Arm, Choice, Exclusive, FirstOf, Inclusive, Parallel, Route
from nrm.engine.language import Condition, Table
from nrm.engine.steps import Decide, Embedded, End, ForEach, Guard, ProcessSpec, Step, Throw, Wait, Watch
from nrm.vocabulary.errors import BundleRejected
from nrm.vocabulary.happenings import WaitKind

Tables = Callable[[str], Table]
"""The decision table of an id; raises BundleRejected for one that is not in the bundle."""

_GATEWAYS = (Kind.EXCLUSIVE, Kind.INCLUSIVE, Kind.PARALLEL, Kind.EVENT_GATEWAY)
_PLAIN: dict[Kind, type[Exclusive | Inclusive | Parallel | FirstOf | Embedded]] = {
    Kind.EXCLUSIVE: Exclusive, Kind.INCLUSIVE: Inclusive, Kind.PARALLEL: Parallel,
    Kind.EVENT_GATEWAY: FirstOf, Kind.SUBPROCESS: Embedded,
}


def refused(sentence: str, element: str) -> BundleRejected:
    """The error for a diagram that cannot be run, naming the element."""
    return BundleRejected(f"{sentence} (element “{element}”)")


def build(process: Process, tables: Tables) -> tuple[ProcessSpec, dict[str, ProcessSpec]]:
    """The spec of the process and those of its embedded subprocesses by element id.

    Raises BundleRejected for an element, event or flow that the engine does not run exactly (the checker
    says it better and earlier; this is the last door).
    """
    for element, _, sentence in process.problems:
        raise refused(sentence, element or process.id)
    outer = _ScopeBuilder(process, None, tables).built()
    inner = {e.id: _ScopeBuilder(process, e.id, tables).built() for e in process.of_kind(Kind.SUBPROCESS)}
    return outer, inner


class _ScopeBuilder:
    """Builds one process or one embedded subprocess."""

    def __init__(self, process: Process, parent: str | None, tables: Tables) -> None:
        self.process = process
        self.parent = parent
        self.tables = tables
        self.spec = ProcessSpec(parent or process.id)
        self.elements = process.inside(parent)

    def built(self) -> ProcessSpec:
        for element in self.elements:
            self._refuse(element)
            self._add(element)
        self._guard()
        self._connect()
        starts = [e for e in self.elements if e.kind is Kind.START]
        if len(starts) != 1:
            raise refused(f"There must be exactly one start event, not {len(starts)}.", self.spec.name)
        self.spec.start = self.spec.task_specs[starts[0].id]
        return self.spec

    def _refuse(self, element: Element) -> None:
        if element.kind is Kind.REFUSED or element.trigger is Trigger.REFUSED:
            raise refused(f"“{element.tag}” in this form may not be used.", element.id)
        if element.oddities:
            raise refused(f"It uses {', '.join(element.oddities)}, which may not be used.", element.id)
        if element.kind is Kind.SUBPROCESS and (self.parent is not None or element.multiple):
            raise refused("A subprocess may be neither nested nor repeated.", element.id)
        if element.multiple and element.kind not in (Kind.USER_TASK, Kind.CALL):
            raise refused("Only tasks and called processes may be repeated.", element.id)
        if element.multiple and not element.each:
            raise refused("It is repeated, and does not say for each of what.", element.id)
        if any(c in element.id for c in " []/"):
            raise refused("Its id holds a space, a bracket or a slash.", element.id)

    def _add(self, element: Element) -> None:
        made = self._step(element) or self._wait(element)
        if made is None:
            raise refused(f"“{element.tag}” cannot be run.", element.id)
        if element.multiple:
            made.container = element.id
            ForEach(self.spec, element.id, made.name, element.each, sequential=element.sequential)

    def _step(self, element: Element) -> Step | None:
        made: Step | None = None
        if element.kind is Kind.START:
            made = Step(self.spec, element.id, element.id)
        elif element.kind is Kind.END:
            made = End(self.spec, element.id, element.id)
            made.terminate = element.trigger is Trigger.TERMINATE
            made.outcome = element.outcome.name if element.outcome else ""
        elif element.kind is Kind.THROW:
            made = Throw(self.spec, element.id, element.id)
        elif element.kind is Kind.DECISION:
            table = element.decision.table if element.decision else ""
            made = Decide(self.spec, element.id, table, self.tables(table))
        elif element.kind in _PLAIN:
            made = _PLAIN[element.kind](self.spec, element.id)
        if isinstance(made, Throw):
            made.message = element.message
        return made

    def _wait(self, element: Element) -> Wait | None:
        kind, name = _waits_for(element)
        if kind is None:
            return None
        if element.kind is Kind.BOUNDARY:
            return Watch(self.spec, element.id, kind, name, interrupting=element.interrupting)
        spec_name = f"{element.id} [each]" if element.multiple else element.id
        return Wait(self.spec, spec_name, element.id, kind, name)

    def _guard(self) -> None:
        """Put a guard before every element on which boundary events sit."""
        for element in self.elements:
            watches = [e for e in self.process.attached(element.id) if e.parent == self.parent]
            if not watches:
                continue
            main = self.spec.task_specs[element.id]
            if element.kind in (*_GATEWAYS, Kind.START, Kind.END, Kind.BOUNDARY, Kind.THROW):
                raise refused("Boundary events may not sit on it.", element.id)
            main.guarded = True
            guard = Guard(self.spec, f"{element.id} [guard]", main.name)
            guard.leads_to.extend((main.name, *(watch.id for watch in watches)))
        for element in self.elements:
            if element.kind is Kind.BOUNDARY and f"{element.attached_to} [guard]" not in self.spec.task_specs:
                raise refused("It sits on an element that is not there.", element.id)

    def _connect(self) -> None:
        for element in self.elements:
            flows = self.process.outgoing(element.id)
            if len(flows) > 1 and element.kind not in _GATEWAYS:
                raise refused("More than one flow leaves it; draw a gateway.", element.id)
            source = self.spec.task_specs[element.id]
            for flow in flows:
                target = self._entry(flow)
                source.leads_to.append(target.name)
                self.spec.task_specs[flow.target].comes_from.append(source.name)
            if isinstance(source, Choice):
                source.flows_out = tuple(flow.id for flow in flows)
                if not isinstance(source, Parallel):
                    self._choices(source, element, flows)
            elif isinstance(source, FirstOf):
                source.arms = tuple(self._arm(flow) for flow in flows)

    def _entry(self, flow: Flow) -> Step:
        """Where a flow leads: the guard of its target, if there is one."""
        specs = self.spec.task_specs
        found = specs.get(f"{flow.target} [guard]") or specs.get(flow.target)
        if found is None or isinstance(found, Watch) or found.container:
            raise refused("The flow leads nowhere.", flow.id)
        return found

    def _choices(self, gateway: Choice, element: Element, flows: Iterable[Flow]) -> None:
        flows = tuple(flows)
        if len(flows) < 2 and all(not flow.condition for flow in flows):
            return
        routes: list[Route] = []
        for flow in flows:
            if flow.id == element.default:
                gateway.default = Route(flow.id, self._entry(flow).name)
            elif not flow.condition:
                raise refused("A flow leaves it without a condition and is not the default.", element.id)
            else:
                routes.append(Route(flow.id, self._entry(flow).name, _condition(flow)))
        gateway.routes = tuple(routes)

    def _arm(self, flow: Flow) -> Arm:
        entry = self._entry(flow)
        if not isinstance(entry, Wait) or entry.wait_kind not in (WaitKind.MESSAGE, WaitKind.LIMIT):
            raise refused("An event gateway may lead only to messages and limits.", flow.source)
        return Arm(flow.id, entry.name)


def _waits_for(element: Element) -> tuple[WaitKind | None, str]:
    """What the element waits for, and the name of it."""
    found: tuple[WaitKind | None, str] = (None, "")
    if element.kind is Kind.USER_TASK:
        found = WaitKind.TASK, element.task.form if element.task else ""
    elif element.kind is Kind.CALL:
        found = WaitKind.RUN, element.calls
    elif element.kind in (Kind.SERVICE_TASK, Kind.SEND_TASK):
        found = WaitKind.ACTION, element.action.name if element.action else ""
    elif element.kind is Kind.RECEIVE_TASK:
        found = WaitKind.MESSAGE, element.message
    elif element.kind in (Kind.CATCH, Kind.BOUNDARY) and element.trigger is Trigger.LIMIT:
        found = WaitKind.LIMIT, element.limit.name if element.limit else ""
    elif element.kind in (Kind.CATCH, Kind.BOUNDARY) and element.trigger is Trigger.MESSAGE:
        found = WaitKind.MESSAGE, element.message
    return found


def _condition(flow: Flow) -> Condition:
    try:
        return parse_condition(flow.condition or "")
    except FeelError as bad:
        raise refused(f"Its condition cannot be read: {bad.sentence}", flow.id) from None
