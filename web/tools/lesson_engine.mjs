// The native engine as the judge of lessons: `mmscope-cli run` and `mmscope-cli eval`, one process a question.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { web } from './lesson_files.mjs';

/** Where the build puts it; MMSCOPE_CLI wins. Null if it is not built. */
export function findEngine() {
  const candidates = [process.env.MMSCOPE_CLI, join(web, '..', 'build', 'native', 'mmscope-cli')];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}

/** Asks the engine; scripts are handed over as text, so that what is checked is what is shipped. */
export class NativeEngine {
  constructor(binary) {
    this.binary = binary;
    this.folder = mkdtempSync(join(tmpdir(), 'mmscope-lessons-'));
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs to the end: '' or the first sentence of what went wrong. */
  run(script) {
    const answer = this.#call(['run', this.#file(script)]);
    return answer.status === 0 ? '' : this.#sentence(answer);
  }

  /**
   * Evaluates expressions at a stop point ("end", "mark:LABEL", "line:N", "step:N").
   * { step, values: [{ ok, number, text }], failure }; `failure` is a sentence or null.
   */
  evaluate(script, expressions, at) {
    const file = this.#file(script);
    const answer = this.#call(['eval', file, ...expressions.flatMap((expr) => ['--expr', expr]), '--at', at]);
    try {
      const { step, values, failure } = JSON.parse(answer.stdout);
      return { step, values: values.map((value) => ({ ...value, truth: isTrue(value) })), failure: failure || null };
    } catch {
      return { step: 0, values: [], failure: this.#sentence(answer) || 'the engine gave no answer' };
    }
  }

  #file(script) {
    const path = join(this.folder, 'script.mm');
    writeFileSync(path, script);
    return path;
  }

  #call(args) {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, maxBuffer: 1 << 26 };
    try {
      return { status: 0, stdout: execFileSync(this.binary, args, options), stderr: '' };
    } catch (error) {
      return { status: error.status ?? 1, stdout: error.stdout ?? '', stderr: error.stderr || error.message };
    }
  }

  #sentence(answer) {
    const said = `${answer.stderr}\n${answer.stdout}`.split('\n').find((line) => line.trim()) ?? '';
    return said.replaceAll(join(this.folder, 'script.mm'), 'line').trim();
  }
}

const isTrue = (value) => value.ok && value.text !== 'false' && value.text !== 'NULL' && String(value.number ?? 1) !== '0';
