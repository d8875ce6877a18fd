// Puts a text badge and a marker class on an element: never colour alone.

/** Add a badge; place is an overlay position such as { top: -12, right: 12 }. */
export function addBadge(diagram, elementId, { kind, text, title, position, layer }) {
  const element = diagram.get('elementRegistry').get(elementId);
  if (!element) return false;
  if (text) {
    const badge = document.createElement('div');
    badge.className = `nrm-badge nrm-badge-${kind}`;
    badge.textContent = text;
    badge.dir = 'auto';
    if (title) badge.title = title;
    const target = element.labelTarget ?? element;
    if (target.waypoints) position = { top: 0, left: 0 };
    diagram.get('overlays').add(element, layer, { position, html: badge });
  }
  diagram.get('canvas').addMarker(element, `nrm-is-${kind}`);
  return true;
}

/** Take all badges of a layer and the marker classes of the given kinds away again. */
export function clearBadges(diagram, layer, kinds) {
  diagram.get('overlays').remove({ type: layer });
  const canvas = diagram.get('canvas');
  diagram.get('elementRegistry').forEach((element) => {
    for (const kind of kinds) canvas.removeMarker(element, `nrm-is-${kind}`);
  });
}
