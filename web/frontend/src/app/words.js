// Texts stand in the page, in its language; the fallback is English.
export function word(element, name, fallback) {
  return element.dataset[name] || fallback;
}

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? '';
}

/** A POST to our own server that carries the CSRF token and asks for a fragment or JSON. */
export function post(url, { body, accept = 'text/html', keepalive = false } = {}) {
  return fetch(url, {
    method: 'POST',
    body,
    keepalive,
    credentials: 'same-origin',
    redirect: 'error',
    headers: { 'X-CSRF-Token': csrfToken(), Accept: accept, 'X-Requested-With': 'nrm' },
  });
}
