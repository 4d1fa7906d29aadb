// The page itself: it opens on a running machine, runs, steps back, stops, keeps still, and lets the keyboard go.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { atRest, openPage, openSite, press, status, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

describe('the page opens', () => {
  test('on a machine that has run, at a sub-path, without an error and without asking another origin', async () => {
    const requests = [];
    const profile = await site.browser.newContext({ locale: 'en-US' });
    const page = await profile.newPage();
    page.on('request', (request) => requests.push(request.url()));
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(site.address);
    await atRest(page);
    const { state, step, machine } = await status(page);
    assert.equal(state, 'finished');
    assert.ok(step > 10, `only ${step} steps`);
    assert.deepEqual([machine.arch, machine.kernel, machine.frames], ['x86_64', '6.12', 262144]);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(site.address) && !url.startsWith('blob:')),
      [],
    );
    await profile.close();
  });

  test('with the same numbers in the table as in the engine', async () => {
    const page = await openPage(site);
    await page.click('#tab-table');
    await page.waitForSelector('table.numbers tbody td');
    const zones = await page.evaluate(() => window.mmscope.engine.zones().filter((zone) => zone.present > 0));
    const rows = await page.locator('table.numbers').nth(1).locator('tbody tr').all();
    assert.equal(rows.length, 11);
    for (const [order, row] of rows.entries()) {
      const cells = await row.locator('td').allInnerTexts();
      const shown = cells.slice(1).map((cell) => Number(cell.replaceAll(',', '')));
      assert.deepEqual(
        shown,
        zones.map((zone) => zone.blocks[order]),
      );
    }
    const types = await page.locator('table.numbers').nth(2).locator('tbody tr').all();
    for (const [type, row] of types.entries()) {
      const cells = await row.locator('td').allInnerTexts();
      assert.deepEqual(
        cells.map((cell) => Number(cell.replaceAll(',', ''))),
        zones.map((zone) => zone.pageblocks[type]),
      );
    }
    await page.context().close();
  });

  test('with the answers of "Would it succeed?" in its table, and the chain of the one that is pressed', async () => {
    const page = await openPage(site);
    await page.click('#tab-table');
    await page.click('details.ask summary');
    await page.waitForSelector('.asked tbody td');
    const rows = await page.evaluate(() => window.mmscope.engine.prospects(0));
    assert.equal(rows.length, 8);
    const shown = await page.locator('.asked tbody tr').all();
    for (const [at, row] of shown.entries()) {
      assert.deepEqual(await row.locator('td').allInnerTexts(), rows[at].cells);
    }
    await shown[3].locator('button').nth(5).click();
    const { succeeds, sentences } = await page.evaluate(() => window.mmscope.engine.ask('GFP_ATOMIC', 5, 0));
    const chain = await page.locator('.chain li').allInnerTexts();
    assert.equal(chain.length, sentences.length);
    assert.match(chain[0], succeeds ? /^Yes: GFP_ATOMIC, order 5/ : /^No: GFP_ATOMIC, order 5/);
    await page.context().close();
  });

  test('with the per-CPU lists of every zone and CPU in its table', async () => {
    const page = await openPage(site);
    await page.click('#tab-table');
    await page.click('details.cpu-lists summary');
    await page.waitForSelector('.cpu-lists tbody td');
    const columns = await page.evaluate(() => window.mmscope.engine.cpuLists());
    const first = page.locator('.cpu-lists tbody tr').first();
    assert.deepEqual(
      (await first.locator('td').allInnerTexts()).map((cell) => Number(cell.replaceAll(',', ''))),
      columns.map(({ lists }) => lists[0].blocks),
    );
    await page.context().close();
  });

  test('in a frame without storage, chrome-less, and works', async () => {
    const profile = await site.browser.newContext();
    const host = await profile.newPage();
    await host.setContent(
      `<iframe sandbox="allow-scripts" width="900" height="600" src="${site.address}?embed=1&testing=1"></iframe>`,
    );
    const frame = await (await host.waitForSelector('iframe')).contentFrame();
    await frame.waitForFunction(() => window.mmscope);
    await frame.evaluate(() => window.mmscope.ready);
    const blocked = await frame.evaluate(() => {
      try {
        return Boolean(localStorage);
      } catch {
        return 'blocked';
      }
    });
    assert.equal(blocked, 'blocked');
    await frame.click('[data-control="back"]');
    await frame.evaluate(() => window.mmscope.idle());
    const { step, lastStep } = await frame.evaluate(() => window.mmscope.engine.status());
    assert.equal(step, lastStep - 1);
    assert.equal(await frame.locator('#language').isVisible(), false);
    assert.doesNotMatch(await frame.locator('.whole-page').getAttribute('href'), /embed/);
    await profile.close();
  });
});

