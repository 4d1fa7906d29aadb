// Reads dropped files to their ends, gzipped or not, and hands them to the engine portion by portion: a trace is larger
// than everything else on the page together. What is no part of a capture comes back as text, if it is short enough to
// be read here at all.

import type { CaptureEngine, CapturePart } from './engine.ts';
import { largestImport } from './import_collection.ts';

export const largestCapture = 268_435_456; // bytes, unpacked

export interface DroppedFile {
  name: string;
  part: CapturePart;
  text: string | null; // null: longer than largestImport
}
export interface UnreadFile {
  name: string;
  fault: 'damaged' | 'too-large';
}
export interface Drop {
  files: DroppedFile[];
  unread: UnreadFile[];
}

type Receiving = Pick<CaptureEngine, 'beginFile' | 'addBytes' | 'takeBackFile' | 'takeDrop'>;

/** One drop must be over before the next begins. */
export async function readDrop(engine: Receiving, files: Iterable<File>, most = largestCapture): Promise<Drop> {
  const read: { name: string; text: string | null }[] = [];
  const unread: UnreadFile[] = [];
  for (const file of files) {
    engine.beginFile(file.name);
    try {
      read.push({ name: file.name, text: await pass(file, (bytes) => engine.addBytes(bytes), most) });
    } catch (error) {
      engine.takeBackFile();
      unread.push({ name: file.name, fault: error instanceof RangeError ? 'too-large' : 'damaged' });
    }
  }
  const parts = engine.takeDrop();
  return { files: read.map((file, index) => ({ ...file, part: parts[index] ?? 'none' })), unread };
}

/** Passes a file on; answers with its text, or null where that is too long. Throws where it cannot be read. */
async function pass(file: File, take: (bytes: Uint8Array) => void, most: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text: string | null = '';
  let size = 0;
  const reader = (await unpacked(file)).getReader();
  for (let portion = await reader.read(); !portion.done; portion = await reader.read()) {
    size += portion.value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError('too large');
    }
    take(portion.value);
    text = text === null || size > largestImport ? null : text + decoder.decode(portion.value, { stream: true });
  }
  return text === null ? null : text + decoder.decode();
}

/** Gzip is known by its first two bytes. */
async function unpacked(file: File): Promise<ReadableStream<Uint8Array>> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = first === 0x1f && second === 0x8b;
  return isPacked ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
}
