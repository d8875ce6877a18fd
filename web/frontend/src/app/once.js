// A slow connection invites a second press: a form is sent once. The server is safe against it anyway.
export function watchSubmissions() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute('method')?.toLowerCase() !== 'post') return;
    if (form.dataset.sent === 'yes') {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    event.submitter?.setAttribute('aria-busy', 'true');
    setTimeout(() => { // a download or a refused navigation leaves the page where it is
      delete form.dataset.sent;
      event.submitter?.removeAttribute('aria-busy');
    }, 4000);
  });
}
