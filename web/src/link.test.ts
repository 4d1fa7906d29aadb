import { readFileSync } from 'node:fs';
import { deflateSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { crc32 } from './crc32.ts';
import { decodedLimit, encodedLimit, linkReach, readLink, writeLink } from './link.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

const scripts = {
  empty: '',
  short: '#!mm 1\na = alloc_pages(GFP_KERNEL, 8)\n',
  chinese: '#!mm 1\n# 從一千零二十四個頁框中取出 256 個 — 内存 😀\nmark "合并"\n',
  marks: '\uFEFF#!mm 1\r\nnote "a&b=c#d%e+f"\n',
  long: Array.from({ length: 1_300 }, (_, line) => `p${line} = alloc_pages(GFP_KERNEL, ${line % 11})`).join('\n'),
};

test('the checksum is that of zlib', () => {
  expect(crc32(utf8('123456789'))).toBe('cbf43926');
});

describe('what is written can be read', () => {
  for (const [name, script] of Object.entries(scripts)) {
    test(name, async () => {
      const link = await readLink(
        await writeLink({ script, step: 12, revision: 3, view: 'buddy', language: 'zh-Hans' }),
      );
      expect(link).toEqual({
        kind: 'script',
        script,
        problem: null,
        settings: { step: 12, view: 'buddy', language: 'zh-Hans', revision: 3 },
      });
    });
  }

  test('written by hand, with percent signs and without a checksum', async () => {
    const link = await readLink(`#1s=${encodeURIComponent(scripts.marks)}&t=2`);
    expect(link).toMatchObject({ kind: 'script', script: scripts.marks, problem: null, settings: { step: 2 } });
  });
});

describe('names of things on the site', () => {
  test('a scenario', async () => {
    expect(await readLink('#x=buddy/fragmentation&t=3')).toMatchObject({
      kind: 'scenario',
      id: 'buddy/fragmentation',
      settings: { step: 3 },
    });
  });
  test('a lesson and its step', async () => {
    expect(await readLink('#l=buddy-merge/predict')).toMatchObject({
      kind: 'lesson',
      id: 'buddy-merge',
      step: 'predict',
    });
    expect(await readLink('#l=buddy-merge')).toMatchObject({ kind: 'lesson', id: 'buddy-merge', step: null });
  });
  test('nothing, or keys that mean nothing here', async () => {
    for (const fragment of ['', '#', '#main', '#foo=1&t=2']) {
      expect((await readLink(fragment)).kind).toBe('none');
    }
  });
});

describe('a link that suffered on its way', async () => {
  const whole = await writeLink({ script: scripts.long.slice(0, 3_000), step: 7, revision: 1 });
  const payloadEnd = whole.indexOf('&');

  test('cut anywhere, it is never taken for a whole one', async () => {
    for (let length = '#1z='.length; length < whole.length; length += 1) {
      const link = await readLink(whole.slice(0, length));
      expect(link).toMatchObject({ problem: 'altered' });
    }
  });
  test('cut in the middle, its beginning is kept', async () => {
    const link = await readLink(whole.slice(0, payloadEnd / 2));
    expect(link.kind).toBe('script');
    const kept = link.kind === 'script' ? link.script : '';
    expect(kept.length).toBeGreaterThan(200);
    expect(scripts.long.startsWith(kept.slice(0, 200))).toBe(true);
  });
  test('any altered character of the script is noticed', async () => {
    for (let at = '#1z='.length; at < payloadEnd; at += 1) {
      const altered = whole.slice(0, at) + (whole[at] === 'A' ? 'B' : 'A') + whole.slice(at + 1);
      expect(await readLink(altered)).toMatchObject({ problem: 'altered' });
    }
  });
  test('an altered checksum is noticed', async () => {
    expect(await readLink(`${whole.slice(0, -8)}00000000`)).toMatchObject({ kind: 'script', problem: 'altered' });
  });
  test('a checksum at the link of a hand counts', async () => {
    expect(await readLink('#1s=note%20%22a%22&c=00000000')).toMatchObject({ script: 'note "a"', problem: 'altered' });
  });
  test('a broken percent sign keeps the rest', async () => {
    expect(await readLink('#1s=mark%20%22%E5%90%88%22%0')).toMatchObject({ script: 'mark "合"%0', problem: 'altered' });
  });
  test('what a chat adds behind it does no harm', async () => {
    for (const tail of [')', '.', '…', '%20']) {
      expect(await readLink(whole + tail)).toMatchObject({ kind: 'script', problem: null });
    }
  });
  test('encoded once more, it still opens', async () => {
    expect(await readLink(`#${encodeURIComponent(whole.slice(1))}`)).toMatchObject({ kind: 'script', problem: null });
  });
});

describe('a link that must not be obeyed', () => {
  test('of a later version or with an unknown encoding', async () => {
    for (const fragment of ['#2z=abc&c=00000000', '#1d=abc', '#12br=abc']) {
      expect(await readLink(fragment)).toEqual({ kind: 'unreadable', problem: 'newer', raw: fragment.slice(1) });
    }
  });
  test('too long', async () => {
    expect(await readLink(`#1s=${'a'.repeat(encodedLimit + 1)}`)).toMatchObject({ problem: 'too-long' });
    expect(await readLink(`#1s=${'a'.repeat(encodedLimit)}`)).toMatchObject({ kind: 'script' });
  });
  test('a bomb is stopped before it grows', async () => {
    const bomb = deflateSync(new Uint8Array(11 * 1_048_576), { level: 9 });
    const payload = base64url(bomb);
    expect(payload.length).toBeLessThan(encodedLimit);
    expect(await readLink(`#1z=${payload}&c=00000000`)).toMatchObject({ kind: 'unreadable', problem: 'too-large' });
  });
  test('exactly the largest script passes, one byte more does not', async () => {
    for (const [length, kind] of [
      [decodedLimit, 'script'],
      [decodedLimit + 1, 'unreadable'],
    ] as const) {
      const bytes = utf8('#'.repeat(length));
      const link = await readLink(`#1z=${base64url(deflateSync(bytes, { level: 9 }))}&c=${crc32(bytes)}`);
      expect(link.kind).toBe(kind);
    }
  });
  test('with settings that are none', async () => {
    expect(await readLink('#1s=a&t=-1&v=%3Cb%3E&lang=../../etc&r=x')).toMatchObject({
      settings: { step: null, view: null, language: null, revision: null },
    });
  });
});

test('a link ends in a hex digit', async () => {
  for (const script of Object.values(scripts)) {
    expect(await writeLink({ script, step: 0, revision: 1 })).toMatch(/&c=[0-9a-f]{8}$/);
  }
});

test('how far a link travels', () => {
  expect([1_900, 1_901, 8_000, 8_001, encodedLimit, encodedLimit + 1].map(linkReach)).toEqual([
    'far',
    'most',
    'most',
    'file',
    'file',
    'refused',
  ]);
});

// Lines of the file: link, tab, step or -, tab, CRC-32 of the script. Lines are only ever added to it.
const golden = readFileSync(new URL('../../tests/golden-links.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('//'));

test('every link ever published opens', async () => {
  expect(golden.length).toBeGreaterThan(4);
  for (const line of golden) {
    const [fragment = '', step, checksum] = line.split('\t');
    const link = await readLink(fragment);
    expect(link).toMatchObject({ kind: 'script', problem: null });
    if (link.kind === 'script') {
      expect([String(link.settings.step ?? '-'), crc32(utf8(link.script))]).toEqual([step, checksum]);
    }
  }
});
