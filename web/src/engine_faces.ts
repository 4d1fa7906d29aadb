// The faces of the engines, and what their calls take and give: the types of src/api/bindings.cpp and
// capture_bindings.cpp. Everything that crosses is a string, a number or a short-lived typed view; no C++ handle reaches
// JavaScript.

export interface MessageParam {
  name: string;
  kind: 'number' | 'hex' | 'text';
  /** number: decimal digits; hex: "0x..."; text: as it is. Always a string, so that 64 bits survive. */
  value: string;
}
/** A sentence to be: `t(message.key, params)` speaks it. */
export interface Message {
  key: string;
  params: MessageParam[];
}
export interface Diagnostic {
  line: number; // from 1; 0: the text as a whole
  column: number; // from 1, in characters (UTF-16 units)
  length: number;
  message: Message;
}
export type RunState = 'paused' | 'running' | 'finished' | 'failed';
export interface Mark {
  step: number;
  line: number;
  label: string;
}
export interface Status {
  generation: number;
  state: RunState;
  step: number;
  lastStep: number;
  line: number; // comes next; 0 at the end
  event: number; // of the last command, right after which the machine is shown; 0: after all of it
  events: number; // of the last command that can be looked at
  failure: Diagnostic | null;
  marks: Mark[];
  notes: Mark[];
  stateHash: string; // 16 hex digits
  summary: Message;
  machineNotes: Message[];
  /** The kernel logged something about the last command; a CaptureEngine prints it. */
  hasKernelLog: boolean;
  machine: { arch: string; kernel: string; cpus: number; nodes: number; imported: boolean; frames: number };
}
export type ProcFile = 'buddyinfo' | 'zoneinfo' | 'pagetypeinfo' | 'slabinfo' | 'meminfo' | 'vmstat' | 'swaps' | 'vmallocinfo';
export interface CacheRow {
  number: number;
  name: string;
  objectSize: number; // bytes
  size: number; // of an object's place
  perSlab: number;
  used: number; // objects
  total: number;
  slabs: number;
  pages: number;
  lost: string; // bytes with their unit: inside objects and behind the last ones
}
export interface ProcessRow {
  pid: number;
  parent: number;
  resident: number; // pages
  total: number;
  tables: number; // frames of page tables
  areas: { start: string; end: string; rights: string; name: string; resident: number; swapped: number; huge: number; pages: number }[];
}
/** What lies before a cache's slabs: an array of the classic SLAB's, a sheaf of 7.2's, the sheaves of a barn. */
export interface SlabQueueRow {
  name: string; // "CPU 0 array", "shared array", "CPU 0 spare sheaf"
  held: number;
  limit: number;
  batchcount: number; // 0: it has none
}
export interface SlabRow {
  pfn: number;
  place: string; // "CPU 0", "CPU 0 partial", "partial", "full", "free"
  used: number;
  /** A letter an object: U in use, c free on the CPU's list, r freed by another CPU, f free, s in a sheaf, a in an array. */
  objects: string;
}
export interface ZoneRow {
  position: number;
  node: number;
  name: string;
  startPfn: number;
  spanned: number;
  present: number;
  managed: number;
  free: number;
  onCpuLists: number; // pages that CPUs keep at hand
  boost: number; // of each of the marks
  highAtomic: number; // pages of HighAtomic pageblocks
  min: number;
  low: number;
  high: number;
  reserve: number[]; // protection, by the requester's zone index
  pageblocks: number[]; // by migratetype
  blocks: number[]; // free blocks of order 0..10, all types
  byType: number[][]; // [migratetype][order]
}
/** One zone's lists of one CPU. Names are the kernel's. */
export interface CpuListsRow {
  zone: string;
  cpu: number;
  numbers: { name: string; value: number }[];
  lists: { name: string; blocks: number }[];
}
export interface ProspectRow {
  gfp: string;
  cells: string[]; // by order; `ui.ask.signs` explains them
}
/** Names and values are the kernel's words and text ready to show. */
export interface ReclaimGroup {
  kind: 'node' | 'command' | 'zone' | 'mappings' | 'swap';
  name: string; // of the node or the zone
  rows: { name: string; value: string }[];
}
export interface FrameRow {
  pfn: number;
  kind: 'free' | 'allocated' | 'reserved' | 'absent' | 'outside';
  /** Field names are the kernel's; values are text ready to show. */
  fields: { name: string; value: string }[];
  blockPfn: number; // -1: none
  blockOrder: number;
  callLine: number; // 0: none
  callText: string;
  freeingCall: string; // gives its block back; empty where no page call took it
}
export interface EvaluateAnswer {
  ok: boolean;
  isNumber: boolean;
  number: string;
  text: string;
  error: Diagnostic | null;
}

