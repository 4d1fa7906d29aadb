// Links, version 1. They live for ever: what is decoded here stays decodable (tests/golden-links.txt).
//
//   #1z=<base64url of raw deflate of UTF-8>&t=<step>&v=<view>&lang=<tag>&r=<model revision>&c=<CRC-32 of the script>
//   #1s=<percent-encoded script>&...    the same for hands; c may be missing
//   #x=<scenario>    #l=<lesson>/<step>
//
// Unknown keys are ignored; an unknown version or encoding is said, with the raw text at hand. The checksum stands
// last, so that a link cut on its way is known as cut. Compression comes with fflate, fetched when it is needed.

import { crc32 } from './crc32.ts';

export const encodedLimit = 16_384; // characters of a link
export const decodedLimit = 262_144; // bytes of a script

export interface LinkSettings {
  step: number | null;
  view: string | null;
  language: string | null;
  revision: number | null;
}
export type LinkProblem = 'altered' | 'too-long' | 'too-large' | 'newer';
export type Link =
  | { kind: 'none' }
  | { kind: 'scenario'; id: string; settings: LinkSettings }
  | { kind: 'lesson'; id: string; step: string | null; settings: LinkSettings }
  | { kind: 'script'; script: string; settings: LinkSettings; problem: 'altered' | null }
  | { kind: 'unreadable'; problem: LinkProblem; raw: string };

/** What a fragment (with or without its "#") asks for. */
export async function readLink(fragment: string): Promise<Link> {
  const raw = unwrap(fragment.replace(/^#/, ''));
  const pairs = raw.split('&').map((pair) => splitOnce(pair, '='));
  const get = (key: string): string | null => pairs.find(([name]) => name === key)?.[1] ?? null;
  const settings = readSettings(get);
  const scenario = get('x');
  if (scenario) {
    return { kind: 'scenario', id: decodeLoosely(scenario).text, settings };
  }
  const lesson = get('l');
  if (lesson) {
    const [id, step] = splitOnce(decodeLoosely(lesson).text, '/');
    return { kind: 'lesson', id, step: step || null, settings };
  }
  const payload = pairs.find(([name]) => /^\d+[a-z]+$/.test(name));
  if (!payload) {
    return { kind: 'none' };
  }
  if (!['1z', '1s'].includes(payload[0])) {
    return { kind: 'unreadable', problem: 'newer', raw };
  }
  if (payload[1].length > encodedLimit) {
    return { kind: 'unreadable', problem: 'too-long', raw: raw.slice(0, encodedLimit) };
  }
  return readScript(payload[0], payload[1], get('c'), settings, raw);
}

async function readScript(
  tag: string,
  payload: string,
  checksum: string | null,
  settings: LinkSettings,
  raw: string,
): Promise<Link> {
  const decoded = tag === '1z' ? await inflate(payload) : decodePlain(payload);
  if (decoded.bytes.length > decodedLimit) {
    return { kind: 'unreadable', problem: 'too-large', raw };
  }
  // What a chat adds behind a link, a bracket or a full stop, is not part of the eight digits.
  const wanted = checksum === null ? null : (/^[0-9a-f]{8}(?![0-9a-z])/i.exec(checksum)?.[0].toLowerCase() ?? '');
  const isProven = wanted === null ? tag === '1s' : wanted === crc32(decoded.bytes);
  if (decoded.bytes.length === 0 && !isProven) {
    return { kind: 'unreadable', problem: 'altered', raw };
  }
  const problem = isProven && decoded.isWhole ? null : 'altered';
  return {
    kind: 'script',
    script: new TextDecoder('utf-8', { ignoreBOM: true }).decode(decoded.bytes),
    settings,
    problem,
  };
}

interface Decoded {
  bytes: Uint8Array;
  isWhole: boolean;
}

function decodePlain(payload: string): Decoded {
  const { text, isWhole } = decodeLoosely(payload);
  return { bytes: new TextEncoder().encode(text), isWhole };
}

/** Raw inflate in small pieces: stops as soon as the script is too large, keeps what came before an error. */
async function inflate(payload: string): Promise<Decoded> {
  const { Inflate } = await import('fflate');
  const { bytes: compressed, isWhole } = fromBase64Url(payload);
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const stream = new Inflate((piece, final) => {
    pieces.push(piece);
    length += piece.length;
    ended = final;
  });
  try {
    for (let start = 0; start < compressed.length && length <= decodedLimit; start += 256) {
      stream.push(compressed.subarray(start, start + 256));
    }
    stream.push(new Uint8Array(0), true); // throws unless the last block is complete
  } catch {
    ended = false;
  }
  return { bytes: join(pieces, length), isWhole: isWhole && ended };
}

export interface ShareableWork {
  script: string;
  step: number;
  revision: number;
  view?: string;
  language?: string;
}

/** The fragment, with its "#". */
export async function writeLink(work: ShareableWork): Promise<string> {
  const { deflateSync } = await import('fflate');
  const bytes = new TextEncoder().encode(work.script);
  const fields = [`1z=${toBase64Url(deflateSync(bytes, { level: 9 }))}`, `t=${work.step}`];
  if (work.view) {
    fields.push(`v=${encodeURIComponent(work.view)}`);
  }
  if (work.language) {
    fields.push(`lang=${work.language}`);
  }
  fields.push(`r=${work.revision}`, `c=${crc32(bytes)}`);
  return `#${fields.join('&')}`;
}

/** How far a link of that length travels. */
export function linkReach(length: number): 'far' | 'most' | 'file' | 'refused' {
  if (length <= 1_900) {
    return 'far';
  }
  if (length <= 8_000) {
    return 'most';
  }
  return length <= encodedLimit ? 'file' : 'refused';
}

function readSettings(get: (key: string) => string | null): LinkSettings {
  const whole = (key: string): number | null => {
    const digits = /^\d{1,8}$/.exec(get(key) ?? '')?.[0];
    return digits === undefined ? null : Number(digits);
  };
  const word = (key: string): string | null => /^[\w-]{1,32}$/.exec(get(key) ?? '')?.[0] ?? null;
  return { step: whole('t'), view: word('v'), language: word('lang'), revision: whole('r') };
}

/** Some programs encode the whole fragment once more. */
function unwrap(fragment: string): string {
  return fragment.includes('=') || !/%3d/i.test(fragment) ? fragment : decodeLoosely(fragment).text;
}

/** Percent-decoding that keeps what can be read of a damaged text. */
function decodeLoosely(text: string): { text: string; isWhole: boolean } {
  try {
    return { text: decodeURIComponent(text), isWhole: true };
  } catch {
    const kept = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      const bytes = run
        .slice(1)
        .split('%')
        .map((digits) => Number.parseInt(digits, 16));
      return new TextDecoder().decode(Uint8Array.from(bytes));
    });
    return { text: kept, isWhole: false };
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The bytes up to the first character that does not belong there. */
function fromBase64Url(text: string): Decoded {
  const clean = /^[\w-]*/.exec(text)?.[0] ?? '';
  const whole = clean.length % 4 === 1 ? clean.slice(0, -1) : clean;
  const binary = atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return { bytes, isWhole: whole.length === text.replace(/=*$/, '').length };
}

function join(pieces: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
