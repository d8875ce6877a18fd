// Questions that follow from answers appear while one answers: the server says which (it knows the conditions).
//
// <form data-nrm-live="/tasks/…/questions"> … <div data-nrm-questions>…</div>
import { ours } from './trusted.js';
import { post } from './words.js';

const DELAY = 150;

export function watchLiveForms(root = document) {
  for (const form of root.querySelectorAll('form[data-nrm-live]')) if (form.dataset.nrmLive) watch(form);
}

function watch(form) {
  const place = form.querySelector('[data-nrm-questions]');
  let timer;
  let asked = 0;
  form.addEventListener('change', (event) => {
    if (!place?.contains(event.target) || !event.target.matches('select, [type="radio"], [type="checkbox"]')) return;
    clearTimeout(timer);
    timer = setTimeout(look, DELAY);
  });

  async function look() {
    const mine = (asked += 1);
    try {
      const answer = await post(form.dataset.nrmLive, { body: withoutFiles(form) });
      if (!answer.ok || mine !== asked) return;
      const shown = document.createElement('div');
      shown.innerHTML = ours(await answer.text());
      if (shownNames(shown) !== shownNames(place)) swap(shown);
    } catch {
      // A poor connection: the form asks again when it is sent.
    }
  }

  /** Put the new questions in, with what was typed in the meantime, and leave the reader where they are. */
  function swap(shown) {
    const active = document.activeElement;
    const [id, start, end] = [active?.id, active?.selectionStart, active?.selectionEnd];
    for (const control of place.querySelectorAll('input[name], select[name], textarea[name]')) {
      if (control.type === 'hidden') continue;
      for (const other of shown.querySelectorAll(`[name="${CSS.escape(control.name)}"]`)) {
        if (other.type === 'radio' || other.type === 'checkbox') {
          if (other.value === control.value) other.checked = control.checked;
        } else if (other.type !== 'file') other.value = control.value;
        else if (control.type === 'file') other.replaceWith(control); // what was chosen cannot be copied
      }
    }
    place.replaceChildren(...shown.childNodes);
    const again = id && document.getElementById(id);
    if (!again || !place.contains(again)) return;
    again.focus({ preventScroll: true });
    if (typeof start === 'number') again.setSelectionRange?.(start, end);
  }
}

function shownNames(root) {
  return root.querySelector('[name="_shown"]')?.value ?? '';
}

function withoutFiles(form) {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  return body;
}
