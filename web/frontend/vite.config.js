// Builds the bundles that pages load by name through dist/.vite/manifest.json.
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The panel's container has its height inline, which a strict policy drops and reports; editor.css sets it. */
const noInlineStyle = {
  name: 'nrm-no-inline-style',
  transform(code, id) {
    if (!id.includes('bpmn-js-properties-panel/dist/index.esm.js')) return null;
    const inline = '<div style="height: 100%" ';
    if (!code.includes(inline)) throw new Error('bpmn-js-properties-panel has changed: look at noInlineStyle again');
    return { code: code.replaceAll(inline, '<div '), map: null };
  },
};

/** FEEL cells style themselves with sheets of their own, which the policy lets a script make but not write out. */
const constructedStyle = {
  name: 'nrm-constructed-style',
  transform(code, id) {
    if (!id.includes('/style-mod/src/')) return null;
    const documents = '!root.head && root.adoptedStyleSheets';
    if (!code.includes(documents)) throw new Error('style-mod has changed: look at constructedStyle again');
    return { code: code.replace(documents, 'root.adoptedStyleSheets'), map: null };
  },
};

export default defineConfig({
  plugins: [noInlineStyle, constructedStyle],
  base: '/static/dist/', // must equal the path Flask serves, or the icon fonts are not found
  publicDir: false,
  build: {
    outDir: here('../nrm_web/static/dist'),
    emptyOutDir: true,
    manifest: true,
    license: { fileName: 'licences.md' }, // what the bundles contain travels with them
    assetsInlineLimit: 0, // a data: font would need a wider content security policy
    modulePreload: { polyfill: false }, // no inline script
    sourcemap: false,
    chunkSizeWarningLimit: 2500, // the editor and the API page are for desks only
    rolldownOptions: {
      input: {
        app: here('src/app.js'),
        viewer: here('src/viewer.js'),
        editor: here('src/editor.js'),
        tables: here('src/tables.js'),
        passkeys: here('src/passkeys.js'),
        apidocs: here('src/apidocs.js'),
      },
    },
  },
});
