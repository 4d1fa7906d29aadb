// Captures of real kernels, dropped on the page: the replay in the browser says what the command line says.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixtures, openPage, openSite, status } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const skip = existsSync(fixtures) ? false : `the captures in ${fixtures} are not here`;
const trace = 'amd64-6.12-1G-trace-page/trace.txt.gz';
const snapshots = 'amd64-6.12-1G-trace-page/capmod-snaps.txt.gz';
const calls = 'amd64-6.1-512M-2cpu-mod/mod/order0_movable.txt.gz';
const read = (path) => readFileSync(fixtures + path);

/** Drops files on the page, as the browser would tell it: [name, bytes] each. */
async function drop(page, files) {
  const list = files.map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  await page.evaluate(async (packed) => {
    const data = new DataTransfer();
    for (const [name, text] of packed) {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], name));
    }
    window.dropped = performance.now();
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, list);
}

const dropCaptures = (page, ...paths) =>
  drop(
    page,
    paths.map((path) => [path.split('/').at(-1), read(path)]),
  );
const result = (page) => page.locator('.lock-step [role="status"]');
const said = (page, sentence) => result(page).filter({ hasText: sentence }).waitFor();
const untouched = async (page) => [(await status(page)).stateHash, await page.inputValue('#script')];

describe('a capture of a real kernel', { skip }, () => {
  test('a page trace and its snapshots: every frame, in less than three seconds', async (context) => {
    const page = await openPage(site);
    const before = await untouched(page);
    await dropCaptures(page, trace, snapshots);
    await said(page, "228,103 of 228,103 frames free as in the kernel's snapshot");
    const seconds = await page.evaluate(() => (performance.now() - window.dropped) / 1_000);
    const work = await page.locator('.lock-step').getByText('Work of the engine').textContent();
    context.diagnostic(`from the drop to the sentence ${seconds.toFixed(2)} s. ${work}`);
    assert.ok(Number(/([\d.]+) s/.exec(work)[1]) < 3, work);
    assert.equal(await page.getByRole('progressbar').evaluate((bar) => bar.value), 100);
    assert.match(await page.locator('.lock-remarks').textContent(), /1,108 by bulk allocation/);
    assert.deepEqual(await untouched(page), before);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('the calls of the capture module: every frame', async () => {
    const page = await openPage(site);
    await dropCaptures(page, calls);
    await said(page, "4,000 of 4,000 calls returned the kernel's frame");
    assert.match(await page.locator('.lock-step').textContent(), /x86_64, CPUs: 2, kernel: 6\.1/);
    assert.equal(await page.inputValue('#capture-kernel'), '6.1');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('Stop stops it within a tenth of a second, and it can begin again', async (context) => {
    const page = await openPage(site);
    await dropCaptures(page, trace, snapshots);
    const stop = page.locator('.lock-step').getByRole('button', { name: 'Stop' });
    await stop.waitFor();
    const took = await stop.evaluate(async (button) => {
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve)); // as long as a click waits for the page
      button.click();
      return performance.now() - start;
    });
    context.diagnostic(`Stop answered after ${took.toFixed(0)} ms`);
    assert.match(await result(page).textContent(), /^Stopped at \d+ %/);
    assert.ok(took < 100, `${took} ms`);
    const percent = () => page.getByRole('progressbar').evaluate((bar) => bar.value);
    const stopped = await percent();
    assert.ok(stopped < 100);
    await page.evaluate(() => window.mmscope.idle());
    assert.equal(await percent(), stopped);
    await page.getByRole('button', { name: 'Replay again' }).click();
    await said(page, '228,103 of 228,103');
    await page.context().close();
  });

  test('one after another, in another language, the page says what is missing', async () => {
    const page = await openPage(site, { path: '?testing=1&lang=zh-Hans' });
    await dropCaptures(page, trace);
    await said(page, 'capmod-snaps.txt');
    await dropCaptures(page, snapshots);
    await said(page, '内核快照中的 228,103 个空闲页框，有 228,103 个与之相同');
    await page.selectOption('#language', 'zh-Hant');
    await said(page, '核心快照');
    await page.context().close();
  });

  test('with snapshots of another machine it is refused with a sentence, and the right ones mend it', async () => {
    const page = await openPage(site);
    await dropCaptures(page, trace, 'amd64-6.1-128M-frag/capmod-snaps.txt.gz');
    await said(page, /another machine's|must be as many/);
    await dropCaptures(page, snapshots);
    await said(page, '228,103 of 228,103');
    await page.context().close();
  });

  test('cut short it is refused with a sentence, and what is there stays', async () => {
    const page = await openPage(site);
    const before = await untouched(page);
    await dropCaptures(page, snapshots);
    await said(page, 'add its file trace.txt');
    await drop(page, [['trace.txt.gz', read(trace).subarray(0, 200_000)]]);
    await page.locator('.report', { hasText: 'cut off or damaged' }).waitFor();
    await said(page, 'add its file trace.txt');
    await dropCaptures(page, trace);
    await said(page, '228,103 of 228,103');
    assert.deepEqual(await untouched(page), before);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
});

describe('a golden sample', () => {
  const golden =
    'GOLD init free=3840 L 8/0:100, 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n' +
    'GOLD a 8 0 100 free=3584 L 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n';

  test('says its kernel in its name, or the page asks', async () => {
    const page = await openPage(site);
    await drop(page, [['golden-6.12.txt.gz', gzipSync(golden)]]);
    await said(page, "1 of 1 events as the kernel's");
    await drop(page, [['golden.txt', golden]]);
    await said(page, 'Nothing says which kernel this was');
    await page.selectOption('#capture-kernel', '6.12');
    await said(page, "1 of 1 events as the kernel's");
    await page.getByRole('button', { name: 'Forget this capture' }).click();
    assert.equal(await page.locator('.lock-step').isVisible(), false);
    await page.context().close();
  });

  test('of a kernel that nobody models is answered with a sentence', async () => {
    const page = await openPage(site);
    await drop(page, [
      ['golden.txt', golden],
      ['uname.txt', 'Linux (none) 2.4.37-5-amd64 #1 SMP x86_64 GNU/Linux\n'],
    ]);
    await said(page, 'Kernel 2.4.37-5-amd64 is not modelled');
    await page.context().close();
  });
});

const lackey = new URL('../../../shared/fixtures/lackey/true.lackey.txt.gz', import.meta.url);

describe("a program's memory trace", { skip: existsSync(lackey) ? false : `${lackey.pathname} is not here` }, () => {
  const card = (page) => page.locator('.memory-trace');
  const rowOf = async (page, name) => {
    const row = card(page).getByRole('row', { name, exact: false }).first();
    return (await row.getByRole('cell').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  };

  test('plays through a TLB, and its table is the one of the command', async () => {
    const page = await openPage(site);
    const before = await untouched(page);
    await drop(page, [['anything', readFileSync(lackey)]]);
    await card(page).getByText('played to its end').waitFor();
    const [accesses, hits, misses] = await rowOf(page, 'L1D');
    assert.ok(misses > 0);
    assert.equal(hits + misses, accesses);
    await page.selectOption('#tlb-cpu', { label: 'a geometry by hand' });
    const geometry = card(page).getByRole('textbox');
    await geometry.fill('l1i=128/8,l1d=64/3');
    await geometry.press('Enter');
    await card(page).getByText('3 ways do not divide 64 entries').waitFor();
    await geometry.fill('l1i=4,l1d=4');
    await geometry.press('Enter');
    await card(page).getByText('played to its end').waitFor();
    assert.ok((await rowOf(page, 'L1D'))[2] > misses);
    assert.equal((await rowOf(page, 'L1D'))[0], accesses);
    assert.deepEqual(await untouched(page), before);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('cut off and with program output in between, it says so and counts the rest', async () => {
    const page = await openPage(site, { path: '?testing=1&lang=zh-Hant' });
    await drop(page, [['trace', '==7== Lackey, an example Valgrind tool\nhello\nI  0401ab70,3\n L 0403']]);
    await card(page).getByText('不完整或損壞的行').waitFor();
    assert.match(await card(page).textContent(), /其他內容的行，已略過：1/);
    assert.deepEqual(await rowOf(page, 'L1I'), [1, 0, 1]);
    await page.context().close();
  });
});

describe("a kernel's log", { skip }, () => {
  const log = 'amd64-6.1-256M-oom-tail/oom-report.txt';

  test('is explained report by report, dropped or pasted', async () => {
    const page = await openPage(site);
    await dropCaptures(page, log);
    const card = page.locator('.explained-log');
    await card.getByText('tail (pid 446) was killed').waitFor();
    await card.getByRole('button', { name: 'Forget this log' }).click();
    await card.waitFor({ state: 'hidden' });
    await page.fill('.import .paste', String(read(log)));
    await page.locator('.import').getByRole('button', { name: 'Open', exact: true }).click();
    await card.getByText('tail (pid 446) was killed').waitFor();
    assert.equal(await page.inputValue('.import .paste'), '');
    await page.selectOption('#language', 'zh-Hans');
    await card.getByText('被杀死的是 tail（pid 446）').waitFor();
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
});
