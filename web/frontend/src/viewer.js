// Shows a process and where its steps stand. See README.md for what a page gives it.
import './diagram/diagram.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import nrmModdle from './nrm-moddle.json';
import { addBadge } from './diagram/badges.js';
import { makeTranslate, readData, showFailure } from './diagram/data.js';
import { pairWithList } from './diagram/pairing.js';
import { addToolbar, fit } from './diagram/toolbar.js';

const POSITION = { bottom: 10, left: 8 };

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
  for (const mark of data.marks ?? []) {
    addBadge(diagram, mark.element, {
      kind: mark.state,
      text: mark.text,
      title: mark.title,
      position: POSITION,
      layer: 'nrm-mark',
    });
  }
  fit(diagram.get('canvas'));
  addToolbar(diagram, canvas, translate);
  pairWithList(diagram, place);
  if (data.select) diagram.get('selection').select(diagram.get('elementRegistry').get(data.select));
  place.dataset.ready = 'yes';
}
