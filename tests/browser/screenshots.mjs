// Draws the site as people see it: `./mmscope screenshots DIR`. Desktop, 2x and phone; dark and light; a real machine
// imported, the lesson open, Simplified Chinese.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atRest, fixtures, openPage, openSite, status } from './site.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('screenshots.mjs wants a folder to draw into');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

const desktop = { viewport: { width: 1440, height: 900 } };
const large = { viewport: { width: 1920, height: 1080 }, deviceScaleFactor: 2 };
const tablet = { viewport: { width: 1000, height: 720 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const lesson = '#l=buddy-256-of-1024';

const pictures = [
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }, ''],
  ['desktop-light', { ...desktop, colorScheme: 'light' }, ''],
  ['selected-dark', { ...desktop, colorScheme: 'dark' }, '', (page) => selectLast(page)], // the README's
  ['large-dark', { ...large, colorScheme: 'dark' }, '#x=fragmentation'],
  ['large-light', { ...large, colorScheme: 'light' }, '#x=two-nodes'],
  ['tablet-dark', { ...tablet, colorScheme: 'dark' }, ''],
  ['phone-dark', { ...phone, colorScheme: 'dark' }, ''],
  ['phone-light', { ...phone, colorScheme: 'light' }, ''],
  ['phone-words', { ...phone, colorScheme: 'light' }, `${lesson}/split`],
  ['phone-table', { ...phone, colorScheme: 'dark' }, '', (page) => page.click('.views [data-view="table"]')],
  ['lesson-light', { ...desktop, colorScheme: 'light' }, `${lesson}/whole-again`],
  ['lesson-zh-Hans', { ...desktop, colorScheme: 'dark', locale: 'zh-CN' }, `${lesson}/order-9`],
  ['table-zh-Hans', { ...desktop, colorScheme: 'light', locale: 'zh-CN' }, '', (page) => page.click('#tab-table')],
  ['split-step', { ...desktop, colorScheme: 'dark' }, '#x=split-and-merge', (page) => split(page)],
  ['error-light', { ...desktop, colorScheme: 'light' }, '', (page) => fault(page)],
  ['imported-dark', { ...desktop, colorScheme: 'dark' }, '', (page) => importMachine(page, 'amd64-6.12-1G')],
  ['imported-32bit-light', { ...desktop, colorScheme: 'light' }, '', (page) => importMachine(page, 'i386-686-1G')],
  ['cpu-lists-dark', { ...desktop, colorScheme: 'dark' }, '', (page) => bringToFront(page, 120)],
  ['ask-light', { ...desktop, colorScheme: 'light' }, '#x=fragmentation', (page) => bringToFront(page, 220)],
  ['pageblocks-dark', { ...desktop, colorScheme: 'dark' }, '#x=pageblock-changes-hands', (page) => tap(page, 645, 428)],
  ['phone-cpu-lists', { ...phone, colorScheme: 'light' }, '#x=two-nodes', (page) => tap(page, 76, 393)],
  ['phone-ask', { ...phone, colorScheme: 'dark' }, '', (page) => tap(page, 123, 393)],
  ['ask-table', { ...desktop, colorScheme: 'dark' }, '', (page) => openAsked(page)],
  ['share-dark', { ...desktop, colorScheme: 'dark' }, '', (page) => page.click('[data-control="share"]')],
  ['help-light', { ...desktop, colorScheme: 'light' }, '', (page) => page.click('[data-control="help"]')],
];

async function selectLast(page) {
  await page.locator('.log-lines button').first().click();
  await page.mouse.move(0, 0);
}

async function split(page) {
  await page.click('[data-control="reset"]');
  await atRest(page);
  await page.click('[data-control="step"]');
  await atRest(page);
}

/** A tab of the lists' panel, whose title bar begins this far above the foot of the canvas on a desktop. */
async function bringToFront(page, across) {
  const { x, y, height } = await page.locator('#picture').boundingBox();
  await page.mouse.click(x + across, y + height - 252);
}

/** A place of the canvas, in CSS pixels from its upper left corner. */
async function tap(page, across, down) {
  const { x, y } = await page.locator('#picture').boundingBox();
  await page.mouse.click(x + across, y + down);
}

async function openAsked(page) {
  await page.click('#tab-table');
  await page.click('details.ask summary');
  await page.locator('.asked').scrollIntoViewIfNeeded();
}

async function fault(page) {
  await page.fill('#script', '#!mm 1\nmachine x86_64 { ram = 1G }\na = alloc_page5(GFP_KERNEL, 8)\n');
  await page.click('[data-control="run"]');
}

async function importMachine(page, machine) {
  if (!existsSync(fixtures)) {
    console.log(`  ${machine} left out: no captures in ${fixtures}`);
    return;
  }
  const text = ['zoneinfo', 'buddyinfo', 'pagetypeinfo'].map((file) =>
    readFileSync(join(fixtures, machine, file), 'utf8'),
  );
  await page.click('#tab-import');
  await page.fill('.paste', text.join(''));
  await page.locator('.import [data-t="ui.import.read"]').click();
  await page.waitForFunction(() => window.mmscope.engine.status().machine.imported);
  await page.click('#tab-table');
}

const site = await openSite();
for (const [name, context, hash, prepare] of pictures) {
  const page = await openPage(site, { ...context, path: hash });
  await prepare?.(page);
  await atRest(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  const { step, summary } = await status(page);
  console.log(`${name}.png  step ${step}, ${summary.key}${page.errors.length > 0 ? `  ERRORS ${page.errors}` : ''}`);
  await page.context().close();
}
await site.close();
