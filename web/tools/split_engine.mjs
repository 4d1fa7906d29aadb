// Splits the engine in two: `node split_engine.mjs ENGINE.wasm LATER.txt FIRST.wasm REST.wasm`.
//
//   engine.wasm ──► the functions that the first picture needs ──► engine_first.wasm
//              └──► those that LATER.txt names                 ──► engine_rest.wasm, fetched when somebody touches the page
//
// The work is Binaryen's wasm-split. It is told functions by name, and writes C++ names in another way in every version;
// so the engine's name section is replaced by plain numbers before, and neither half carries names afterwards.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const importSection = 2;
const codeSection = 10;
const functionKind = 0;
// As CMakeLists.txt compiles: the file itself does not say it any more.
const features = ['bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'simd'];

/** Reads the numbers and strings of the binary format, from `at` on. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  text() {
    const end = this.number() + this.at;
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }
}

function* sectionsOf(bytes) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    yield { id, start, body: reader.at, end };
    reader.at = end;
  }
}

/** The functions that a module of Emscripten's imports: it imports nothing but functions, and its memory perhaps. */
function countImports(bytes, section) {
  if (!section) return 0;
  const reader = new Reader(bytes, section.body);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    functions += kind === functionKind ? 1 : 0;
    if (kind === 1) reader.byte(); // a table says first of what
    if (kind === 1 || kind === 2) {
      if (reader.byte() & 1) reader.number(); // the most there may be
    }
    if (kind === 3) reader.byte();
    reader.number(); // the type, the least, or whether it may change
  }
  return functions;
}

/** Names of functions by index, out of the name section. */
function namesOf(bytes, section) {
  const names = new Map();
  const reader = new Reader(bytes, section.body);
  reader.text();
  while (reader.at < section.end) {
    const kind = reader.byte();
    const end = reader.number() + reader.at;
    if (kind === 1) {
      for (let left = reader.number(); left > 0; left--) {
        const index = reader.number();
        names.set(index, reader.text());
      }
    }
    reader.at = end;
  }
  return names;
}

/** `mmscope::(anonymous namespace)::Planner::plan()` or `_ZN7mmscope...`: its words, from the outermost scope inward. */
export function scopesOf(name) {
  if (!name.startsWith('_Z')) {
    const plain = name.replaceAll('(anonymous namespace)', '_GLOBAL__N_1').split(/[<(]/)[0];
    return plain.split(' ').at(-1).split('::');
  }
  const scopes = [];
  let rest = name.replace(/^_ZN?[KVrO]*/, '');
  for (let found = /^(?:S[a-z]|L)?(\d+)/.exec(rest); found; found = /^(\d+)/.exec(rest)) {
    const start = found[0].length;
    scopes.push(rest.slice(start, start + Number(found[1])));
    rest = rest.slice(start + Number(found[1]));
  }
  return scopes;
}

/**
 * The lines of the list: a class, a function, or both with what they lie in before them. `*` is any part of a name, and
 * with `!` in front they stay, whatever other lines say.
 */
export function wordsOf(list) {
  const lines = list.split('\n').flatMap((line) => line.replace(/#.*/, '').trim() || []);
  return lines.map((line) => {
    const name = scopesOf(line.replace('!', '')).join('::');
    return { stays: line.startsWith('!'), pattern: new RegExp(`::${name.replaceAll('*', '\\w*')}::`) };
  });
}

/** Whether the list means this function, or a class that it is a member of. */
export function isLater(name, words) {
  const scopes = `::${scopesOf(name).join('::')}::`;
  const found = words.filter(({ pattern }) => pattern.test(scopes));
  return found.length > 0 && !found.some(({ stays }) => stays);
}

function encoded(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const counted = (bytes) => Buffer.concat([encoded(bytes.length), bytes]);

/** The module with numbers as names, and the numbers of the functions that come later. */
export function renamed(bytes, words) {
  const sections = [...sectionsOf(bytes)];
  const imports = countImports(
    bytes,
    sections.find(({ id }) => id === importSection),
  );
  const code = sections.find(({ id }) => id === codeSection);
  const count = imports + new Reader(bytes, code.body).number();
  const named = sections.find(({ id, body }) => id === 0 && new Reader(bytes, body).text() === 'name');
  if (!named) throw new Error('the engine was linked without names (--profiling-funcs)');
  const names = namesOf(bytes, named);

  const table = [encoded(count)];
  const later = [];
  for (let index = 0; index < count; index++) {
    table.push(encoded(index), counted(Buffer.from(`f${index}`)));
    if (index >= imports && isLater(names.get(index) ?? '', words)) later.push(`f${index}`);
  }
  const body = Buffer.concat([counted(Buffer.from('name')), Buffer.from([1]), counted(Buffer.concat(table))]);
  const kept = sections.filter(({ id }) => id !== 0).map(({ start, end }) => bytes.subarray(start, end));
  return {
    module: Buffer.concat([bytes.subarray(0, 8), ...kept, Buffer.from([0]), counted(body)]),
    later,
    names: [...names.values()],
  };
}

function split([engine, list, first, rest, splitter = 'wasm-split']) {
  const words = wordsOf(readFileSync(list, 'utf8'));
  const { module, later, names } = renamed(readFileSync(engine), words);
  for (const word of words) {
    const wanted = [{ ...word, stays: false }];
    if (!names.some((name) => isLater(name, wanted))) console.warn(`${list}: nothing is named ${word.pattern.source} any more`);
  }
  const numbered = `${first}.numbered`;
  writeFileSync(numbered, module);
  writeFileSync(`${first}.later`, later.join('\n'));
  const { status, stderr, error } = spawnSync(splitter, [
    ...features.map((feature) => `--enable-${feature}`),
    '--export-prefix=%',
    `--split-funcs=@${first}.later`,
    '-o1',
    first,
    '-o2',
    rest,
    numbered,
  ]);
  rmSync(numbered);
  rmSync(`${first}.later`);
  if (status !== 0) throw error ?? new Error(`wasm-split: ${stderr}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) split(process.argv.slice(2));
