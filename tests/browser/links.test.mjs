// Links in a real browser: shared, opened elsewhere, cut, altered, of another time, and hostile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRequire } from 'node:module';
import { atRest, openPage, openSite, press, status, write } from './site.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { deflateSync } = require('fflate');
const script =
  '#!mm 1\nmachine x86_64 { ram = 1G; seed = 7 }\n# 合併\nrepeat 8 { p[] = alloc_pages(GFP_KERNEL, random(0, 6)) }\nmark "taken"\nfor x in p { __free_pages(x, order_of(x)) }\n';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

/** Shares what is open and answers with the fragment. */
async function share(page) {
  await page.click('[data-control="share"]');
  await page.waitForSelector('dialog.share');
  const address = await page.inputValue('.share-link');
  await page.keyboard.press('Escape');
  return address.slice(address.indexOf('#'));
}

async function sharedFragment() {
  const page = await openPage(site);
  await write(page, script);
  await press(page, 'reset');
  for (let step = 0; step < 5; step += 1) {
    await press(page, 'step');
  }
  const fragment = await share(page);
  const { stateHash } = await status(page);
  await page.context().close();
  return { fragment, stateHash };
}

describe('a shared link', () => {
  test('opens in a fresh profile at the same step of the same script with the same state', async () => {
    const { fragment, stateHash } = await sharedFragment();
    assert.match(fragment, /^#1z=[\w-]+&t=5&r=\d+&c=[0-9a-f]{8}$/);
    const page = await openPage(site, { path: `?testing=1${fragment}` });
    const now = await status(page);
    assert.deepEqual([now.step, now.stateHash], [5, stateHash]);
    assert.equal(await page.inputValue('#script'), script);
    assert.equal(await page.locator('.banner').count(), 0);
    await page.context().close();
  });

  test('pasted into an open page opens there, and the way back leads to what was written before', async () => {
    const { fragment, stateHash } = await sharedFragment();
    const page = await openPage(site);
    await write(page, '#!mm 1\n# my own work\na = alloc_page(GFP_KERNEL)\n');
    await press(page, 'run');
    await page.evaluate((hash) => {
      location.hash = hash;
    }, fragment);
    await page.waitForSelector('[data-kind="opened"]');
    await atRest(page);
    assert.equal((await status(page)).stateHash, stateHash);
    await page.click('[data-kind="opened"] .banner-action, [data-kind="opened"] button:not(.plain)');
    await atRest(page);
    assert.match(await page.inputValue('#script'), /my own work/);
    await page.context().close();
  });

  test('of a long run without a step waits for Run', async () => {
    const endless = encodeURIComponent('#!mm 1\nwhile true {}\n');
    const page = await openPage(site, { path: `?testing=1#1s=${endless}` });
    await page.waitForSelector('[data-kind="waiting"]');
    assert.notEqual((await status(page)).state, 'running');
    await page.context().close();
  });
});

describe('a link that suffered', () => {
  test('cut in the middle says so and keeps what can be read', async () => {
    const { fragment } = await sharedFragment();
    const page = await openPage(site, { path: `?testing=1${fragment.slice(0, 120)}` });
    assert.match(await page.locator('[data-kind="link"]').textContent(), /cut or altered/);
    const kept = await page.inputValue('#script');
    assert.ok(kept.length > 20 && script.startsWith(kept.slice(0, 20)), kept);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('altered says so', async () => {
    const { fragment } = await sharedFragment();
    const altered = fragment.replace(/c=........$/, 'c=00000000');
    const page = await openPage(site, { path: `?testing=1${altered}` });
    assert.match(await page.locator('[data-kind="link"]').textContent(), /cut or altered/);
    assert.equal(await page.inputValue('#script'), script);
    await page.context().close();
  });

  for (const [name, fragment, sentence] of [
    ['of a future version', '#2z=abcdef&c=12345678', /newer version/],
    ['with an unknown encoding', '#1br=abcdef&c=12345678', /newer version/],
    [
      'that is a bomb',
      `#1z=${Buffer.from(deflateSync(new Uint8Array(8 << 20), { level: 9 })).toString('base64url')}&c=12345678`,
      /256 KiB/,
    ],
    ['that is too long', `#1s=${'a'.repeat(16_385)}`, /16,384/],
    ['to a scenario that is not there', '#x=nowhere', /nowhere/],
    ['to a lesson that is not there', '#l=nowhere/first', /nowhere/],
  ]) {
    test(`${name} says so, and a machine is there`, async () => {
      const page = await openPage(site, { path: `?testing=1${fragment}` });
      assert.match(await page.locator('[data-kind="link"]').textContent(), sentence);
      assert.equal((await status(page)).state, 'finished');
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test('with markup in it shows it as text', async () => {
    const evil =
      '#!mm 1\n# <img src=x onerror="window.hurt=1">\nmark "<img src=x onerror=window.hurt=1>"\nnote "<script>window.hurt=1</script>"\na = alloc_page(GFP_KERNEL)\n';
    const page = await openPage(site, { path: `?testing=1#1s=${encodeURIComponent(evil)}` });
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    assert.equal(await page.locator('img').count(), 0);
    await page.context().close();
  });
});

test('a scenario opens by its name, and every card of the gallery does', async () => {
  const page = await openPage(site);
  await page.click('#tab-gallery');
  await page.waitForSelector('.gallery .card a');
  const links = await page.locator('.gallery .card a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  assert.ok(links.length >= 5);
  const fresh = await openPage(site, { path: `?testing=1${links.at(-1)}` });
  assert.ok((await status(fresh)).step > 0);
  await fresh.context().close();
  for (const link of links.reverse()) { // the first one is open
    const before = await page.evaluate(() => window.mmscope.engine.source());
    await page.locator(`.gallery .card a[href="${link}"]`).click();
    await page.waitForFunction((source) => window.mmscope.engine.source() !== source, before);
    await atRest(page);
    if ((await status(page)).state === 'paused') {
      await press(page, 'run'); // a slow machine has run out of what a page may do unasked
    }
    const { state, failure } = await status(page);
    assert.deepEqual([state, failure], ['finished', null], link);
  }
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('a scenario says what it is about, in the language of the page, until that is put away', async () => {
  const page = await openPage(site, { path: '?testing=1#x=swap' });
  const about = page.locator('.banners[role="status"] [data-kind="about"]');
  assert.match(await about.textContent(), /slots of a swap area/);
  await page.selectOption('#language', 'zh-Hant');
  await page.waitForFunction(() => /置換區/.test(document.querySelector('[data-kind="about"]')?.textContent));
  await about.locator('button').click();
  assert.equal(await about.count(), 0);
  await page.selectOption('#language', 'en');
  await page.waitForFunction(() => document.documentElement.lang === 'en');
  assert.equal(await about.count(), 0);
  await page.evaluate(() => {
    location.hash = '#x=isolation';
  });
  await about.waitFor();
  await atRest(page);
  assert.match(await about.textContent(), /Two processes/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('work survives a reload, and can be put back to the original', async () => {
  const page = await openPage(site, { path: '?testing=1#x=split-and-merge' });
  const original = await page.inputValue('#script');
  await write(page, `${original}# mine\n`);
  await page.reload();
  await atRest(page);
  assert.equal(await page.inputValue('#script'), `${original}# mine\n`);
  await page.getByRole('button', { name: 'Revert to original' }).click();
  assert.equal(await page.inputValue('#script'), original);
  await page.context().close();
});
