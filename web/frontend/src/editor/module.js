// Our part of the modeler: the panel's groups, and only those elements that the engine runs.
import { groupsFor } from './entries.js';

const KEPT_GROUPS = new Set(['general', 'documentation', 'message']);
const NO_PALETTE = ['create.data-object', 'create.data-store', 'create.group'];
const NO_APPEND = ['append.condition-intermediate-event', 'append.signal-intermediate-event', 'append.compensation-activity'];

// The checker on the server is the authority; this only keeps the menu honest.
const NO_REPLACE = new RegExp(
  [
    'escalation', 'conditional-(?!flow)', 'link-', 'compensation', 'signal', 'error', 'cancel', 'terminate', 'complex',
    'ad-?hoc', 'transaction', 'script', 'manual', 'event-subprocess', 'collapsed', 'message-start', 'timer-start',
    'toggle-loop', 'replace-with-task$', 'data-', 'multiplicity',
  ].join('|'),
  'i',
);

class Provider {
  static $inject = ['propertiesPanel', 'palette', 'contextPad', 'popupMenu', 'elementFactory', 'create', 'autoPlace', 'translate'];

  constructor(panel, palette, contextPad, popupMenu, elementFactory, create, autoPlace, translate) {
    Object.assign(this, { elementFactory, create, autoPlace, translate });
    panel.registerProvider(300, this);
    palette.registerProvider(300, this);
    contextPad.registerProvider(300, this);
    popupMenu.registerProvider('bpmn-replace', 300, this);
  }

  getGroups(element) {
    return (groups) => [
      ...groups.filter(({ id }) => KEPT_GROUPS.has(id)).map((group) => ({ ...group, shouldOpen: group.id === 'general' })),
      ...groupsFor(element, this.translate),
    ];
  }

  getPaletteEntries() {
    return (entries) => {
      const kept = without(entries, NO_PALETTE);
      const start = (event) => this.create.start(event, this.userTask());
      return { ...kept, 'create.task': this.asUserTask(kept['create.task'], { dragstart: start, click: start }) };
    };
  }

  getContextPadEntries() {
    return (entries) => {
      const kept = without(entries, NO_APPEND);
      if (!kept['append.append-task']) return kept;
      const action = {
        dragstart: (event, source) => this.create.start(event, this.userTask(), { source }),
        click: (_, source) => this.autoPlace.append(source, this.userTask()),
      };
      return { ...kept, 'append.append-task': this.asUserTask(kept['append.append-task'], action) };
    };
  }

  getPopupMenuEntries() {
    return (entries) => without(entries, Object.keys(entries).filter((id) => NO_REPLACE.test(id)));
  }

  getPopupMenuHeaderEntries() {
    return (entries) => without(entries, Object.keys(entries).filter((id) => NO_REPLACE.test(id)));
  }

  userTask() {
    return this.elementFactory.createShape({ type: 'bpmn:UserTask' });
  }

  asUserTask(entry, action) {
    return { ...entry, className: 'bpmn-icon-user-task', title: this.translate('A person’s task'), action };
  }
}

function without(entries, ids) {
  const kept = { ...entries };
  for (const id of ids) delete kept[id];
  return kept;
}

export const nrmModule = {
  __init__: ['nrmProvider'],
  nrmProvider: ['type', Provider],
};
