// What `node web/tools/lessons.mjs build` writes into web/generated/, and the player and the gallery read.
//
//   generated/index.json                  LessonIndex            what there is, all languages: menus, links
//   generated/lessons/<id>.<lang>.json    Lesson                 one lesson in one language, complete
//   generated/scenarios/<id>.<lang>.json  Scenario               one of the gallery
//   generated/opening.<lang>.json         Scenario               the one that opens by default, on its own
//
// Prose is a small tree of blocks and spans, never HTML: render every `text` through textContent. All checks
// (start fails, solution passes, languages match) have been made at build time, so a reader trusts what it reads.

export type Language = 'en' | 'zh-Hans' | 'zh-Hant';

export type Span =
  | { kind: 'text' | 'code' | 'strong' | 'em'; text: string }
  | { kind: 'link'; text: string; href: string }; // href is a fragment of this page: "#x=...", "#l=.../..."

export type Block =
  | { kind: 'p'; spans: Span[] }
  | { kind: 'code'; language: 'mm' | 'text'; text: string }
  | { kind: 'list'; ordered: boolean; items: Span[][] }
  | { kind: 'note'; blocks: Block[] }; // an aside: where the model or the textbook differs

/** Where a run stops. `step` counts commands; see Engine.seek, runUntilMark, runUntilLine. */
export type StopPoint =
  | { at: 'end' }
  | { at: 'mark'; label: string }
  | { at: 'line'; line: number }
  | { at: 'step'; step: number };

interface StepBase {
  id: string; // permanent: `#l=<lesson>/<step>`
  title: string;
  body: Block[];
  script: string; // what to load when the step opens; also what Reset brings back
  focus: string | null; // expression whose number is the pfn to select once the run has stopped
  panel: string | null; // which panel comes to the front when the step opens
}

/** Read, then run the script up to `stopAt` and look. Done as soon as it has stopped there. */
export interface RunStep extends StepBase {
  kind: 'run';
  stopAt: StopPoint;
}

/** Run to `askAt`, ask, take a number, run to `answer.at`, evaluate `answer.expr`, show both and `feedback`. */
export interface PredictStep extends StepBase {
  kind: 'predict';
  askAt: StopPoint;
  question: Block[];
  answer: { type: 'int'; expr: string; at: StopPoint };
  /** Answers that a known misconception gives; if one was given, show its feedback before the common one. */
  mistakes: { value: number; feedback: Block[] }[];
  feedback: Block[];
}

export interface Goal {
  id: string;
  title: Span[];
  /** True or non-zero: reached. Evaluate at the end of the learner's run. */
  expr: string;
  /** `expr` is `left operator right` when it is one comparison: show the value of `left` beside that of `right`. */
  left: string | null;
  operator: '==' | '!=' | '>=' | '<=' | '>' | '<' | null;
  right: string | null;
  optional: boolean; // a star, not needed for success
}

/** Edit the script and run it until every goal that is not optional is reached. */
export interface DoStep extends StepBase {
  kind: 'do';
  goals: Goal[];
  hints: Block[][]; // in order; the first by itself after 90 s of idleness or 3 failed runs
  solution: string; // script; showing it marks the step as revealed
  why: Block[]; // after success, beside the solution
}

/** A question about the concept, with an answer to every choice. */
export interface ExplainStep extends StepBase {
  kind: 'explain';
  question: Block[];
  choices: { id: string; right: boolean; text: Span[]; feedback: Block[] }[];
}

/** No check. `variants` are scripts to try; the body ends with an open question. */
export interface ExploreStep extends StepBase {
  kind: 'explore';
  variants: { id: string; title: Span[]; script: string }[];
}

export type Step = RunStep | PredictStep | DoStep | ExplainStep | ExploreStep;

export interface Lesson {
  id: string;
  language: Language; // of the text
  stale: boolean; // true: the source text is newer than this translation (say so, link to the source language)
  source: Language; // the language that this text was translated from (its own, if it is the source)
  track: string;
  minutes: number;
  requires: string[]; // lesson ids
  next: string | null;
  title: string;
  summary: string; // one sentence
  steps: Step[];
  closing: { title: string; blocks: Block[] }; // after the last step: where this bites in production
}

export interface Scenario {
  id: string; // `#x=<id>`
  title: string;
  about: string; // two sentences
  panel: string; // shows what it is about: comes to the front when it opens
  script: string;
}

type PerLanguage = Record<Language, string>;

export interface LessonIndex {
  languages: Language[];
  tracks: { id: string; lessons: string[] }[]; // a track's name is t(`track.${id}`)
  lessons: {
    id: string;
    track: string;
    minutes: number;
    steps: { id: string; kind: Step['kind'] }[];
    title: PerLanguage;
    summary: PerLanguage;
  }[];
  scenarios: { id: string; title: PerLanguage; about: PerLanguage }[];
}