describe('a run', () => {
  const script =
    '#!mm 1\nmachine x86_64 { ram = 1G }\na = alloc_pages(GFP_KERNEL, 8)\nb = alloc_pages(GFP_KERNEL, 3)\n__free_pages(a, 8)\n';

  test('goes forward and back through the same states', async () => {
    const page = await openPage(site);
    await write(page, script);
    await press(page, 'reset');
    const forward = [(await status(page)).stateHash];
    for (let step = 1; step <= 3; step += 1) {
      await press(page, 'step');
      forward.push((await status(page)).stateHash);
    }
    assert.equal(new Set(forward).size, 4);
    for (let step = 2; step >= 0; step -= 1) {
      await press(page, 'back');
      const now = await status(page);
      assert.deepEqual([now.step, now.stateHash], [step, forward[step]]);
    }
    assert.equal(await page.locator('[data-control="back"]').isDisabled(), true);
    await page.context().close();
  });

  test('tells its last command in sentences, and clicks on a frame in them select it', async () => {
    const page = await openPage(site);
    await write(page, script);
    await press(page, 'reset');
    await press(page, 'step');
    const lines = await page.locator('.log-lines li').allInnerTexts();
    assert.ok(lines.length > 2, lines.join('\n'));
    assert.doesNotMatch(lines.join('\n'), /\b(event|command)\.\w|\{\w+\}/);
    await page.locator('.log-lines button').first().click();
    assert.notEqual(await page.evaluate(() => window.mmscope.engine.selected()), -1);
    await page.context().close();
  });

  test('of a changed script takes it over, and a faulty one leaves the machine', async () => {
    const page = await openPage(site);
    await write(page, script);
    await press(page, 'run');
    const { stateHash } = await status(page);
    await write(
      page,
      script.replace('GFP_KERNEL, 3', 'GFP_KERNEL, 11').replace('alloc_pages(GFP_KERNEL, 8)', 'alloc_page5(3)'),
    );
    await press(page, 'run');
    assert.equal((await status(page)).stateHash, stateHash);
    assert.match(await page.locator('#problems').textContent(), /^line 3:\d+: .*alloc_page5/s);
    assert.equal(await page.getAttribute('#script', 'aria-invalid'), 'true');
    await page.locator('#problems button').first().click();
    const caret = await page.evaluate(() =>
      document.activeElement.value.slice(0, document.activeElement.selectionStart),
    );
    assert.equal(caret.split('\n').length, 3);
    await page.context().close();
  });

  test('without an end is stopped', async () => {
    const page = await openPage(site);
    await write(page, '#!mm 1\nwhile true {}\n');
    await page.click('[data-control="run"]');
    await page.waitForFunction(() => window.mmscope.engine.status().state === 'running');
    // A run is worked in slices, one a frame; the click is heard before the next but one. (That a slice is short is
    // the scheduler's own test: here other programs may hold the processor.)
    await page.evaluate(() => {
      const frames = [];
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) =>
        request((time) => {
          frames.push(performance.now());
          callback(time);
        });
      document.querySelector('[data-control="run"]').addEventListener(
        'click',
        (event) => {
          window.slicesBeforeStop = frames.filter((time) => time > event.timeStamp).length;
          window.slices = frames.length;
        },
        { capture: true },
      );
    });
    await page.waitForTimeout(500);
    await page.click('[data-control="run"]');
    await atRest(page);
    assert.notEqual((await status(page)).state, 'running');
    const [slices, before] = await page.evaluate(() => [window.slices, window.slicesBeforeStop]);
    assert.ok(slices > 3, `${slices} slices`);
    assert.ok(before <= 1, `${before} slices between the click and its being heard`);
    await page.context().close();
  });

  test('can be slowed down', async () => {
    const page = await openPage(site);
    await write(page, script);
    await press(page, 'reset');
    await page.selectOption('.bar-controls select', '10');
    await page.click('[data-control="run"]');
    assert.ok((await status(page)).step < 3);
    await atRest(page);
    assert.equal((await status(page)).step, 3);
    await page.context().close();
  });
});

