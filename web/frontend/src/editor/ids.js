// Ids a person can read: a step drawn here gets one from its name when the diagram is saved.
import { is } from 'bpmn-js/lib/util/ModelUtil';

const MADE = /^(Activity|Event|Gateway|Flow|Lane|Participant|TextAnnotation|Association)_[0-9a-z]{7}$/;
const LONGEST = 40;

/** Rename what still has the id the drawing tool made up. Ids appear in histories and never change after. */
export function makeIdsReadable(modeler) {
  const registry = modeler.get('elementRegistry');
  const modeling = modeler.get('modeling');
  const drawn = registry.filter((element) => element.businessObject && !element.labelTarget);
  // Steps first: a flow is called after the steps it connects.
  for (const element of [...drawn.filter(isNode), ...drawn.filter((one) => !isNode(one))]) {
    if (!MADE.test(element.id)) continue;
    const wanted = slug(nameOf(element));
    if (wanted) modeling.updateProperties(element, { id: free(wanted, registry) });
  }
}

const isNode = (element) => !is(element, 'bpmn:SequenceFlow');

function nameOf({ businessObject }) {
  if (!is(businessObject, 'bpmn:SequenceFlow')) return businessObject.name;
  return `${businessObject.sourceRef.id} to ${businessObject.targetRef.id}`;
}

function slug(name = '') {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return plain.replace(/^[^a-z]+/, '').slice(0, LONGEST).replace(/_+$/, '');
}

function free(wanted, registry) {
  let found = wanted;
  for (let number = 2; registry.get(found); number += 1) found = `${wanted}_${number}`;
  return found;
}
