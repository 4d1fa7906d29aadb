// Whose frames a number counts, beyond their kind: a zone's, a process's, a cache's. It is read off the lines around it.
//
//   Node 0, zone    DMA32 ...            a zone, in buddyinfo's line or above zoneinfo's numbers
//     per-node stats  /  cpu: 1          within that one: of the node as a whole, of a CPU's lists
//   Pid:  12                             a process, above the numbers of its status
//   7ffd000-7fff000 rw-p ...  [stack]    an area, above the numbers of smaps
//   PID  PPID  %MEM ...   # name ...     a column of a table
//
// What it says is in the words of src/play/counted_frames.h, which Engine.showFramesOf takes: "node 0 zone DMA32".

import type { Counter } from './counters.ts';

const ofProcess = /^(VmRSS|VmHWM|RSS|Rss|%MEM|Pss|Shared_|Private_|Referenced|Anonymous|AnonHugePages)/;
const rssKinds: Record<string, string> = { RssAnon: 'anon', RssFile: 'file', RssShmem: 'shmem', Anonymous: 'anon' };
const lruLists = ['inactive_anon', 'active_anon', 'inactive_file', 'active_file'];

export class FrameOwners {
  #zone = '';
  #node = '';
  #cpu = '';
  #process: string;
  #area = '';
  #isOfNode = false;

  /** `command`: the command line that printed the text; a process's file has no other mark of whose it is. */
  constructor(command: string) {
    const pids = new Set([...command.matchAll(/\/proc\/(\d+)\//g)].map(([, pid]) => pid));
    this.#process = pids.size === 1 ? `process ${[...pids][0]}` : '';
  }

  /** The next line of the text. */
  read(line: string): void {
    const [, node, zone, type] = /^Node +(\d+), zone +(\w+)(?:, type +(\w+))?/.exec(line) ?? [];
    if (node !== undefined || /^\S/.test(line)) {
      this.#node = node === undefined ? '' : `node ${node}`;
      this.#zone = node === undefined ? '' : `node ${node} zone ${zone}${type ? ` type ${type}` : ''}`;
      this.#cpu = '';
      this.#isOfNode = false;
    } else if (line === '  per-node stats') {
      this.#isOfNode = true;
    } else if (line.startsWith('  pages ')) {
      this.#isOfNode = false;
    }
    this.#cpu = this.#zone === '' ? '' : (/^ +cpu: (\d+)$/.exec(line)?.[1] ?? this.#cpu);
    this.#readProcess(line);
  }

  /** Of a number with this name; '' if its kind says all. */
  of(name: string, { means, kinds }: Counter): string {
    if (kinds === 0) {
      return '';
    }
    const rss = rssKinds[name];
    if (this.#process !== '' && (rss || ofProcess.test(name))) {
      return this.#process + (rss ? ` rss ${rss}` : '') + this.#area;
    }
    const list = lruLists.includes(means) ? `list ${means}` : '';
    const cpu = means.startsWith('pcp_') && this.#cpu !== '' ? `cpu ${this.#cpu}` : '';
    return [this.#isOfNode ? this.#node : this.#zone, cpu, list].filter((part) => part !== '').join(' ');
  }

  /** Of the free blocks of an order, in a line of their own. */
  ofOrder(order: number): string {
    return `${this.#zone} order ${order}`;
  }

  #readProcess(line: string): void {
    const [, pid] = /^Pid:\s*(\d+)/.exec(line) ?? [];
    const [, from, to] = /^([0-9a-f]{8,})-([0-9a-f]{8,}) /.exec(line) ?? [];
    if (pid) {
      this.#process = `process ${pid}`;
    } else if (from && to) {
      this.#area = ` from 0x${from} to 0x${to}`;
    } else if (line.startsWith('MemTotal:')) {
      this.#process = '';
    }
    if (pid || line.startsWith('Name:') || line.startsWith('MemTotal:')) {
      this.#area = '';
    }
  }
}

/** Of the numbers in a line of a table; '' if nobody's name stands in it. */
export function ownerInRow(values: string[], heading: string[]): string {
  const under = (name: string): string => values[heading.indexOf(name)] ?? '';
  const process = under('PID');
  const cache = under('# name') || under('NAME');
  return process ? `process ${process}` : cache ? `cache ${cache}` : '';
}
