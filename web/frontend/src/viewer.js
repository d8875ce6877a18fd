// Shows a process and where its steps stand. See README.md for what a page gives it.
import './diagram/diagram.css';
import './diagram/libraries.js';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import nrmModdle from './nrm-moddle.json';
import { addBadge } from './diagram/badges.js';
import { makeTranslate, readData, showFailure } from './diagram/data.js';
import { pairWithList } from './diagram/pairing.js';
import { addToolbar, fit } from './diagram/toolbar.js';

// Above the element: what hangs on a task's lower edge stays to be seen.
const ON_TASK = { top: -13, left: 8 };
const ON_SMALL = { top: -15, right: 10 };
const SMALL = 60;
const READABLE = 0.6;
/** Where work is going on, or, of two versions beside each other, what differs. */
const WORTH_SEEING = ['overdue', 'active', 'incident', 'added', 'withdrawn', 'changed'];

for (const place of document.querySelectorAll('[data-nrm-viewer]')) {
  show(place).catch((error) => showFailure(place, error));
}

async function show(place) {
  const data = await readData(place);
  const translate = makeTranslate(data.words);
  const canvas = document.createElement('div');
  canvas.className = 'nrm-diagram';
  place.replaceChildren(canvas);
  const diagram = new NavigatedViewer({
    container: canvas,
    moddleExtensions: { nrm: nrmModdle },
    additionalModules: [{ translate: ['value', translate] }],
  });
  await diagram.importXML(data.xml);
  for (const mark of data.marks ?? []) putMark(diagram, mark);
  open(diagram, data);
  addToolbar(diagram, canvas, translate);
  pairWithList(diagram, place);
  if (data.select) diagram.get('selection').select(diagram.get('elementRegistry').get(data.select));
  place.dataset.ready = 'yes';
}

function putMark(diagram, { element, state, text, title }) {
  const small = diagram.get('elementRegistry').get(element)?.width <= SMALL;
  addBadge(diagram, element, {
    kind: state,
    text,
    title,
    position: small ? ON_SMALL : ON_TASK,
    layer: 'nrm-mark',
  });
}

/** Show all of it, or, where that could not be read, the place where work is going on. */
function open(diagram, { marks = [], select }) {
  const canvas = diagram.get('canvas');
  fit(canvas);
  if (canvas.zoom() >= READABLE) return;
  const registry = diagram.get('elementRegistry');
  const going = marks.find(({ state }) => WORTH_SEEING.includes(state));
  const place = registry.get(select ?? going?.element) ?? registry.find(({ type }) => type === 'bpmn:StartEvent');
  canvas.zoom(READABLE);
  if (place) canvas.scrollToElement(place, 80);
}
