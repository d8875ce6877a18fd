"""SpiffWorkflow as it comes, driven on the same diagrams: what the engine is compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState

from tests.support.diagrams import Diagram


class Stock:
    """One live workflow: never saved, never compacted. Conditions must be plain fact names."""

    def __init__(self, diagram: Diagram, facts: Mapping[str, object], repeat: int = 2) -> None:
        xml = diagram.xml()
        for sequential in (b"true", b"false"):
            opening = b'<bpmn:multiInstanceLoopCharacteristics isSequential="' + sequential + b'"'
            full = opening + b"><bpmn:loopCardinality>%d</bpmn:loopCardinality>" % repeat
            xml = xml.replace(opening + b"/>", full + b"</bpmn:multiInstanceLoopCharacteristics>")
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(xml))
        self.workflow = BpmnWorkflow(parser.get_spec(diagram.id), parser.get_subprocess_specs(diagram.id))
        self._know(facts)
        self.workflow.do_engine_steps()

    @property
    def _tasks(self) -> list:
        return [t for w in (self.workflow, *self.workflow.subprocesses.values()) for t in w.tasks.values()]

    @property
    def open(self) -> Counter[str]:
        """Elements of open user tasks and waiting events; events of an event gateway one by one."""
        found: Counter[str] = Counter()
        for task in self._tasks:
            spec = task.task_spec
            if task.state == TaskState.READY and spec.manual:
                found[spec.bpmn_id] += 1
            elif task.state == TaskState.WAITING and isinstance(spec, CatchingEvent):
                gateway = type(spec).__name__ == "EventBasedGateway"
                found.update(s.bpmn_id for s in spec.outputs) if gateway else found.update([spec.bpmn_id])
        return found

    @property
    def over(self) -> bool:
        return all(t.has_state(TaskState.FINISHED_MASK) for t in self._tasks)

    @property
    def completed(self) -> Counter[str]:
        """How often each user task was completed (the whole of a repeated one not counted)."""
        return Counter(
            t.task_spec.bpmn_id for t in self._tasks if t.state == TaskState.COMPLETED and t.task_spec.manual)

    def complete(self, element: str, facts: Mapping[str, object], nth: int = 0) -> None:
        self._know(facts)
        found = [t for t in self._tasks
                 if t.state == TaskState.READY and t.task_spec.manual and t.task_spec.bpmn_id == element]
        found[nth].run()
        self.workflow.do_engine_steps()

    def deliver(self, element: str, facts: Mapping[str, object]) -> None:
        self._know(facts)
        for task in self._tasks:
            spec = task.task_spec
            if task.state != TaskState.WAITING or not isinstance(spec, CatchingEvent):
                continue
            if spec.bpmn_id == element:
                definition = spec.event_definition
            elif element in [s.bpmn_id for s in spec.outputs] and type(spec).__name__ == "EventBasedGateway":
                definition = spec.event_definition.event_definitions[
                    [s.bpmn_id for s in spec.outputs].index(element)]
            else:
                continue
            spec.catch(task, BpmnEvent(definition))
            spec._update(task)
            break
        else:
            raise AssertionError(f"{element} does not wait")
        self.workflow.do_engine_steps()

    def _know(self, facts: Mapping[str, object]) -> None:
        for task in self._tasks:
            task.data.update(facts)
