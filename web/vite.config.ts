import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { words } from './words_plugin.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './', // dist/ works from any sub-path of any host
  plugins: [words()],
  resolve: {
    // What `./mmscope build` made before: the engine's halves, the one for captures, and the two typefaces of the picture.
    alias: [
      { find: /^#engine$/, replacement: here('../build/wasm/engine.mjs') },
      { find: /^#engine_first\.wasm/, replacement: here('../build/wasm/engine_first.wasm') },
      { find: /^#engine_rest\.wasm/, replacement: here('../build/wasm/engine_rest.wasm') },
      { find: /^#captures$/, replacement: here('../build/wasm/captures.mjs') },
      { find: /^#captures\.wasm/, replacement: here('../build/wasm/captures.wasm') },
      { find: /^#fonts\//, replacement: here('../build/fonts/') },
    ],
  },
  build: {
    outDir: here('../dist'),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 120_000, // a hang still ends; a slow machine is no failure
  },
});
