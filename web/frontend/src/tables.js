// A decision table in the coordinator's hands: dmn-js on the draft's file. See README.md for what a page gives it.
import './tables/tables.css';
import Modeler from 'dmn-js/lib/Modeler';
import './diagram/libraries.js';
import { ours } from './app/trusted.js';
import { post } from './app/words.js';
import { makeTranslate, readData, showFailure } from './diagram/data.js';
import { notesForEditor, notesForFile } from './tables/notes.js';

for (const form of document.querySelectorAll('form[data-nrm-table-editor]')) {
  edit(form).catch((error) => showFailure(form.querySelector('[data-nrm-canvas]'), error));
}

async function edit(form) {
  const canvas = form.querySelector('[data-nrm-canvas]');
  const data = await readData(form);
  const translate = ['value', makeTranslate(data.words)];
  canvas.classList.add('nrm-table-editor');
  // Without a pause after typing: what is typed just before saving would be lost in it.
  const view = { additionalModules: [{ translate }], debounceInput: false };
  const modeler = new Modeler({ container: canvas, common: view, drd: view, decisionTable: view, literalExpression: view });
  await modeler.importXML(notesForEditor(data.xml));
  await showDecision(modeler, data.decision);
  saveOnSubmit(form, modeler);
  checkOnDemand(form, modeler);
  canvas.dataset.ready = 'yes';
}

/** A file may hold several decisions: the one that the page is about comes first, the picture of all is a tab away. */
async function showDecision(modeler, decision) {
  const views = modeler.getViews();
  const wanted = views.find(({ element }) => element.id === decision)
    ?? views.find(({ type }) => type === 'decisionTable') ?? views[0];
  if (wanted) await modeler.open(wanted);
}

/** What stands in a cell that is still being typed in is part of the table too. */
async function currentXml(modeler) {
  document.activeElement?.blur?.();
  await new Promise((next) => setTimeout(next));
  return notesForFile((await modeler.saveXML({ format: true })).xml);
}

function saveOnSubmit(form, modeler) {
  const field = form.querySelector('[data-nrm-xml]');
  let leaving = false;
  let sending = false;
  form.addEventListener('submit', async (event) => {
    if (sending || event.defaultPrevented) return;
    event.preventDefault();
    const { submitter } = event;
    field.value = await currentXml(modeler);
    leaving = true; // before sending: the question below may come at once
    sending = true;
    form.requestSubmit(submitter ?? undefined);
    sending = false;
  });
  window.addEventListener('beforeunload', (event) => {
    const undo = modeler.getActiveViewer()?.get('commandStack', false);
    if (!leaving && undo?.canUndo()) event.preventDefault();
  });
}

/** A button [data-nrm-check="/url"] posts the table as it stands; the answered fragment goes into [data-nrm-proof]. */
function checkOnDemand(form, modeler) {
  const button = form.querySelector('[data-nrm-check]');
  const place = document.querySelector('[data-nrm-proof]');
  if (!button || !place) return;
  button.addEventListener('click', async () => {
    button.setAttribute('aria-busy', 'true');
    try {
      const body = new FormData(form);
      body.set('xml', await currentXml(modeler));
      const answer = await post(button.dataset.nrmCheck, { body });
      if (!answer.ok) throw new Error(`The check answered ${answer.status}.`);
      const page = new DOMParser().parseFromString(ours(await answer.text()), 'text/html');
      place.replaceChildren(...page.body.childNodes);
      place.focus(); // the answer stands below the table: show it, and let it be read out
    } catch (error) {
      showFailure(place, error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
}
