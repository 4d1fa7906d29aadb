// Reads dropped files to their ends, gzipped or not, and hands them to the engine portion by portion: a trace is larger
// than everything else on the page together. What is no part of a capture comes back as text, if it is short enough to
// be read here at all. A program's memory trace, known by its beginning, is left alone and comes back as the file: it may
// be larger still, and is played as it is read.

import type { CaptureEngine, CapturePart, Explanation } from './engine_faces.ts';
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
  memoryTraces: File[];
  explanations: Explanation[]; // of the files that are logs
}
export const emptyDrop: Drop = { files: [], unread: [], memoryTraces: [], explanations: [] };

type Receiving = Pick<
  CaptureEngine,
  'beginFile' | 'addBytes' | 'takeBackFile' | 'isMemoryTrace' | 'takeDrop' | 'explanations'
>;

const enoughToKnow = 4_096; // bytes of a file, to tell whether it is a memory trace

/** One drop must be over before the next begins. */
export async function readDrop(engine: Receiving, files: Iterable<File>, most = largestCapture): Promise<Drop> {
  const read: { name: string; text: string | null }[] = [];
  const unread: UnreadFile[] = [];
  const memoryTraces: File[] = [];
  for (const file of files) {
    engine.beginFile(file.name);
    try {
      const text = await pass(file, engine, most);
      if (text === 'memory-trace') {
        engine.takeBackFile();
        memoryTraces.push(file);
      } else {
        read.push({ name: file.name, ...text });
      }
    } catch (error) {
      engine.takeBackFile();
      unread.push({ name: file.name, fault: error instanceof RangeError ? 'too-large' : 'damaged' });
    }
  }
  const parts = engine.takeDrop();
  const explanations = parts.includes('log') ? engine.explanations() : [];
  return { files: read.map((file, at) => ({ ...file, part: parts[at] ?? 'none' })), unread, memoryTraces, explanations };
}

/** Passes a file on; answers with its text, which is null where that is too long. Throws where it cannot be read. */
async function pass(
  file: File,
  engine: Pick<Receiving, 'addBytes' | 'isMemoryTrace'>,
  most: number,
): Promise<{ text: string | null } | 'memory-trace'> {
  const decoder = new TextDecoder();
  let text: string | null = '';
  let size = 0;
  let isKnown = false;
  const reader = (await unpacked(file)).getReader();
  for (let portion = await reader.read(); !portion.done; portion = await reader.read()) {
    size += portion.value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError('too large');
    }
    engine.addBytes(portion.value);
    if (!isKnown && size >= enoughToKnow) {
      isKnown = true;
      if (engine.isMemoryTrace()) {
        await reader.cancel();
        return 'memory-trace';
      }
    }
    text = text === null || size > largestImport ? null : text + decoder.decode(portion.value, { stream: true });
  }
  if (!isKnown && engine.isMemoryTrace()) {
    return 'memory-trace';
  }
  return { text: text === null ? null : text + decoder.decode() };
}

/** Gzip is known by its first two bytes. `count` hears of what is read of the file itself, packed as it is. */
export async function unpacked(file: File, count: (bytes: number) => void = () => {}): Promise<ReadableStream<Uint8Array>> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = first === 0x1f && second === 0x8b;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (portion, out) => {
      count(portion.length);
      out.enqueue(portion);
    },
  });
  const bytes = file.stream().pipeThrough(counter);
  return isPacked ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes;
}
