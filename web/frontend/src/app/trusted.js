// Where text becomes markup, browsers ask by what right (Trusted Types). Ours has one: it comes from our own server.
const policy = globalThis.trustedTypes?.createPolicy('nrm', { createHTML: (text) => text });

/** Text of our own server, or a file that is only read, as what a browser takes for markup. */
export function ours(text) {
  return policy ? policy.createHTML(text) : text;
}
