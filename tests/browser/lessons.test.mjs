// Lessons: each is done as a learner would, from its first step to its last.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { atRest, catalogue, compiled, languages, openPage, openSite, press, write } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

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
