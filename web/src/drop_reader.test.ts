import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { readDrop } from './drop_reader.ts';
import type { CapturePart, Explanation } from './engine_faces.ts';
import { largestImport } from './import_collection.ts';

/** Says of what begins with "trace" that it is one, of "I  " that it is a program's, of "oom" that it is a log. */
class TestEngine {
  files: { name: string; text: string }[] = [];
  taken: string[] = [];
  beginFile(name: string): void {
    this.files.push({ name, text: '' });
  }
  addBytes(bytes: Uint8Array): void {
    const file = this.files.at(-1);
    if (file) {
      file.text += new TextDecoder().decode(bytes);
    }
  }
  takeBackFile(): void {
    this.files.pop();
  }
  isMemoryTrace(): boolean {
    return this.files.at(-1)?.text.startsWith('I  ') ?? false;
  }
  explanations(): Explanation[] {
    return [{ file: 'dmesg', reports: [], problem: null }];
  }
  takeDrop(): CapturePart[] {
    const partOf = (text: string): CapturePart =>
      text.startsWith('trace') ? 'trace' : text.startsWith('oom') ? 'log' : 'none';
    const parts = this.files.map(({ text }) => partOf(text));
    this.taken = this.files.splice(0).map(({ text }) => text);
    return parts;
  }
}

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});
const packed = (text: string) => new Uint8Array(gzipSync(text));

test('a file is the same to the engine, gzipped or not, whatever its name', async () => {
  const drop = await readDrop(engine, [new File(['trace 1'], 'a.gz'), new File([packed('trace 2')], 'b')]);
  expect(engine.taken).toEqual(['trace 1', 'trace 2']);
  expect(drop.files.map(({ part }) => part)).toEqual(['trace', 'trace']);
  expect(drop.unread).toEqual([]);
});

test('what is no capture comes back as text', async () => {
  const drop = await readDrop(engine, [new File([packed('Knoten 0, größer\n')], 'zoneinfo.gz')]);
  expect(drop.files).toEqual([{ name: 'zoneinfo.gz', part: 'none', text: 'Knoten 0, größer\n' }]);
});

test('but not what is longer than anything that is read as text', async () => {
  const drop = await readDrop(engine, [new File(['x'.repeat(largestImport + 1)], 'long')]);
  expect(drop.files).toEqual([{ name: 'long', part: 'none', text: null }]);
});

test('a gzipped file that is cut off is taken back, and the others are taken', async () => {
  const bytes = packed('trace '.repeat(1_000));
  const drop = await readDrop(engine, [
    new File([bytes.slice(0, bytes.length - 9)], 'cut.gz'),
    new File(['trace 2'], 'whole'),
  ]);
  expect(drop.unread).toEqual([{ name: 'cut.gz', fault: 'damaged' }]);
  expect(engine.taken).toEqual(['trace 2']);
  expect(drop.files.map(({ name }) => name)).toEqual(['whole']);
});

test('what unpacks to more than may be held is not read to its end', async () => {
  const drop = await readDrop(engine, [new File([packed('x'.repeat(1_000_000))], 'bomb.gz')], 100_000);
  expect(drop.unread).toEqual([{ name: 'bomb.gz', fault: 'too-large' }]);
  expect(engine.taken).toEqual([]);
});

test('a program\'s memory trace is read no further than to know it, and comes back as the file', async () => {
  const large = new File([packed(`I  0401ab70,3\n${' L 04032ef8,8\n'.repeat(1_000_000)}`)], 'true.lackey.gz');
  const small = new File(['I  0401ab70,3\n'], 'small');
  let bytes = 0;
  const add = engine.addBytes.bind(engine);
  engine.addBytes = (portion) => {
    bytes += portion.length;
    add(portion);
  };
  const drop = await readDrop(engine, [large, new File(['trace 1'], 'trace'), small]);
  expect(drop.memoryTraces).toEqual([large, small]);
  expect(drop.files.map(({ name, part }) => [name, part])).toEqual([['trace', 'trace']]);
  expect(engine.taken).toEqual(['trace 1']);
  expect(bytes).toBeLessThan(1_000_000);
});

test('a log with reports comes with what they say', async () => {
  const drop = await readDrop(engine, [new File(['oom-killer'], 'dmesg')]);
  expect(drop.files.map(({ part }) => part)).toEqual(['log']);
  expect(drop.explanations.map(({ file }) => file)).toEqual(['dmesg']);
  expect((await readDrop(engine, [new File(['x'], 'x')])).explanations).toEqual([]);
});
