// frame.mjs: what the page's frames cost, in headless Chromium on the built site. `./mmscope bench frame`
//
// Opening: milliseconds from the navigation to the end of the first frame that drew anything, in a fresh profile each
// time. A frame: CPU time of the main thread in the engine's `draw`, from reading the machine to the last GL call; what
// the graphics process does is not in it, nor what an empty call costs. Figures are medians. At rest: animation frames
// asked for in five seconds.
import { openPage, openSite } from '../browser/site.mjs';

const openings = 9;
const rounds = 31;
const machines = { '262,144': '1G', '4,194,304': '16G' };

/** How the machine is changed before a frame is drawn: to a step, by round. */
const changes = {
  nothing: { script: '', step: () => 0 },
  'one frame': { script: `repeat ${2 * rounds} { page = alloc_page(GFP_KERNEL) }`, step: (round) => round + 1 },
  'all frames': {
    script: 'block = alloc_pages(GFP_KERNEL, 10)\nwhile block != NULL { block = alloc_pages(GFP_KERNEL, 10) }',
    step: (round) => (round % 2 === 0 ? 1_000_000 : 0),
  },
};

const site = await openSite();
console.log('opening, ms                 ', await opening());
console.log(`animation frames in 5 s idle ${await idleFrames()}`);
console.log('\na frame, µs of CPU     nothing    one frame   all frames   changed since the last one');
for (const [frames, ram] of Object.entries(machines)) {
  const cells = [];
  for (const change of Object.values(changes)) {
    cells.push(String(await frameTime(ram, change)).padStart(11));
  }
  console.log(`${frames.padStart(11)} frames ${cells.join('  ')}`);
}
await site.close();

async function opening() {
  const times = [];
  for (let i = 0; i < openings; i += 1) {
    const profile = await site.browser.newContext({ viewport: { width: 1440, height: 900 } });
    await profile.addInitScript(() => {
      const prototype = WebGL2RenderingContext.prototype;
      const draw = prototype.drawElements;
      prototype.drawElements = function (...values) {
        prototype.drawElements = draw;
        queueMicrotask(() => {
          window.firstFrame = performance.now();
        });
        return draw.apply(this, values);
      };
    });
    const page = await profile.newPage();
    await page.goto(site.address);
    await page.waitForFunction(() => window.firstFrame);
    times.push(await page.evaluate(() => window.firstFrame));
    await profile.close();
  }
  times.sort((a, b) => a - b);
  return `${Math.round(median(times))} (${Math.round(times[0])} to ${Math.round(times.at(-1))})`;
}

async function idleFrames() {
  const page = await openPage(site);
  const asked = await page.evaluate(async () => {
    let count = 0;
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => {
      count += 1;
      return request(callback);
    };
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    return count;
  });
  await page.context().close();
  return asked;
}

async function frameTime(ram, { script, step }) {
  const page = await openPage(site, { viewport: { width: 1440, height: 900 } });
  const cpu = await cpuClock(page);
  await page.evaluate((text) => window.mmscope.engine.load(text), `#!mm 1\nmachine x86_64 { ram = ${ram} }\n${script}\n`);
  const drawn = [];
  const empty = [];
  for (let round = -2; round < rounds; round += 1) {
    await page.evaluate(goTo, step(round + 2));
    const before = await cpu();
    await page.evaluate(drawFrame, true);
    const between = await cpu();
    await page.evaluate(drawFrame, false);
    const after = await cpu();
    if (round >= 0) {
      drawn.push(between - before);
      empty.push(after - between);
    }
  }
  await page.context().close();
  return Math.round(1e6 * (median(drawn) - median(empty)));
}

function goTo(step) {
  const { engine } = window.mmscope;
  engine.seek(step);
  while (engine.work(1 << 20)) {}
}

function drawFrame(isDrawn) {
  return new Promise((resolve) => {
    requestAnimationFrame((time) => {
      if (isDrawn) {
        window.mmscope.engine.draw(time);
      }
      resolve();
    });
  });
}

/** Seconds of CPU that the page's scripts have taken. */
async function cpuClock(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration').value;
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
