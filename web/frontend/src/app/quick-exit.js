// Leaves the page at once, for a neutral one, and empties what stays behind. Escape pressed twice does it too.
//
// <a href="https://…neutral page…" data-nrm-quick-exit data-sign-out="/sign-out" rel="noreferrer">Leave this page</a>
import { csrfToken } from './words.js';

export function watchQuickExit() {
  const link = document.querySelector('[data-nrm-quick-exit]');
  if (link) watch(link);
  // A page taken from the browser's back-forward cache may show what a signed-out session must not.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) window.location.reload();
  });
}

function watch(link) {
  const leave = () => {
    document.body.replaceChildren();
    document.title = '';
    if (link.dataset.signOut) {
      const body = new FormData();
      body.append('csrf_token', csrfToken());
      navigator.sendBeacon(link.dataset.signOut, body);
    }
    window.location.replace(link.href);
  };
  link.addEventListener('click', (event) => {
    event.preventDefault();
    leave();
  });
  let presses = [];
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') {
      presses = [];
      return;
    }
    presses = [...presses.slice(-1), event.timeStamp];
    if (presses.length === 2 && presses[1] - presses[0] < 600) leave();
  });
}
