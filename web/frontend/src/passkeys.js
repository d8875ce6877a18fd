// Forms that a passkey fills in: the browser is asked when the button is pressed, and its answer is sent as text.

const ask = {
  create: (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  get: (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};

const able = 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

for (const form of document.querySelectorAll('form[data-nrm-passkey]')) {
  if (!able) continue;
  form.querySelector('[data-nrm-passkey-none]').hidden = true;
  form.addEventListener('submit', async (event) => {
    const field = form.elements.namedItem('passkey');
    if (field.value) return; // the answer is there: it goes as any form does
    event.preventDefault();
    event.stopImmediatePropagation(); // nothing is sent yet
    const failed = form.querySelector('[data-nrm-passkey-failed]');
    failed.hidden = true;
    try {
      const made = await ask[form.dataset.nrmPasskey](JSON.parse(form.dataset.options));
      field.value = JSON.stringify(made.toJSON());
      form.requestSubmit();
    } catch {
      failed.hidden = false; // closed, too late, or no such passkey here
    }
  }, { capture: true });
}
