// Looking into a step: one write, event by event, forward and back, by keys and by the numbers in the log.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { atRest, openPage, openSite, press, status, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const script = [
  'machine x86_64 { ram = 64M }',
  'p = fork(init)',
  'as p {',
  '  buf = mmap(16K)',
  '  write(buf)',
  '}',
].join('\n');

async function atTheWrite(page) {
  await write(page, script);
  for (let step = 0; step < 3; step += 1) {
    await press(page, 'step');
  }
  await page.locator('.log').focus();
}

const told = (page) => page.evaluate(() => window.mmscope.engine.toldEvents(60).filter((event) => event > 0));
const resident = (page) => page.evaluate(() => Number(window.mmscope.engine.evaluate('rss(p)').number));

describe('a step is looked into', () => {
  test('event by event with the keys, through its end and back', async () => {
    const page = await openPage(site);
    await atTheWrite(page);
    const events = await told(page);
    assert.ok(events.length > 10, `only ${events.length} events are told`);
    const after = await resident(page);
    const seen = [];
    for (let at = 0; at < events.length; at += 1) {
      await page.keyboard.press('<');
      seen.push((await status(page)).event);
      assert.equal(await page.locator('.log [aria-current]').count(), 1);
    }
    assert.deepEqual(seen, events.toReversed());
    assert.equal(await resident(page), after - 1);
    await page.keyboard.press('>');
    assert.equal((await status(page)).event, events[1]);
    await page.keyboard.press('<');
    await page.keyboard.press('<');
    await atRest(page);
    assert.deepEqual([(await status(page)).step, (await status(page)).event], [2, 0]);
    await page.context().close();
  });

  test('by the numbers of its sentences, and a step leaves it', async () => {
    const page = await openPage(site);
    await atTheWrite(page);
    const [first] = await told(page);
    await page.locator('.log li button.moment', { hasText: String(first) }).first().click();
    assert.equal((await status(page)).event, first);
    assert.ok((await page.locator('.log .ahead').count()) > 5);
    const { stateHash } = await status(page);
    await press(page, 'back');
    await atRest(page);
    await press(page, 'step');
    await atRest(page);
    assert.deepEqual([(await status(page)).step, (await status(page)).event], [3, 0]);
    assert.equal((await status(page)).stateHash, stateHash);
    await page.context().close();
  });
});
