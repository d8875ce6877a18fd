// A page that came back with something to attend to begins there. The server says where.
//
// <div tabindex="-1" data-nrm-focus-now>…</div>
export function focusWhatMatters() {
  document.querySelector('[data-nrm-focus-now]')?.focus();
}
