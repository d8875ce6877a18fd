// Reads and writes our one extension element of a BPMN element, as undoable changes.
import { is, getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

/** The business object that carries the extension: a pool stands for its process. */
export function carrier(element) {
  const object = getBusinessObject(element);
  if (is(object, 'bpmn:Participant')) return object.processRef;
  if (is(object, 'bpmn:Collaboration')) return object.participants?.[0]?.processRef;
  return object;
}

export function findExtension(element, type) {
  return carrier(element)?.extensionElements?.values?.find((value) => is(value, type));
}

export function readAttribute(element, type, name) {
  return findExtension(element, type)?.get(name) ?? '';
}

/** Set attributes; an empty value takes the attribute away. */
export function writeAttributes(injector, element, type, values) {
  const modeling = injector.get('modeling');
  const factory = injector.get('bpmnFactory');
  const clean = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === '' ? undefined : value]),
  );
  const present = findExtension(element, type);
  if (present) {
    modeling.updateModdleProperties(element, present, clean);
    return;
  }
  const object = carrier(element);
  const ours = factory.create(type, clean);
  const holder = object.extensionElements;
  if (holder) {
    ours.$parent = holder;
    modeling.updateModdleProperties(element, holder, { values: [...(holder.values ?? []), ours] });
    return;
  }
  const made = factory.create('bpmn:ExtensionElements', { values: [ours] });
  made.$parent = object;
  ours.$parent = made;
  modeling.updateModdleProperties(element, object, { extensionElements: made });
}

/** Set the parameters of an action from pairs [name, value]. */
export function writeParams(injector, element, pairs) {
  const factory = injector.get('bpmnFactory');
  const params = pairs.map(([name, value]) => factory.create('nrm:Param', { name, value }));
  writeAttributes(injector, element, 'nrm:Action', { params });
  const action = findExtension(element, 'nrm:Action');
  for (const param of params) param.$parent = action;
}
