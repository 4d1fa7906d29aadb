// The pieces of a real machine, as they come: several files at once or one after another, until there is enough.
//
// A new piece replaces the one of its kind. After a machine has been made of them, pagetypeinfo and slabinfo may still
// join it; another zoneinfo or buddyinfo begins the next machine. slabinfo alone makes a machine of its own, and the
// others may join that.

import type { Diagnostic, Engine } from './engine_faces.ts';

export const largestImport = 1_048_576; // bytes

type Recognising = Pick<Engine, 'recognise' | 'importScript'>;
export type PieceKind = 'zoneinfo' | 'buddyinfo' | 'pagetypeinfo' | 'slabinfo';
const kinds: readonly string[] = ['zoneinfo', 'buddyinfo', 'pagetypeinfo', 'slabinfo'];
const needed: readonly PieceKind[] = ['zoneinfo', 'buddyinfo'];

export interface Piece {
  kind: PieceKind;
  text: string;
  lines: number;
}
export type ImportOutcome =
  | { kind: 'script'; script: string } // a machine, or the script that the text was
  | { kind: 'missing'; missing: PieceKind[] }
  | { kind: 'problem'; problem: Diagnostic }
  | { kind: 'unknown' }
  | { kind: 'too-large' };

export class ImportCollection {
  readonly #pieces = new Map<PieceKind, Piece>();
  #isComplete = false;

  constructor(private readonly engine: Recognising) {}

  get pieces(): Piece[] {
    return [...this.#pieces.values()];
  }

  forget(): void {
    this.#pieces.clear();
    this.#isComplete = false;
  }

  add(text: string): ImportOutcome {
    if (text.length > largestImport) {
      return { kind: 'too-large' };
    }
    const { pieces, problem } = this.engine.recognise(text);
    if (pieces.some((piece) => piece.kind === 'script')) {
      return { kind: 'script', script: text };
    }
    const lines = text.split('\n');
    const found = pieces
      .filter((piece) => kinds.includes(piece.kind))
      .map((piece) => ({
        kind: piece.kind as PieceKind,
        text: lines.slice(piece.firstLine - 1, piece.firstLine - 1 + piece.lines).join('\n'),
        lines: piece.lines,
      }));
    if (found.length === 0) {
      return problem ? { kind: 'problem', problem } : { kind: 'unknown' };
    }
    if (this.#isComplete && found.some((piece) => needed.includes(piece.kind))) {
      this.forget();
    }
    for (const piece of found) {
      this.#pieces.set(piece.kind, piece);
    }
    return problem ? { kind: 'problem', problem } : this.build();
  }

  /** What the pieces make, as far as they have come. */
  build(): ImportOutcome {
    const missing = needed.filter((kind) => !this.#pieces.has(kind));
    const isCachesAlone = this.#pieces.size === 1 && this.#pieces.has('slabinfo');
    if (missing.length > 0 && !isCachesAlone) {
      return { kind: 'missing', missing };
    }
    const text = this.pieces.map((piece) => `${piece.text.trimEnd()}\n`).join('');
    const { script, problem } = this.engine.importScript(text);
    if (problem) {
      return { kind: 'problem', problem };
    }
    this.#isComplete = !isCachesAlone;
    return { kind: 'script', script };
  }
}