test('while idle not one animation frame is requested', async () => {
  const page = await openPage(site);
  await page.evaluate(() => {
    window.frames5s = 0;
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => {
      window.frames5s += 1;
      return request(callback);
    };
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 5_000)));
  assert.equal(await page.evaluate(() => window.frames5s), 0);
  await page.click('[data-control="back"]');
  await atRest(page);
  assert.ok((await page.evaluate(() => window.frames5s)) > 0, 'and the count counts');
  await page.context().close();
});

describe('the keyboard', () => {
  test('leaves the picture and the editor with Tab, both ways', async () => {
    const page = await openPage(site);
    const focused = () => page.evaluate(() => document.activeElement.id);
    for (const id of ['picture', 'script']) {
      for (const key of ['Tab', 'Shift+Tab']) {
        await page.focus(`#${id}`);
        await page.keyboard.press(key);
        assert.notEqual(await focused(), id);
      }
    }
    await page.context().close();
  });
  test('Escape lets go of the selection, and then of the picture', async () => {
    const page = await openPage(site);
    await page.focus('#picture');
    await page.evaluate(() => window.mmscope.engine.select(4096));
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => window.mmscope.engine.selected()), -1);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'picture');
    await page.keyboard.press('Escape');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'picture');
    await page.context().close();
  });
  test('steps outside text fields, and types inside them', async () => {
    const page = await openPage(site);
    const { step } = await status(page);
    await page.focus('#picture');
    await page.keyboard.press(',');
    await atRest(page);
    assert.equal((await status(page)).step, step - 1);
    await page.keyboard.press('.');
    await atRest(page);
    assert.equal((await status(page)).step, step);
    await page.focus('#script');
    await page.keyboard.press('Control+End');
    await page.keyboard.type('#.,? ');
    assert.match(await page.inputValue('#script'), /#\.,\? $/);
    assert.equal((await status(page)).step, step);
    await page.context().close();
  });
  test('the help lists the keys', async () => {
    const page = await openPage(site);
    await page.focus('#picture');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog.help');
    assert.ok((await page.locator('dialog.help kbd').count()) > 5);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.context().close();
  });
});

test('what the first picture did without is there at once when it is wanted before it was fetched', async () => {
  const page = await openPage(site);
  const asked = page.waitForRequest(/engine_rest/);
  const text = await page.evaluate(() => window.mmscope.engine.procText('buddyinfo'));
  assert.match(text, /^Node 0, zone +DMA /);
  await asked;
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('an engine that dies leaves the script, and a link that opens it again', async () => {
  const page = await openPage(site);
  await write(page, '#!mm 1\n# to be kept\n');
  await page.evaluate(() => {
    try {
      window.mmscope.engine.load(12); // no string: the glue throws
    } catch {}
  });
  await page.waitForSelector('dialog.crash');
  assert.match(await page.inputValue('dialog.crash textarea'), /to be kept/);
  await page.click('dialog.crash a');
  await page.waitForURL(/safe=1/);
  await atRest(page);
  assert.match(await page.inputValue('#script'), /to be kept/);
  await page.context().close();
});

describe('the graphics context', () => {
  test('lost and restored, the machine stays and the picture comes back', async () => {
    const page = await openPage(site);
    const { stateHash } = await status(page);
    await page.evaluate(() => {
      window.loss = document.querySelector('#picture').getContext('webgl2').getExtension('WEBGL_lose_context');
      window.loss.loseContext();
    });
    await page.waitForSelector('[data-kind="context"]');
    await press(page, 'back');
    await page.evaluate(() => window.loss.restoreContext());
    await page.waitForSelector('[data-kind="context"]', { state: 'detached' });
    await press(page, 'step');
    assert.equal((await status(page)).stateHash, stateHash);
    assert.ok(await hasColours(page), 'the picture is drawn again');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  test('not there at all, the tables say everything', async () => {
    const profile = await site.browser.newContext({ locale: 'en-US' });
    await profile.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return /webgl/.test(kind) ? null : original.call(this, kind, ...rest);
      };
    });
    const page = await profile.newPage();
    await page.goto(`${site.address}?testing=1`);
    await atRest(page);
    assert.match(await page.locator('.no-picture').textContent(), /Table/);
    assert.equal((await status(page)).state, 'finished');
    await page.click('#tab-table');
    await page.waitForSelector('table.numbers tbody td');
    assert.equal(await page.locator('table.numbers').nth(1).locator('tbody tr').count(), 11);
    await profile.close();
  });
});

/** Whether a screenshot of the canvas has more than a few colours. */
async function hasColours(page) {
  const picture = await page.locator('#picture').screenshot();
  return page.evaluate(
    async (bytes) => {
      const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
      return new Set(pixels).size > 20;
    },
    [...picture],
  );
}
