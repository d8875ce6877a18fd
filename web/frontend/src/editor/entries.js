// The fields of the panel. Components stand at module level: one made inside getGroups() is a new component
// after each change, its field is mounted afresh, and what was just typed is silently lost.
import {
  CheckboxEntry,
  SelectEntry,
  TextAreaEntry,
  TextFieldEntry,
  isCheckboxEntryEdited,
  isSelectEntryEdited,
  isTextAreaEntryEdited,
  isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';
import { useService } from 'bpmn-js-properties-panel';
import { findExtension, readAttribute, writeAttributes, writeParams } from './extension.js';
import { GROUPS } from './groups.js';

function useField({ element, of, field, id }) {
  const translate = useService('translate');
  return {
    element,
    id,
    label: translate(field.label),
    description: field.help && translate(field.help),
    debounce: useService('debounceInput'),
    getValue: () => readAttribute(element, of, field.name),
    injector: useService('injector'),
    translate,
  };
}

function TextField(props) {
  const entry = useField(props);
  const { element, of, field } = props;
  const setValue = (value) => writeAttributes(entry.injector, element, of, { [field.name]: value ?? '' });
  return TextFieldEntry({ ...entry, setValue });
}

function FlagField(props) {
  const entry = useField(props);
  const { element, of, field } = props;
  const getValue = () => readAttribute(element, of, field.name) === 'true';
  const setValue = (on) => writeAttributes(entry.injector, element, of, { [field.name]: on ? 'true' : '' });
  return CheckboxEntry({ ...entry, getValue, setValue });
}

/** A choice among what the server offered; a value it did not offer stays, and says so. */
function ChoiceField(props) {
  const entry = useField(props);
  const { element, of, field } = props;
  const offered = useService('nrmChoices')[field.from];
  const setValue = (value) => writeAttributes(entry.injector, element, of, { [field.name]: value ?? '' });
  if (!offered) return TextFieldEntry({ ...entry, setValue });
  return SelectEntry({ ...entry, setValue, getOptions: () => options(offered, entry.getValue(), entry.translate) });
}

function CalledField(props) {
  const entry = useField(props);
  const { element, field } = props;
  const offered = useService('nrmChoices')[field.from];
  const getValue = () => element.businessObject.get('calledElement') ?? '';
  const setValue = (value) =>
    entry.injector.get('modeling').updateProperties(element, { calledElement: value || undefined });
  if (!offered) return TextFieldEntry({ ...entry, getValue, setValue });
  return SelectEntry({ ...entry, getValue, setValue, getOptions: () => options(offered, getValue(), entry.translate) });
}

function ParamsField(props) {
  const entry = useField(props);
  const { element } = props;
  const getValue = () =>
    (findExtension(element, 'nrm:Action')?.get('params') ?? [])
      .map((param) => `${param.name} = ${param.value ?? ''}`)
      .join('\n');
  const setValue = (value) => {
    const pairs = (value ?? '')
      .split('\n')
      .map((line) => line.split(/=(.*)/s).map((part) => part.trim()))
      .filter(([name]) => name)
      .map(([name, given]) => [name, given ?? '']);
    writeParams(entry.injector, element, pairs);
  };
  return TextAreaEntry({ ...entry, rows: 3, monospace: true, getValue, setValue });
}

function ConditionField(props) {
  const entry = useField(props);
  const { element } = props;
  const getValue = () => element.businessObject.conditionExpression?.body ?? '';
  const setValue = (value) => {
    const body = (value ?? '').trim();
    const factory = entry.injector.get('bpmnFactory');
    entry.injector.get('modeling').updateProperties(element, {
      conditionExpression: body ? factory.create('bpmn:FormalExpression', { body }) : undefined,
    });
  };
  return TextAreaEntry({ ...entry, rows: 2, monospace: true, getValue, setValue });
}

function DefaultField(props) {
  const entry = useField(props);
  const { element } = props;
  const flow = element.businessObject;
  const getValue = () => flow.sourceRef.default === flow;
  const setValue = (on) =>
    entry.injector.get('modeling').updateProperties(element.source, { default: on ? flow : undefined });
  return CheckboxEntry({ ...entry, getValue, setValue });
}

function options(offered, current, translate) {
  const rows = offered.map(({ id, title }) => ({ value: id, label: title && title !== id ? `${title} (${id})` : id }));
  if (current && !offered.some(({ id }) => id === current)) {
    rows.push({ value: current, label: `${current} (${translate('not known')})` });
  }
  return [{ value: '', label: translate('(none)') }, ...rows];
}

const KINDS = {
  text: [TextField, isTextFieldEntryEdited],
  flag: [FlagField, isCheckboxEntryEdited],
  choice: [ChoiceField, isSelectEntryEdited],
  called: [CalledField, isSelectEntryEdited],
  params: [ParamsField, isTextAreaEntryEdited],
  condition: [ConditionField, isTextAreaEntryEdited],
  default: [DefaultField, isCheckboxEntryEdited],
};

/** Our groups for an element, in the shape the panel asks for. */
export function groupsFor(element, translate) {
  return GROUPS.filter((group) => group.on(element)).map((group) => ({
    id: group.id,
    label: translate(group.label),
    shouldOpen: true,
    entries: group.fields.map((field) => {
      const [component, isEdited] = KINDS[field.kind];
      return { id: `${group.id}-${field.name}`, component, isEdited, of: group.of, field };
    }),
  }));
}
