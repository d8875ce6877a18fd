// A note stands beside its rule as an annotation, as DMN has it; dmn-js shows and writes a rule's description instead.
import { ours } from '../app/trusted.js';

/** The table for the editor: a rule's one annotation as its description. What cannot be read is left as it is. */
export function notesForEditor(xml) {
  return changed(xml, (rule) => {
    const [entry, more] = children(rule, 'annotationEntry');
    if (!entry || more || children(rule, 'description').length) return;
    const description = element(rule, 'description', entry.textContent.trim());
    entry.remove();
    if (description.textContent) rule.prepend(description);
  });
}

/** The table as it is kept: where it has one column for notes, each description is an annotation again. */
export function notesForFile(xml) {
  return changed(xml, (rule) => {
    const [column, more] = children(rule.parentNode, 'annotation');
    if (!column || more || children(rule, 'annotationEntry').length) return;
    const [description] = children(rule, 'description');
    const entry = element(rule, 'annotationEntry', '');
    entry.append(element(rule, 'text', description?.textContent ?? ''));
    description?.remove();
    rule.append(entry);
  });
}

function changed(xml, change) {
  const page = new DOMParser().parseFromString(ours(xml), 'application/xml');
  const root = page.documentElement;
  if (page.querySelector('parsererror')) return xml;
  for (const rule of page.getElementsByTagNameNS(root.namespaceURI, 'rule')) change(rule);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

function children(parent, name) {
  return [...parent.children].filter((child) => child.localName === name);
}

/** An element beside those of the rule, with their prefix. */
function element(rule, name, text) {
  const made = rule.ownerDocument.createElementNS(rule.namespaceURI, rule.prefix ? `${rule.prefix}:${name}` : name);
  made.textContent = text;
  return made;
}
