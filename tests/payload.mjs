// The payload gate: all that the built page loads until its first picture stands is at most 259 kB of brotli
// (0.85x the Dear ImGui demo). Chromium opens dist/ in each language, and what it asked for is compressed and added up.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { serve } from '../web/serve.mjs';

const most = 259_000;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))('playwright-core');

const site = await serve(dist);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
const complaints = [];
for (const locale of ['en-US', 'zh-CN', 'zh-TW']) {
  const files = await filesLoaded(locale);
  const sizes = await Promise.all(files.map(async (file) => [await brotliSize(file), file]));
  const total = sizes.reduce((sum, [size]) => sum + size, 0);
  console.log(`${locale}: ${total} bytes in ${files.length} files`);
  for (const [size, file] of sizes.sort((a, b) => b[0] - a[0])) {
    console.log(`  ${String(size).padStart(7)}  ${file}`);
  }
  if (total > most) {
    complaints.push(`${locale}: ${total} bytes are more than ${most}`);
  }
  if (files.filter((file) => file.endsWith('.wasm')).length !== 1) {
    complaints.push(`${locale}: the first picture wants the engine's first half, and nothing else (src/api/later.txt)`);
  }
}
await browser.close();
site.close();
console.log(complaints.join('\n') || `within ${most} bytes`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** The files under dist/ that the page asks for in this language, until its picture stands still. */
async function filesLoaded(locale) {
  const page = await browser.newPage({ locale });
  const files = new Set();
  page.on('request', (request) => {
    const address = request.url();
    if (address.startsWith(site.address)) {
      const path = new URL(address).pathname.slice(1);
      files.add(path === '' ? 'index.html' : path);
    } else if (!/^(data|blob):/.test(address)) {
      complaints.push(`${locale}: the page asked another host for ${address}`);
    }
  });
  page.on('response', (response) => {
    if (!response.ok()) {
      complaints.push(`${locale}: ${response.url()} answered ${response.status()}`);
    }
  });
  await page.goto(site.address);
  await page.evaluate(async () => {
    await window.mmscope.ready;
    await window.mmscope.idle();
  });
  await page.close();
  return [...files];
}

async function brotliSize(file) {
  return brotliCompressSync(await readFile(join(dist, file))).length; // quality 11 is Node's default
}
