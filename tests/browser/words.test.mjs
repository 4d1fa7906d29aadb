// Words: the lesson done in each language, the switch of the language, and whether everybody can use them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { atRest, axeSource, openPage, openSite, press, status, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const languages = ['en', 'zh-Hans', 'zh-Hant'];
const catalogue = (language) =>
  JSON.parse(readFileSync(new URL(`../../web/locales/${language}.json`, import.meta.url), 'utf8'));
const compiled = (name) => JSON.parse(readFileSync(new URL(`../../web/generated/${name}.json`, import.meta.url), 'utf8'));
const lessonId = 'buddy-256-of-1024';
const lesson = (language, id = lessonId) => compiled(`lessons/${id}.${language}`);

describe('a lesson', () => {
  const others = compiled('index').lessons.map(({ id }) => id).filter((id) => id !== lessonId);
  const all = [...languages.map((language) => [lessonId, language]), ...others.map((id) => [id, 'en'])];
  for (const [id, language] of all) {
    test(`is done from its first step to its last: ${id} in ${language}`, async () => {
      const { steps } = lesson(language, id);
      const page = await openPage(site, { path: `?testing=1&lang=${language}#l=${id}/${steps[0].id}` });
      const words = catalogue(language);
      for (const [index, step] of steps.entries()) {
        assert.equal(await page.locator('.learn h2').textContent(), step.title);
        await doStep(page, step, words);
        await page.locator('.learn p.good').last().waitFor();
        const next = steps[index + 1];
        if (next) {
          await page.locator(`.lesson-nav a[href$="/${next.id}"]`).click();
          await page.waitForFunction((title) => document.querySelector('.learn h2')?.textContent === title, next.title);
          await atRest(page);
        }
      }
      const progress = await page.evaluate(() => JSON.parse(localStorage.getItem('mm.progress.v1')));
      assert.deepEqual(
        Object.values(progress.steps),
        steps.map(() => 'done'),
      );
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test('goes on at the step where it was left, in another language too', async () => {
    const page = await openPage(site, { path: `?testing=1#l=${lessonId}/neighbours` });
    await page.selectOption('#language', 'zh-Hant');
    const title = lesson('zh-Hant').steps.find((step) => step.id === 'neighbours').title;
    await page.waitForFunction((wanted) => document.querySelector('.learn h2')?.textContent === wanted, title);
    await page.goto(`${site.address}?testing=1&again`);
    await atRest(page);
    await page.click('#tab-learn');
    assert.equal(await page.locator('.resume a').getAttribute('href'), `#l=${lessonId}/neighbours`);
    await page.context().close();
  });
});

/** Does a step as a learner would, with the answers that the compiled lesson's own engine expressions give. */
async function doStep(page, step, words) {
  const pressLearn = (key) => page.locator('.learn').getByRole('button', { name: words[key], exact: true }).click();
  switch (step.kind) {
    case 'run':
      await pressLearn('ui.learn.watch');
      break;
    case 'predict':
      await page.fill('.guess', '7');
      await pressLearn('ui.learn.predict');
      break;
    case 'explain':
      await page.check(`#choice-${step.choices.find((choice) => choice.right).id}`);
      break;
    case 'do':
      assert.equal((await page.locator('.goal:not(.reached)').count()) > 0, true, 'the start fails');
      await write(page, step.solution);
      await press(page, 'run');
      await page.click('#tab-learn');
      assert.equal(await page.locator('.goal:not(.reached)').count(), 0, 'the solution passes');
      break;
    default:
      await page.locator(`[data-variant="${step.variants[0].id}"]`).click();
  }
  await atRest(page);
}

describe('the switch of the language', () => {
  for (const language of ['zh-Hans', 'zh-Hant']) {
    test(`to ${language} leaves no English sentence of the page behind`, async () => {
      const page = await openPage(site);
      for (const tab of ['learn', 'gallery', 'import', 'table', 'script']) {
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
      const page = await openPage(site, { colorScheme, path: `?testing=1#l=${lessonId}/whole-again` });
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
        for (const tab of view === 'words' ? ['learn', 'script', 'import', 'gallery'] : [null]) {
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
