// What the panel asks about each kind of element: our extension attributes, in the coordinator's words.
import { is, isAny } from 'bpmn-js/lib/util/ModelUtil';

const text = (name, label, help) => ({ kind: 'text', name, label, help });
const choice = (name, label, from, help) => ({ kind: 'choice', name, label, from, help });
const flag = (name, label, help) => ({ kind: 'flag', name, label, help });

const hasDefinition = (element, type) =>
  element.businessObject.get?.('eventDefinitions')?.some((definition) => is(definition, type)) ?? false;

const leavesChoice = (element) =>
  is(element, 'bpmn:SequenceFlow') &&
  isAny(element.businessObject.sourceRef, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway']);

/** In order of display; `of` is the extension type, absent where a plain BPMN property is edited. */
export const GROUPS = [
  {
    id: 'nrm-process',
    label: 'Process',
    of: 'nrm:Process',
    on: (element) => isAny(element, ['bpmn:Process', 'bpmn:Participant', 'bpmn:Collaboration']),
    fields: [
      text('title', 'Title'),
      choice('owner', 'Owner (role)', 'roles'),
      text('legalBasis', 'Legal basis'),
      text('start', 'How it starts', 'opening, call, person, message, command, date: one or more, with spaces'),
      text('startRoles', 'Roles that may start it', 'Role codes, with spaces between'),
      text('startWhen', 'May be started when', 'A condition over facts (FEEL)'),
      text('message', 'Message that starts it'),
      text('advice', 'Decision tables to consult', 'Beside those that steps name, with spaces between'),
      text('trace', 'Trace', 'Where this is asked for'),
    ],
  },
  {
    id: 'nrm-lane',
    label: 'Lane',
    of: 'nrm:Lane',
    on: (element) => is(element, 'bpmn:Lane'),
    fields: [choice('role', 'Role', 'roles', 'The case’s team says who fills it')],
  },
  {
    id: 'nrm-task',
    label: 'Work',
    of: 'nrm:Task',
    on: (element) => is(element, 'bpmn:UserTask'),
    fields: [
      choice('form', 'Form', 'forms'),
      choice('limit', 'Time limit', 'limits', 'A diagram names a limit; its length is set under Time limits'),
      text('alsoLimits', 'Further time limits', 'Beside that one, with spaces between'),
      choice('ladder', 'Ladder', 'ladders', 'Who is told when it is late; standard if empty'),
      choice('priority', 'Priority', 'priorities'),
      flag('safety', 'Concerns safety', 'Its clock ignores calendars and cannot be paused'),
      text('notBy', 'Not by whoever did', 'Element ids, with spaces between'),
      text('gate', 'Gate', 'What must hold first, e.g. consent:assistance'),
      text('purpose', 'Purpose'),
      text('wakesOn', 'Wakes on facts', 'Fact names, with spaces between'),
      text('each', 'Once for each', 'A collection; with multi-instance only'),
      text('advice', 'Shows advice of', 'Decision tables, with spaces between; they decide nothing'),
      text('trace', 'Trace', 'Where this is asked for'),
    ],
  },
  {
    id: 'nrm-call',
    label: 'Called process',
    of: 'nrm:Call',
    on: (element) => is(element, 'bpmn:CallActivity'),
    fields: [
      { kind: 'called', name: 'calledElement', label: 'Process', from: 'processes' },
      text('in', 'Run facts handed in', 'Fact names, with spaces between'),
      text('out', 'Run facts handed back', 'Fact names, with spaces between'),
      text('each', 'Once for each', 'A collection; with multi-instance only'),
      text('trace', 'Trace', 'Where this is asked for'),
    ],
  },
  {
    id: 'nrm-action',
    label: 'Action',
    of: 'nrm:Action',
    on: (element) => isAny(element, ['bpmn:ServiceTask', 'bpmn:SendTask']),
    fields: [
      choice('name', 'Action', 'actions'),
      { kind: 'params', name: 'params', label: 'Parameters', help: 'One per line: name = value' },
      text('trace', 'Trace', 'Where this is asked for'),
    ],
  },
  {
    id: 'nrm-decision',
    label: 'Decision',
    of: 'nrm:Decision',
    on: (element) => is(element, 'bpmn:BusinessRuleTask'),
    fields: [choice('table', 'Decision table', 'tables')],
  },
  {
    id: 'nrm-limit',
    label: 'Time limit',
    of: 'nrm:Limit',
    on: (element) => is(element, 'bpmn:Event') && hasDefinition(element, 'bpmn:TimerEventDefinition'),
    fields: [choice('name', 'Time limit', 'limits'), choice('ladder', 'Ladder', 'ladders')],
  },
  {
    id: 'nrm-outcome',
    label: 'Outcome',
    of: 'nrm:Outcome',
    on: (element) => is(element, 'bpmn:EndEvent'),
    fields: [
      text('name', 'Outcome', 'A short name, e.g. plan_agreed'),
      choice('owner', 'Owner (role)', 'roles', 'Who answers for what follows'),
      text('onward', 'Open door', 'Which way stays open for the person'),
    ],
  },
  {
    id: 'nrm-path',
    label: 'Path',
    on: leavesChoice,
    fields: [
      { kind: 'condition', name: 'condition', label: 'Taken when', help: 'A condition over facts (FEEL)' },
      { kind: 'default', name: 'default', label: 'Taken when no other path is' },
    ],
  },
];
