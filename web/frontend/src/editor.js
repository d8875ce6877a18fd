// A process in the coordinator's hands. See README.md for what a page gives it.
import './diagram/diagram.css';
import './editor/editor.css';
import './diagram/libraries.js';
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from 'bpmn-js-properties-panel';
import nrmModdle from './nrm-moddle.json';
import { post } from './app/words.js';
import { makeTranslate, readData, showFailure } from './diagram/data.js';
import { pairWithList } from './diagram/pairing.js';
import { addToolbar, fit } from './diagram/toolbar.js';
import { listFindings, showFindings } from './editor/findings.js';
import { makeIdsReadable } from './editor/ids.js';
import { nrmModule } from './editor/module.js';
import { patient, settleTyping } from './editor/typing.js';

for (const form of document.querySelectorAll('form[data-nrm-editor]')) {
  edit(form).catch((error) => showFailure(form.querySelector('[data-nrm-canvas]'), error));
}

async function edit(form) {
  const canvas = form.querySelector('[data-nrm-canvas]');
  const data = await readData(form);
  const translate = makeTranslate(data.words);
  const modeler = makeModeler(form, canvas, data, translate);
  await modeler.importXML(data.xml);
  fit(modeler.get('canvas'));
  addToolbar(modeler, canvas, translate);
  pairWithList(modeler, canvas);
  showFindings(modeler, data.findings ?? [], translate);
  saveOnSubmit(form, modeler);
  checkOnDemand(form, modeler, translate);
  canvas.dataset.ready = 'yes';
}

function makeModeler(form, canvas, data, translate) {
  const panel = form.querySelector('[data-nrm-panel]');
  canvas.classList.add('nrm-diagram');
  panel.classList.add('nrm-editor-panel');
  // The panel's fields are not the page's: Enter in one must not send the form.
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.tagName === 'INPUT') event.preventDefault();
  });
  const priorities = [{ id: 'normal', title: translate('Normal') }, { id: 'urgent', title: translate('Urgent') }];
  return new Modeler({
    container: canvas,
    propertiesPanel: { parent: panel },
    moddleExtensions: { nrm: nrmModdle },
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      nrmModule,
      {
        translate: ['value', translate],
        debounceInput: ['value', patient],
        nrmChoices: ['value', { priorities, ...data.choices }],
      },
    ],
  });
}

async function currentXml(modeler) {
  document.activeElement?.blur?.();
  settleTyping();
  return (await modeler.saveXML({ format: true })).xml;
}

async function savedXml(modeler) {
  document.activeElement?.blur?.();
  settleTyping();
  makeIdsReadable(modeler);
  return currentXml(modeler);
}

function saveOnSubmit(form, modeler) {
  const field = form.querySelector('[data-nrm-xml]');
  let dirty = false;
  let sending = false;
  modeler.on('commandStack.changed', () => { dirty = true; });
  form.addEventListener('submit', async (event) => {
    if (sending || event.defaultPrevented) return;
    event.preventDefault();
    const { submitter } = event;
    field.value = await savedXml(modeler);
    await new Promise((next) => setTimeout(next)); // a form takes no second submit while the first is told around
    dirty = false; // before leaving: the question below may come at once
    sending = true;
    form.requestSubmit(submitter ?? undefined);
    sending = false;
  });
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
}

/** A button [data-nrm-check="/url"] posts the XML as it stands and shows the answered findings. */
function checkOnDemand(form, modeler, translate) {
  const button = form.querySelector('[data-nrm-check]');
  const place = document.querySelector('[data-nrm-findings]');
  if (!button) return;
  button.addEventListener('click', async () => {
    button.setAttribute('aria-busy', 'true');
    try {
      const body = new FormData(form);
      body.set('xml', await currentXml(modeler));
      const answer = await post(button.dataset.nrmCheck, { body, accept: 'application/json' });
      if (!answer.ok) throw new Error(`The check answered ${answer.status}.`);
      const { findings } = await answer.json();
      showFindings(modeler, findings, translate);
      if (place) listFindings(place, findings, translate);
    } catch (error) {
      if (place) showFailure(place, error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
}
