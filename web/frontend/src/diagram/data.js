// Reads what a page gives a diagram: a data block in the page, or an address of our own server.

/** The parsed data block named by data-from, or what data-url answers (JSON, or plain BPMN XML). */
export async function readData(element) {
  if (element.dataset.from) {
    return JSON.parse(document.getElementById(element.dataset.from).textContent);
  }
  const answer = await fetch(element.dataset.url, {
    credentials: 'same-origin',
    headers: { Accept: 'application/json, application/xml' },
  });
  if (!answer.ok) throw new Error(`The diagram could not be read (${answer.status}).`);
  const type = answer.headers.get('Content-Type') ?? '';
  return type.includes('json') ? answer.json() : { xml: await answer.text() };
}

/** Looks a text up in the words the page gave, else English. */
export function makeTranslate(words = {}) {
  return (template, replacements = {}) =>
    (words[template] ?? template).replace(/{([^}]+)}/g, (_, key) => replacements[key] ?? `{${key}}`);
}

/** Says in the place of the diagram why there is none; the equal list beside it still works. */
export function showFailure(place, error) {
  const note = document.createElement('p');
  note.className = 'nrm-diagram-failure';
  note.setAttribute('role', 'alert');
  note.textContent = place.dataset.failed || 'The diagram cannot be shown. The list has the same content.';
  place.replaceChildren(note);
  console.warn(error.message);
}
