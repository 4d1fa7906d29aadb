// Real machines, dropped on the page: what /proc printed comes back with the same numbers.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { atRest, fixtures, openPage, openSite, status } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const machines = ['amd64-6.12-1G', 'i386-686-1G'];
const skip = existsSync(fixtures) ? false : `the captures in ${fixtures} are not here`;
const read = (machine, file) => readFileSync(`${fixtures}${machine}/${file}`, 'utf8');
const numbers = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '));

/** Drops files on the page, as the browser would tell it. */
async function drop(page, files) {
  await page.evaluate((list) => {
    const data = new DataTransfer();
    for (const [name, text] of list) {
      data.items.add(new File([text], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, files);
}

const imported = (page) => page.waitForFunction(() => window.mmscope.engine.status().machine.imported);
const proc = (page, name) => page.evaluate((file) => window.mmscope.engine.procText(file), name);

describe('the files of a real machine', { skip }, () => {
  for (const machine of machines) {
    test(`${machine}, dropped together, print the same counts`, async () => {
      const page = await openPage(site);
      await drop(
        page,
        ['zoneinfo', 'buddyinfo', 'pagetypeinfo'].map((file) => [file, read(machine, file)]),
      );
      await imported(page);
      await atRest(page);
      assert.deepEqual(numbers(await proc(page, 'buddyinfo')), numbers(read(machine, 'buddyinfo')));
      const counts = (text) => numbers(text).filter((line) => line.includes('type'));
      assert.deepEqual(counts(await proc(page, 'pagetypeinfo')), counts(read(machine, 'pagetypeinfo')));
      assert.match(await page.inputValue('#script'), /machine from text/);
      assert.equal(await page.locator('.badge').isVisible(), true);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test('one after another, the page says what is missing', async () => {
    const page = await openPage(site);
    await drop(page, [['buddyinfo', read(machines[0], 'buddyinfo')]]);
    await page.waitForFunction(() => /zoneinfo/.test(document.querySelector('.report')?.textContent ?? ''));
    assert.equal((await status(page)).machine.imported, false);
    await drop(page, [['zoneinfo', read(machines[0], 'zoneinfo')]]);
    await imported(page);
    await page.context().close();
  });

  test('shared, the machine opens elsewhere with the same state', async () => {
    const page = await openPage(site);
    await drop(
      page,
      ['zoneinfo', 'buddyinfo'].map((file) => [file, read(machines[0], file)]),
    );
    await imported(page);
    await atRest(page);
    await page.click('[data-control="share"]');
    const address = await page.inputValue('.share-link');
    const { stateHash } = await status(page);
    const other = await openPage(site, { path: `?testing=1${address.slice(address.indexOf('#'))}` });
    assert.equal((await status(other)).stateHash, stateHash);
    await page.context().close();
    await other.context().close();
  });

  test('of two machines are refused, and the machine stays', async () => {
    const page = await openPage(site);
    const { stateHash } = await status(page);
    await drop(page, [
      ['zoneinfo', read(machines[0], 'zoneinfo')],
      ['buddyinfo', read(machines[1], 'buddyinfo')],
    ]);
    await page.waitForFunction(() => (document.querySelector('.report')?.textContent ?? '') !== '');
    assert.equal((await status(page)).stateHash, stateHash);
    assert.doesNotMatch(await page.locator('.report').textContent(), /^\w+\.\w+$/);
    await page.context().close();
  });

  test('cut short are refused with a sentence', async () => {
    const page = await openPage(site);
    const { stateHash } = await status(page);
    const zoneinfo = read(machines[0], 'zoneinfo');
    await drop(page, [
      ['zoneinfo', zoneinfo.slice(0, zoneinfo.length / 3)],
      ['buddyinfo', read(machines[0], 'buddyinfo')],
    ]);
    await page.waitForFunction(() => (document.querySelector('.report')?.textContent ?? '') !== '');
    assert.equal((await status(page)).stateHash, stateHash);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
});

describe('what is no machine', () => {
  for (const [name, file, sentence] of [
    ['ten megabytes', ['zoneinfo', 'x'.repeat(10 << 20)], /1 MiB/],
    ['binary', ['vmlinux', '\u0000\u0001\u007fELF\ufffd\ufffd'.repeat(40)], /./],
    ['a letter', ['letter.txt', 'Dear kernel,\nhow are you?\n'], /neither/],
  ]) {
    test(`${name}: a sentence, and the machine and the script stay`, async () => {
      const page = await openPage(site);
      const before = [(await status(page)).stateHash, await page.inputValue('#script')];
      await drop(page, [file]);
      await page.waitForFunction(() => (document.querySelector('.report')?.textContent ?? '') !== '');
      assert.match(await page.locator('.report').textContent(), sentence);
      assert.deepEqual([(await status(page)).stateHash, await page.inputValue('#script')], before);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test('but a script is opened as a script', async () => {
    const page = await openPage(site);
    await drop(page, [['mine.mm', '#!mm 1\na = alloc_page(GFP_KERNEL)\n']]);
    await page.waitForFunction(() => document.querySelector('h1').textContent === 'mine.mm');
    await atRest(page);
    assert.equal((await status(page)).step, 1);
    await page.context().close();
  });
});
