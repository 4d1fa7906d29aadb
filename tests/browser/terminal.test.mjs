// What is done here and now and added to the script: a button's call, and the terminal's lines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { atRest, openPage, openSite, press, status, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

/** Opens the terminal; types lines into it, each of which answers with its entry. */
async function openTerminal(page) {
  await page.click('#tab-terminal');
  const field = page.getByLabel('Command line');
  const ask = async (line) => {
    await field.fill(line);
    await field.press('Enter');
    await atRest(page);
    return page.locator('.terminal-log .entry').last();
  };
  const answer = async (line) => (await ask(line)).textContent();
  return { field, ask, answer };
}

test('a button does its call here and now, as a line of the script, and what followed can be put back', async () => {
  const page = await openPage(site);
  await write(page, 'a = alloc_pages(GFP_KERNEL, 2)\nb = alloc_page(GFP_KERNEL)\n');
  await press(page, 'run');
  const whole = await status(page);
  await press(page, 'back');
  await page.click('#tab-table');
  await page.click('details.ask summary');
  await page.locator('.ask select').selectOption('3');
  await page.getByRole('button', { name: 'Make this request' }).click();
  await atRest(page);
  assert.equal(await page.inputValue('#script'), 'a = alloc_pages(GFP_KERNEL, 2)\nalloc_pages(GFP_KERNEL, 3)\n');
  assert.equal((await status(page)).step, 2);

  const taken = await page.evaluate(() => Number(window.mmscope.engine.evaluate('pfn(a)').text));
  await page.fill('.frame-number', String(taken));
  await page.press('.frame-number', 'Enter');
  await page.getByRole('button', { name: `__free_pages(pfn_to_page(${taken}), 2)` }).click();
  await atRest(page);
  assert.equal((await status(page)).step, 3);
  assert.equal((await page.inputValue('#script')).split('\n').length, 4);
  await press(page, 'back');
  await press(page, 'back');
  await page.getByRole('button', { name: 'Make this request' }).click();
  await atRest(page);
  await page.getByRole('button', { name: 'Put it back' }).click();
  await atRest(page);
  assert.equal((await page.inputValue('#script')).split('\n').length, 4);
  assert.equal((await status(page)).step, 1);
  assert.notEqual((await status(page)).stateHash, whole.stateHash);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('the numbers that a tool prints say what they count, and leave its text as it is', async () => {
  const page = await openPage(site);
  const { ask } = await openTerminal(page);
  const printed = (line) => page.evaluate((asked) => window.mmscope.engine.terminal(asked).text, line);
  for (const line of ['free -w', 'vmstat -a', 'cat /proc/buddyinfo', 'cat /proc/zoneinfo', 'slabtop', 'top']) {
    const entry = await ask(line);
    assert.equal(await entry.locator('pre').textContent(), await printed(line), line);
    assert.ok((await entry.locator('.linked').count()) > 2, line);
  }
  const free = await ask('free');
  const tip = page.getByRole('tooltip');
  await free.getByRole('button', { name: /^free / }).hover();
  assert.match(await tip.textContent(), /^free: frames on the free lists.*Free lists/);
  await page.mouse.move(0, 0);
  assert.equal(await tip.count(), 0);
  await free.getByRole('button', { name: /^total / }).first().focus(); // one stop of the Tab key, then arrows
  await page.keyboard.press('ArrowRight');
  assert.match(await tip.textContent(), /^used: total less available/);
  await page.keyboard.press(' ');
  const used = free.getByRole('button', { name: /^used / });
  assert.equal(await used.getAttribute('aria-pressed'), 'true');
  assert.equal((await status(page)).state, 'finished');
  await free.getByRole('button', { name: /^Swap total / }).click(); // which is nothing that the map could show
  assert.equal(await used.getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('Escape');
  assert.equal(await used.getAttribute('aria-pressed'), 'false');
  const row = await ask('cat /proc/buddyinfo');
  const order = row.getByRole('button', { name: /^order 3 / }).first();
  await order.hover();
  assert.match(await tip.textContent(), /only the frames of node 0 zone \w+ order 3 that/);
  await order.click();
  assert.equal(await order.getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('Escape');
  await page.selectOption('#language', 'zh-Hans');
  await page.waitForFunction(() => document.documentElement.lang === 'zh-Hans');
  await page.locator('.linked[aria-label^="used "]').last().focus();
  assert.match(await tip.textContent(), /^used: total 减去 available/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('the terminal prints what the tools would, and does a line of the script here and now', async () => {
  const page = await openPage(site);
  const { field, answer } = await openTerminal(page);
  assert.match(await answer('free -h'), /^\$ free -h\s+total +used +free/);
  assert.match(await answer('cat /proc/meminfo | grep MemFree'), /MemFree: +\d+ kB/);
  assert.match(await answer('fre'), /Did you mean 'free'/);
  const before = (await status(page)).step;
  await answer('t = alloc_pages(GFP_KERNEL, 3)');
  assert.equal((await status(page)).step, before + 1);
  assert.match(await page.inputValue('#script'), /\nt = alloc_pages\(GFP_KERNEL, 3\)\n$/);
  assert.match(await answer('order_of(t)'), /\)3\s*$/);
  assert.match(await answer('__free_pages(t, 12)'), /order/);
  await field.fill('cat /proc/mem');
  await field.press('Tab');
  assert.equal(await field.inputValue(), 'cat /proc/meminfo ');
  await field.press('ArrowUp');
  assert.equal(await field.inputValue(), '__free_pages(t, 12)');
  await answer('cat /proc/meminfo');
  const available = page.getByRole('button', { name: /^MemAvailable/ });
  const tip = page.getByRole('tooltip');
  await available.focus();
  assert.match(await tip.textContent(), /MemAvailable is a sum: [\d,]+ pages.*nr_free_pages/);
  await available.press('Escape');
  assert.equal(await tip.count(), 0);
  await available.press('Enter');
  assert.equal(await available.getAttribute('aria-pressed'), 'true');
  await available.press('Enter');
  assert.match(await answer('ps'), /PID +PPID +%MEM +VSZ +RSS +COMMAND/);
  await answer('watch free');
  const watched = await page.locator('.watched pre').textContent();
  await answer('alloc_pages(GFP_KERNEL, 10)');
  assert.notEqual(await page.locator('.watched pre').textContent(), watched);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('watch prints again after every step, marks what changed, and ends with q or Ctrl+C', async () => {
  const page = await openPage(site);
  const { field, answer } = await openTerminal(page);
  await answer('watch -n 1 -d free');
  const watched = page.locator('.watched');
  assert.match(await watched.textContent(), /Every 1\.0s: free/);
  assert.equal(await watched.locator('mark').count(), 0);
  await answer('alloc_pages(GFP_KERNEL, 10)');
  assert.ok((await watched.locator('mark').count()) > 0);
  await field.press('Control+c');
  assert.equal(await watched.isVisible(), false);
  await answer('watch free');
  await watched.getByRole('group').focus();
  await page.keyboard.press('q');
  assert.equal(await watched.isVisible(), false);
  assert.match(await answer('watch -n abc free'), /watch: failed to parse argument: 'abc'/);
  assert.match(await answer('watch -n'), /watch: option requires an argument -- 'n'.*Usage:/s);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('vmstat with a delay prints a line for each that the time of the machine passes', async () => {
  const page = await openPage(site);
  const { field, answer } = await openTerminal(page);
  await answer('vmstat 1 3');
  const entry = page.locator('.terminal-log .entry').filter({ hasText: 'vmstat 1 3' });
  const rows = async () => (await entry.locator('pre').allTextContents()).join('').trimEnd().split('\n').length - 2;
  assert.equal(await rows(), 1);
  await answer('alloc_page(GFP_KERNEL)');
  assert.equal(await rows(), 1); // no time has passed
  await answer('tick(1)');
  assert.equal(await rows(), 2);
  assert.ok((await entry.locator('pre').last().locator('.linked').count()) > 2);
  await answer('tick(1)');
  assert.equal(await rows(), 3);
  await answer('tick(1)');
  assert.equal(await rows(), 3); // as many as were asked for
  await answer('vmstat 1');
  await field.press('Control+c');
  assert.match(await page.locator('.terminal-log').textContent(), /\^C/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
