// Shows the checker's findings on the elements they are about; the list beside has all of them.
import { addBadge, clearBadges } from '../diagram/badges.js';

const KINDS = ['stop', 'warning'];
const LAYER = 'nrm-finding';
const POSITION = { top: -14, left: -6 };

/** Draw findings: [{ code, severity: 'stop'|'warning', message, element }]. */
export function showFindings(modeler, findings, translate) {
  clearBadges(modeler, LAYER, KINDS);
  for (const [element, own] of grouped(findings)) {
    const kind = own.some(({ severity }) => severity === 'stop') ? 'stop' : 'warning';
    const name = translate(kind === 'stop' ? 'Must be mended' : 'Look at this');
    addBadge(modeler, element, {
      kind,
      text: own.length > 1 ? `${name} (${own.length})` : name,
      title: own.map(({ message }) => message).join('\n'),
      position: POSITION,
      layer: LAYER,
    });
  }
}

/** Rewrite the list in [data-nrm-findings]; the server wrote the first one in the same shape. */
export function listFindings(place, findings, translate) {
  if (!findings.length) {
    const fine = document.createElement('p');
    fine.textContent = place.dataset.none || translate('Nothing to mend.');
    place.replaceChildren(fine);
    return;
  }
  const list = document.createElement('ul');
  list.className = 'nrm-findings';
  for (const { severity, message, element } of findings) list.append(row(severity, message, element, translate));
  place.replaceChildren(list);
}

function row(severity, message, element, translate) {
  const item = document.createElement('li');
  item.dataset.severity = severity;
  const label = document.createElement('strong');
  label.textContent = `${translate(severity === 'stop' ? 'Must be mended' : 'Look at this')}: `;
  item.append(label, message);
  if (element) {
    const show = document.createElement('button');
    show.type = 'button';
    show.className = 'ds-button';
    show.dataset.variant = 'tertiary';
    show.dataset.size = 'sm';
    show.dataset.nrmElement = element;
    show.textContent = translate('Show');
    item.append(' ', show);
  }
  return item;
}

function grouped(findings) {
  const byElement = new Map();
  for (const finding of findings) {
    if (!finding.element) continue;
    byElement.set(finding.element, [...(byElement.get(finding.element) ?? []), finding]);
  }
  return byElement;
}
