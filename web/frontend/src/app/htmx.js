// htmx under the strict policy: no eval, no inline styles, and nothing of a page kept in the browser's store.
import htmx from 'htmx.org/dist/htmx.esm.js';
import { csrfToken } from './words.js';

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0, // pages hold case data; shared phones keep none of it
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '422', swap: true }, // a form that came back with its errors
    { code: '409', swap: true }, // what the other person did in the meantime
    { code: '...', swap: false, error: true },
  ],
});

// htmx notes the page's address for its history, which is off here: it may hold a case's code.
window.sessionStorage.removeItem('htmx-current-path-for-history');

document.addEventListener('htmx:configRequest', (event) => {
  event.detail.headers['X-CSRF-Token'] = csrfToken();
});

// A swap must not lose the reader's place: a fragment may name what to focus.
document.addEventListener('htmx:afterSwap', (event) => {
  event.detail.target.querySelector?.('[data-nrm-focus]')?.focus();
});

// A session that ended answers 401: go where a full request would have gone.
document.addEventListener('htmx:responseError', (event) => {
  if (event.detail.xhr.status === 401) window.location.reload();
});
