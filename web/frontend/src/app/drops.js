// A menu that was opened closes again on a press elsewhere or on Escape.
export function watchDrops() {
  document.addEventListener('click', (event) => {
    for (const drop of document.querySelectorAll('details[data-nrm-drop][open]')) {
      if (!drop.contains(event.target)) drop.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    const drop = event.key === 'Escape' && document.querySelector('details[data-nrm-drop][open]');
    if (!drop) return;
    drop.open = false;
    drop.querySelector('summary').focus();
  });
}
