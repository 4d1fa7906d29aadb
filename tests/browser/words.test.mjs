// Words: the switch of the language, and whether everybody can use them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { atRest, axeSource, catalogue, openPage, openSite, press, status, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

describe('the switch of the language', () => {
  for (const language of ['zh-Hans', 'zh-Hant']) {
    test(`to ${language} leaves no English sentence of the page behind`, async () => {
      const page = await openPage(site);
      for (const tab of ['learn', 'gallery', 'import', 'table', 'terminal', 'script']) {
        await page.click(`#tab-${tab}`);
      }
      await press(page, 'back');
      await page.selectOption('#language', language);
      await page.waitForFunction((tag) => document.documentElement.lang === tag, language);
      await page.waitForTimeout(100);
      const texts = await page.evaluate(() => {
        const attributes = ['aria-label', 'title', 'placeholder', 'aria-valuetext'];
        const named = [...document.querySelectorAll('*')].flatMap((one) =>
          attributes.map((name) => one.getAttribute(name)),
        );
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const words = [document.title];
        while (walker.nextNode()) {
          words.push(walker.currentNode.textContent);
        }
        return [...words, ...named].filter(Boolean).map((text) => text.trim());
      });
      const english = catalogue('en');
      const spoken = catalogue(language);
      const left = Object.entries(english).filter(
        ([key, sentence]) => /[a-z] ?[a-z]/.test(sentence) && spoken[key] !== sentence && texts.includes(sentence),
      );
      assert.deepEqual(left, []);
      const prose = texts.filter((text) => /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text) && !/[\u4e00-\u9fff]/.test(text));
      const allowed = [await page.inputValue('#script'), await page.locator('.editor-under').textContent()];
      assert.deepEqual(
        prose.filter((text) => !allowed.some((known) => known.includes(text))),
        [],
      );
      assert.deepEqual(
        texts.filter((text) => /^(ui|event|command|error|help|track|summary)(\.|$)/.test(text)),
        [],
        'keys shown as they are',
      );
      await page.context().close();
    });
  }

  test('is remembered, and follows the browser the first time', async () => {
    const page = await openPage(site, { locale: 'zh-TW' });
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-Hant');
    await page.selectOption('#language', 'zh-Hans');
    await page.reload();
    await atRest(page);
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-Hans');
    await page.context().close();
  });
});

describe('accessibility', () => {
  for (const colorScheme of ['dark', 'light']) {
    test(`axe finds nothing in the ${colorScheme} theme`, async () => {
      const axe = await axeSource();
      const page = await openPage(site, { colorScheme, path: `?testing=1#l=buddy-256-of-1024/whole-again` });
      const violations = async (place) => {
        await page.evaluate(axe);
        const result = await page.evaluate(() => window.axe.run());
        return result.violations.map(
          (one) => `${place}: ${one.id}: ${one.nodes.map((node) => node.target).join(', ')}`,
        );
      };
      const found = await violations('lesson');
      for (const tab of ['script', 'import', 'gallery', 'table']) {
        await page.click(`#tab-${tab}`);
        await page.waitForTimeout(100);
        found.push(...(await violations(tab)));
      }
      await write(page, 'alloc_page5(3)');
      await press(page, 'run');
      found.push(...(await violations('error')));
      for (const control of ['help', 'share']) {
        await page.click(`[data-control="${control}"]`);
        await page.waitForSelector('dialog');
        found.push(...(await violations(control)));
        await page.keyboard.press('Escape');
      }
      assert.deepEqual(found, []);
      await page.context().close();
    });
  }

  test('the picture and the log tell a screen reader what the machine is and does', async () => {
    const page = await openPage(site);
    const label = await page.getAttribute('#picture', 'aria-label');
    assert.match(label, /x86_64/);
    await page.click('#tab-table');
    assert.equal(await page.locator('#state-summary').textContent(), label);
    assert.equal(await page.getAttribute('.log', 'role'), 'log');
    await page.context().close();
  });
});

describe('on a phone', () => {
  const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
  test('nothing is wider than the screen, and what is pressed is large enough', async () => {
    for (const locale of ['en-US', 'zh-CN']) {
      const page = await openPage(site, { ...phone, locale });
      for (const view of ['words', 'picture', 'table']) {
        await page.click(`.views [data-view="${view}"]`);
        for (const tab of view === 'words' ? ['learn', 'script', 'terminal', 'import', 'gallery'] : [null]) {
          if (tab) {
            await page.click(`#tab-${tab}`);
            await page.waitForTimeout(100);
          }
          const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
          assert.equal(wide, false, `${locale} ${view} ${tab}`);
          assert.deepEqual(await tooSmall(page), [], `${locale} ${view} ${tab}`);
        }
      }
      await page.context().close();
    }
  });
  test('a step is taken at the thumb', async () => {
    const page = await openPage(site, phone);
    const { step } = await status(page);
    await page.tap('[data-control="back"]');
    await atRest(page);
    assert.equal((await status(page)).step, step - 1);
    const box = await page.locator('[data-control="back"]').boundingBox();
    assert.ok(box.y > 540);
    await page.context().close();
  });
});

/** Buttons, selects and tabs under 44 px; links within a sentence are as high as their line. */
function tooSmall(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('button:not(.link):not(.mark), select, .button, summary')]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 0)
      .filter((one) => one.getBoundingClientRect().height < 44)
      .map((one) => `${one.tagName} ${one.textContent}`),
  );
}