export interface CaptureStatus {
  state: 'empty' | 'waiting' | 'running' | 'stopped' | 'finished' | 'failed';
  kind: 'none' | 'golden' | 'module' | 'trace';
  files: string[]; // their names
  bytesRead: number;
  bytesTotal: number;
  /** `rules`: the profile, '' if there is none. `isShown`: the kernel is only what the capture's counters show. */
  machine: { kernel: string; rules: string; isShown: boolean; arch: string; cpus: number };
  kernels: string[]; // to choose from
  missing?: Message; // while it waits
  failure?: { file: string; problem: Diagnostic };
  outcome?: { isPerfect: boolean; tally: Message; remarks: { line: number; sentences: Message[] }[] };
}
export type CapturePart =
  | 'none'
  | 'golden'
  | 'module'
  | 'snapshots'
  | 'trace'
  | 'layout'
  | 'uname'
  | 'zoneinfo'
  | 'log';
/** What the reports in a kernel's log say: of the OOM killer, of failed allocations. */
export interface Explanation {
  file: string;
  reports: { line: number; sentences: Message[] }[];
  problem: Diagnostic | null; // of the first report that cannot be read
}

export interface TlbChoices {
  cpus: { name: string; geometry: string }[];
  usual: string; // one of the names
  pageSizes: string[];
}
/** Lines of a trace that were passed over, and the first of them. */
export interface TlbOddities {
  count: number;
  line?: number;
  message?: Message;
}
/** What a program's memory references came to; see TlbReport in src/play/tlb_trace.h. */
export interface TlbResult {
  geometry: string;
  pageSize: string;
  references: number;
  kinds: { name: 'fetches' | 'loads' | 'stores' | 'modifies'; count: number }[];
  levels: { name: string; accesses: number; hits: number; misses: number }[];
  walks: number;
  begun: { level: string; walks: number }[];
  entriesRead: number;
  cycles: number; // the two that follow
  l2Cycles: number;
  walkCycles: number;
  torn: TlbOddities;
  foreign: TlbOddities;
}

/** MemAvailable by its terms, in pages; see src/procfs/mem_available.h. */
export interface MemAvailable {
  pages: number;
  free: number;
  totalReserve: number;
  file: number;
  fileKept: number;
  reclaimable: number;
  reclaimableKept: number;
}

