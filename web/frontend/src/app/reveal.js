// Identity and contact open on press, which is an act the server records, and hide again by themselves.
//
// <form method="post" action="/cases/…/reveal/identity" data-nrm-reveal data-target="identity" data-hide-after="60">
//   <button type="submit" aria-expanded="false" aria-controls="identity" data-show="Show" data-hide="Hide">Show</button>
// </form>
// <div id="identity" hidden></div>
import { ours } from './trusted.js';
import { post, word } from './words.js';

export function watchReveals(root = document) {
  for (const form of root.querySelectorAll('form[data-nrm-reveal]')) watch(form);
}

function watch(form) {
  const target = document.getElementById(form.dataset.target);
  const button = form.querySelector('button[type="submit"]');
  if (!target || !button) return;
  let timer;

  const label = (name, fallback) => {
    button.setAttribute('aria-expanded', String(name === 'hide'));
    (button.querySelector('[data-label]') ?? button).textContent = word(button, name, fallback);
  };
  function hide() {
    clearTimeout(timer);
    target.replaceChildren();
    target.hidden = true;
    label('show', 'Show');
  }
  async function show() {
    const answer = await post(form.getAttribute('action'), { body: new FormData(form) });
    if (!answer.ok) return form.submit(); // the whole page says why not
    target.innerHTML = ours(await answer.text());
    target.hidden = false;
    label('hide', 'Hide');
    timer = setTimeout(hide, (Number(form.dataset.hideAfter) || 60) * 1000);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (target.hidden) show().catch(() => form.submit());
    else hide();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && !target.hidden) hide();
  });
}
