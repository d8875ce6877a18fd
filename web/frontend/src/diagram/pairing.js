// The picture and its equal list point at each other: [data-nrm-element="id"] anywhere on the page.

export function pairWithList(diagram, place) {
  const selection = diagram.get('selection');
  const registry = diagram.get('elementRegistry');
  const canvas = diagram.get('canvas');

  document.addEventListener('click', (event) => {
    const row = event.target.closest?.('[data-nrm-element]');
    const element = row && registry.get(row.dataset.nrmElement);
    if (!element) return;
    if (row.tagName === 'A') event.preventDefault();
    selection.select(element);
    canvas.scrollToElement(element, 120);
    place.scrollIntoView({ block: 'nearest' });
  });

  diagram.get('eventBus').on('selection.changed', ({ newSelection }) => {
    const ids = new Set(newSelection.map((element) => element.labelTarget?.id ?? element.id));
    for (const row of document.querySelectorAll('[data-nrm-element]')) {
      const on = ids.has(row.dataset.nrmElement);
      row.classList.toggle('nrm-is-selected', on);
      if (on) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
  });
}
