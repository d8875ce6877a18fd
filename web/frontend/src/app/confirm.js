// Asks once more before an act that is hard to take back.
//
// <button type="submit" data-nrm-confirm="Close this case?" data-yes="Close it" data-no="Not now">
import { word } from './words.js';

export function watchConfirmations() {
  document.addEventListener(
    'submit',
    (event) => {
      const form = event.target;
      const asker = event.submitter?.dataset?.nrmConfirm ? event.submitter : form;
      if (!asker.dataset?.nrmConfirm || form.dataset.confirmed === 'yes') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(asker).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = 'yes';
        form.requestSubmit(submitter ?? undefined);
        delete form.dataset.confirmed;
      });
    },
    { capture: true },
  );
}

function ask(asker) {
  const dialog = document.createElement('dialog');
  dialog.className = 'ds-dialog';
  dialog.setAttribute('aria-labelledby', 'nrm-confirm-question');
  const question = document.createElement('h2');
  question.className = 'ds-heading';
  question.id = 'nrm-confirm-question';
  question.textContent = asker.dataset.nrmConfirm;
  const yes = button(word(asker, 'yes', 'Yes'), 'primary', 'yes');
  const no = button(word(asker, 'no', 'No'), 'secondary', 'no');
  const row = document.createElement('form');
  row.method = 'dialog';
  row.className = 'nrm-buttons';
  row.append(no, yes);
  dialog.append(question, row);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(dialog.returnValue === 'yes');
    });
  });
}

function button(text, variant, value) {
  const element = document.createElement('button');
  element.className = 'ds-button';
  element.dataset.variant = variant;
  element.value = value;
  element.textContent = text;
  return element;
}
