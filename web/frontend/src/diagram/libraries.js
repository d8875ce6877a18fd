// The libraries of the editors write templates of theirs as markup. Whatever they write is cleaned of what could run,
// and of inline style, which the policy drops (and would report a second time).
import DOMPurify from 'dompurify';

globalThis.trustedTypes?.createPolicy('default', {
  createHTML: (text) => DOMPurify.sanitize(text, {
    ADD_ATTR: ['contenteditable', 'draggable', 'spellcheck'], FORBID_ATTR: ['style'],
  }),
});
