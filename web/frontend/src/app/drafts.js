// Saves a half-filled form on the server. Nothing is kept in the browser: phones are shared.
//
// <form data-nrm-draft="/tasks/…/draft" data-every="20">
//   <button type="submit" name="action" value="draft" formnovalidate>Save draft</button>   (works without script)
//   <p role="status" data-nrm-draft-status data-saving="Saving…" data-saved="Saved" data-failed="Not saved"></p>
import { post, word } from './words.js';

const MIN_SECONDS = 5;

export function watchDrafts(root = document) {
  for (const form of root.querySelectorAll('form[data-nrm-draft]')) watch(form);
}

function watch(form) {
  const status = form.querySelector('[data-nrm-draft-status]');
  const every = Math.max(Number(form.dataset.every) || 20, MIN_SECONDS) * 1000;
  let dirty = false;
  let stopped = false;
  let timer;

  const say = (name, fallback) => {
    if (status) {
      status.textContent = word(status, name, fallback);
      status.dataset.state = name;
    }
  };

  async function save({ keepalive = false } = {}) {
    clearTimeout(timer);
    timer = undefined;
    if (!dirty || stopped) return;
    dirty = false;
    say('saving', 'Saving…');
    try {
      const body = new FormData(form);
      for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
      const answer = await post(form.dataset.nrmDraft, { body, accept: 'application/json', keepalive });
      if (answer.ok) return say('saved', 'Draft saved');
      if (answer.status === 409 || answer.status === 404) {
        stopped = true; // someone finished the task: what is typed stays on the page
        return say('stale', 'This task has changed. Your text is still here; it was not saved.');
      }
      if (answer.status === 401) return say('signedout', 'You are signed out. Sign in in another tab, then save.');
      dirty = true;
    } catch {
      dirty = true; // a poor connection: tried again with the next change or in a while
    }
    say('failed', 'Not saved yet. It will be tried again.');
    timer = setTimeout(save, every);
  }

  form.addEventListener('input', () => {
    dirty = true;
    timer ??= setTimeout(save, every);
  });
  form.addEventListener('nrm:save-draft', () => save());
  form.addEventListener('submit', () => {
    stopped = true;
    clearTimeout(timer);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save({ keepalive: true });
  });
}