/** What the engine can do; see src/play/session.h for the meaning of each. All calls are synchronous. */
export interface Engine {
  modelRevision(): number;
  // script and time
  load(source: string): Diagnostic[];
  source(): string;
  /** The script up to this step, for a command to be appended; "\0" in a loop or in the middle of a statement. */
  sourceSoFar(): string;
  run(): void;
  seek(step: number): void;
  runUntilMark(label: string): void;
  runUntilLine(line: number): void;
  stop(): void;
  work(budget: number): boolean;
  status(): Status;
  // looking
  zones(): ZoneRow[];
  cpuLists(): CpuListsRow[];
  /** What requests would get right now: the usual flags by orders. */
  prospects(cpu: number): ProspectRow[];
  /** One of them, step by step; a single sentence where it is no request. */
  ask(gfp: string, order: number, cpu: number): { succeeds: boolean; sentences: Message[] };
  /** LRU lists, daemons, what the last command reclaimed and moved, compaction by zone, files and areas. */
  slabCaches(): CacheRow[];
  /** The first 200 of them. */
  slabs(cache: number): SlabRow[];
  slabQueues(cache: number): SlabQueueRow[];
  processes(): ProcessRow[];
  /** The walk of a process's page tables to an address ("0x..."), level by level, and the physical address. */
  walk(pid: number, address: string): string[];
  reclaim(): ReclaimGroup[];
  frame(pfn: number): FrameRow;
  narration(most: number): Message[];
  /** By sentence of the narration: the event that it is about, from 1; 0: the command as a whole. */
  toldEvents(most: number): number[];
  /** Shows the machine as it was right after this event of the last command; 0: after all of it. Any wish ends that. */
  lookAt(event: number): void;
  /** What a command line of the terminal prints, or why it prints nothing. */
  terminal(line: string): { text: string; error: Message | null };
  /** The same of one that may go on as the machine's time passes (vmstat 1); it takes the place of what went on before. */
  beginCommand(line: string): { text: string; error: Message | null; goesOn: boolean };
  /** What it has printed since, once the machine has come to rest. */
  continueCommand(): { text: string; goesOn: boolean };
  endCommand(): void;
  /** What the last word of a command line could become. */
  completions(line: string): string[];
  evaluate(expression: string): EvaluateAnswer;
  procText(name: ProcFile): string;
  memAvailable(): MemAvailable;
  /** What pasted text is ("zoneinfo", "buddyinfo", "pagetypeinfo", "slabinfo", "script", "unknown"), piece by piece, and what is wrong with it. */
  recognise(text: string): { pieces: { kind: string; firstLine: number; lines: number }[]; problem: Diagnostic | null };
  /** Script text whose first statement is `machine from text` with this text in it. */
  importScript(text: string): { script: string; problem: Diagnostic | null };
  callNames(): string[];
  // picture (canvas). Coordinates are CSS pixels relative to the canvas.
  createPicture(canvasSelector: string, monoFont: Uint8Array, sansFont: Uint8Array): string; // '' or the reason why not
  resize(width: number, height: number, devicePixelRatio: number): void;
  setTheme(theme: 'dark' | 'light', reducedMotion: boolean): void;
  pointer(kind: 'move' | 'down' | 'up' | 'leave', x: number, y: number, button: number, touch: boolean): void;
  wheel(x: number, y: number, deltaX: number, deltaY: number): void;
  pinch(x: number, y: number, factor: number): void;
  key(name: string, down: boolean, shift: boolean, ctrl: boolean): boolean; // true: used
  focus(focused: boolean): void;
  /** Draws one frame. True if another is wanted (an animation, a settling layout). */
  draw(milliseconds: number): boolean;
  contextLost(): void;
  contextRestored(): string;
  select(pfn: number): void; // -1: nothing
  selected(): number;
  hovered(): number;
  /** What the map's legend shows, by bits of FrameKind in src/ui/theme.h (0 free, 3 slab, 5 page cache ...); 0: everything. */
  showKinds(kinds: number): void;
  /** Leaves on the map the frames of a zone, a process, a cache, as src/play/counted_frames.h names them ("process 2"), within
   *  those kinds; '': all. False, and all, if it names none. */
  showFramesOf(text: string): boolean;
  /** Brings one of the panels with tabs to the front: buddy, pcp, ask, reclaim, slab, process. False if there is no such. */
  showPanel(name: string): boolean;
  /** Which panel shows its "?" text, asked for by a click in the canvas: '' if none. Cleared by reading. */
  takeHelpRequest(): string;
}

/** Replays captures of kernels, beside the machine; see src/play/lock_step.h. A drop is each file's name, then its bytes. */
export interface CaptureEngine {
  beginFile(name: string): void;
  addBytes(bytes: Uint8Array): void;
  takeBackFile(): void; // the last one, which could not be read
  /** Of the last file, as far as it has come: it is for a TlbEngine, and to be taken back. */
  isMemoryTrace(): boolean;
  /** The drop is complete: what each of its files is. */
  takeDrop(): CapturePart[];
  /** Of the logs among them. */
  explanations(): Explanation[];
  chooseKernel(version: string): void;
  restart(): void;
  stop(): void;
  work(budget: number): boolean;
  status(): CaptureStatus;
}

/** Plays a program's memory trace through a TLB as it comes; see src/api/capture_tlb.h. */
export interface TlbEngine {
  tlbChoices(): TlbChoices;
  /** A geometry or a CPU's name. Why nothing was begun. */
  beginTlb(geometry: string, pageSize: string): Diagnostic | null;
  playTlb(bytes: Uint8Array): void;
  finishTlb(): void;
  tlbStatus(): TlbResult;
}

/** Prints what the kernel logged about the command before a step of a script, '' if nothing: once the work is over. */
export interface LogEngine {
  beginLog(script: string, step: number): void;
  workOnLog(budget: number): boolean;
  logText(): string;
  /** All that it logged up to there, as dmesg has it. */
  wholeLog(): string;
}
