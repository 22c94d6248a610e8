import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  configFile: false,
  // The service may be behind a proxy that adds a path.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: '../../../dist/console',
    emptyOutDir: true,
    // The service has these below /console/.
    assetsDir: 'console',
    // Neither scripts nor images in the page: its policy allows files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
