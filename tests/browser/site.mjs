// What every browser test begins with: the built site behind a sub-path of a bare static server, and a real Chromium.
import { readFileSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../../web/serve.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const dist = process.env.MMSCOPE_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
export const languages = ['en', 'zh-Hans', 'zh-Hant'];

/** The words of a language, and what the lessons were compiled to. */
export const catalogue = (language) => json(`locales/${language}`);
export const compiled = (name) => json(`generated/${name}`);
const json = (name) => JSON.parse(readFileSync(new URL(`../../web/${name}.json`, import.meta.url), 'utf8'));

export const fixtures = fileURLToPath(new URL('../../../shared/fixtures/kernels/', import.meta.url));

/** A site and a browser, and `close` for both. */
export async function openSite() {
  await access(join(dist, 'index.html')); // ./mmscope build makes it
  const server = await serve(dist, { prefix: '/a/sub/path/' });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
      '--disable-background-networking',
      '--no-first-run',
    ],
  });
  return {
    address: server.address,
    browser,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

// Without motion, and small: pictures are drawn by the processor here.
const usual = { locale: 'en-US', viewport: { width: 1200, height: 720 }, reducedMotion: 'reduce' };

// How long anything may take before a test gives up: machines are shared, and slow ones fail nobody.
const slowest = 180_000;

/** A page of a fresh profile, with `errors` that any test may look at, opened and at rest. */
export async function openPage(site, { path = '?testing=1', ...context } = {}) {
  const profile = await site.browser.newContext({ ...usual, ...context });
  profile.setDefaultTimeout(slowest);
  const page = await profile.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') {
      page.errors.push(message.text());
    }
  });
  await page.goto(site.address + path);
  await atRest(page);
  return page;
}

/** The page has opened what it was asked for, and nothing runs or moves. */
export async function atRest(page) {
  await page.waitForFunction(() => window.mmscope);
  await page.evaluate(async () => {
    await window.mmscope.ready;
    await window.mmscope.idle();
  });
}

export const status = (page) => page.evaluate(() => window.mmscope.engine.status());

/** A button of the bar: run, back, step, reset, share, help. */
export async function press(page, control) {
  await page.click(`[data-control="${control}"]`);
  await atRest(page);
}

/** Writes a script into the editor, as a person would. */
export async function write(page, script) {
  await page.click('#tab-script');
  await page.fill('#script', script);
}

export const axeSource = () => readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
