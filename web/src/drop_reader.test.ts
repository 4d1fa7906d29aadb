import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { readDrop } from './drop_reader.ts';
import type { CapturePart } from './engine.ts';
import { largestImport } from './import_collection.ts';

/** Says of what begins with "trace" that it is one. */
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
  takeDrop(): CapturePart[] {
    const parts = this.files.map(({ text }): CapturePart => (text.startsWith('trace') ? 'trace' : 'none'));
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
