// Builds the bundles that pages load by name through dist/.vite/manifest.json.
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: '/static/dist/', // must equal the path Flask serves, or the icon fonts are not found
  publicDir: false,
  build: {
    outDir: here('../nrm_web/static/dist'),
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // a data: font would need a wider content security policy
    modulePreload: { polyfill: false }, // no inline script
    sourcemap: false,
    chunkSizeWarningLimit: 2500, // the editor and the API page are for desks only
    rolldownOptions: {
      input: {
        app: here('src/app.js'),
        viewer: here('src/viewer.js'),
        editor: here('src/editor.js'),
        apidocs: here('src/apidocs.js'),
      },
    },
  },
});
