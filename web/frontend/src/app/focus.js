// A page that came back with something to attend to begins there, the server says where; and of a row that is wider
// than the window, the part one is at comes into view.
//
// <div tabindex="-1" data-nrm-focus-now>…</div>
export function focusWhatMatters() {
  for (const here of document.querySelectorAll(':is(.nrm-tabs, .nrm-runs) [aria-current]')) {
    const row = here.closest('ul');
    row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left
      - (row.clientWidth - here.offsetWidth) / 2;
  }
  document.querySelector('[data-nrm-focus-now]')?.focus();
}
