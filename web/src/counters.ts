// What the numbers count that the tools and /proc print: one table for all of them, and where its names stand in a text.
//
// A number has its name in one of four ways, whatever printed it:
//
//   MemFree:   348976 kB                    the name before it, at the beginning of a line
//   38.2 total,  35.1 free, ...             the name behind it (top, vmstat -s)
//   Node 0, zone DMA   0  0  8              free blocks by order
//          total   used   free              the name above it: the heading's words and the line's go together in
//   Mem:   39104   3420  35920              their order; a line with a name of its own ("Swap:") may mean other things

import { FrameOwners, ownerInRow } from './frame_owners.ts';

export type Panel = 'buddy' | 'pcp' | 'ask' | 'reclaim' | 'slab' | 'process';

/** By their places in FrameKind (src/ui/theme.h). */
export const frameKinds = {
  free: 1 << 0,
  perCpu: 1 << 1,
  allocated: 1 << 2,
  slab: 1 << 3,
  pageTable: 1 << 4,
  pageCache: 1 << 5,
  anonymous: 1 << 6,
  reserved: 1 << 7,
};
const { free, perCpu, allocated, slab, pageTable, pageCache, anonymous, reserved } = frameKinds;
const managed = free | perCpu | allocated | slab | pageTable | pageCache | anonymous;
const present = managed | reserved;
const ofPrograms = pageCache | anonymous;

export interface Counter {
  /** `ui.counter.${means}` says what it counts. */
  means: string;
  /** Frames among which the counted ones are; 0: it counts none that are in memory now. */
  kinds: number;
  /** The panel that has it; null: the map alone. */
  panel: Panel | null;
}

// Names apart by blanks; an underscore stands for a blank within one. "Swap:free" is `free` in the line of Swap, and a
// name that ends in a colon is another one than without it.
const table: [means: string, kinds: number, panel: Panel | null, names: string][] = [
  ['available', free | pageCache | slab, null, 'MemAvailable available avail_Mem'],
  ['free', free, 'buddy', 'MemFree nr_free_pages free free_memory _AVPHYS_PAGES'],
  ['managed', managed, null, 'MemTotal total total_memory managed _PHYS_PAGES'],
  ['present', present, null, 'present'],
  ['spanned', present, null, 'spanned'],
  ['used', managed & ~free, null, 'used used_memory'],
  ['min', free, 'ask', 'min'],
  ['low', free, 'ask', 'low'],
  ['high', free, 'ask', 'high'],
  ['boost', free, 'ask', 'boost'],
  ['pcp_count', perCpu, 'pcp', 'count:'],
  ['pcp_high', perCpu, 'pcp', 'high:'],
  ['pcp_batch', perCpu, 'pcp', 'batch:'],

  ['buff_cache', pageCache | slab, 'reclaim', 'buff/cache'],
  ['cache', pageCache | slab, 'reclaim', 'cache swap_cache'],
  ['cached', pageCache, 'reclaim', 'Cached'],
  ['file_pages', pageCache, 'reclaim', 'nr_file_pages'],
  ['active', ofPrograms, 'reclaim', 'Active active active_memory'],
  ['inactive', ofPrograms, 'reclaim', 'Inactive inact inactive_memory'],
  ['active_anon', anonymous, 'reclaim', 'Active(anon) nr_active_anon nr_zone_active_anon'],
  ['inactive_anon', anonymous, 'reclaim', 'Inactive(anon) nr_inactive_anon nr_zone_inactive_anon'],
  ['active_file', pageCache, 'reclaim', 'Active(file) nr_active_file nr_zone_active_file'],
  ['inactive_file', pageCache, 'reclaim', 'Inactive(file) nr_inactive_file nr_zone_inactive_file'],
  ['dirty', pageCache, 'reclaim', 'Dirty nr_dirty nr_zone_write_pending'],
  ['writeback', pageCache, 'reclaim', 'Writeback nr_writeback'],
  ['anon', anonymous, 'process', 'AnonPages nr_anon_pages RssAnon Anonymous'],
  ['anon_huge', anonymous, 'process', 'AnonHugePages nr_anon_transparent_hugepages'],
  ['mapped', pageCache, 'process', 'Mapped nr_mapped RssFile'],
  ['shmem', pageCache, 'process', 'Shmem nr_shmem shared RssShmem'],
  ['slab', slab, 'slab', 'Slab'],
  ['reclaimable', slab, 'slab', 'SReclaimable KReclaimable nr_slab_reclaimable'],
  ['unreclaim', slab, 'slab', 'SUnreclaim nr_slab_unreclaimable'],
  ['page_tables', pageTable, 'process', 'PageTables nr_page_table_pages VmPTE'],
  ['vmalloc', allocated, null, 'VmallocUsed nr_vmalloc'],

  ['swap_cached', anonymous, 'reclaim', 'SwapCached nr_swapcached'],
  ['swap_total', 0, 'reclaim', 'SwapTotal Swap:total total_swap'],
  ['swap_used', 0, 'reclaim', 'swpd Swap:used used_swap VmSwap Swap'],
  ['swap_free', 0, 'reclaim', 'SwapFree Swap:free free_swap'],
  ['swap_share', 0, 'reclaim', 'SwapPss'],
  ['swap_in', 0, 'reclaim', 'si pswpin pages_swapped_in'],
  ['swap_out', 0, 'reclaim', 'so pswpout pages_swapped_out'],
  ['commit_limit', 0, 'process', 'CommitLimit'],
  ['committed', 0, 'process', 'Committed_AS'],

  ['allocs', 0, 'buddy', 'pgalloc_dma pgalloc_dma32 pgalloc_normal pgalloc_high pgalloc_movable'],
  ['frees', 0, 'buddy', 'pgfree'],
  ['faults', 0, 'process', 'pgfault'],
  ['major_faults', 0, 'process', 'pgmajfault'],
  ['scanned', 0, 'reclaim', 'pgscan_kswapd pgscan_direct pgscan_anon pgscan_file'],
  ['stolen', 0, 'reclaim', 'pgsteal_kswapd pgsteal_direct pgsteal_anon pgsteal_file'],
  ['stalls', 0, 'reclaim', 'allocstall_dma allocstall_dma32 allocstall_normal allocstall_high allocstall_movable'],
  ['kswapd_runs', 0, 'reclaim', 'pageoutrun'],
  ['refaults', 0, 'reclaim', 'workingset_refault_anon workingset_refault_file'],
  ['compact_tries', 0, 'reclaim', 'compact_stall compact_success compact_fail'],
  ['migrated', 0, 'reclaim', 'pgmigrate_success'],
  ['oom_kills', 0, 'reclaim', 'oom_kill'],

  ['objects', slab, 'slab', 'OBJS <num_objs>'],
  ['active_objects', slab, 'slab', 'ACTIVE <active_objs>'],
  ['slabs', slab, 'slab', 'SLABS <num_slabs> <active_slabs>'],
  ['slab_pages', slab, 'slab', '<pagesperslab>'],
  ['cache_size', slab, 'slab', 'CACHE_SIZE'],

  ['rss', ofPrograms, 'process', 'RSS VmRSS Rss'],
  ['rss_share', ofPrograms, 'process', '%MEM'],
  ['most_rss', ofPrograms, 'process', 'VmHWM'],
  ['promised', 0, 'process', 'VSZ VmSize Size'],
  ['most_promised', 0, 'process', 'VmPeak'],
  ['pss', ofPrograms, 'process', 'Pss Pss_Dirty'],
  ['shared_pages', ofPrograms, 'process', 'Shared_Clean Shared_Dirty'],
  ['private_pages', ofPrograms, 'process', 'Private_Clean Private_Dirty'],
  ['referenced', ofPrograms, 'process', 'Referenced'],
];

const freeBlocks: Counter = { means: 'free_blocks', kinds: free, panel: 'buddy' };

const counters = new Map<string, Counter>(
  table.flatMap(([means, kinds, panel, names]) => names.split(' ').map((name) => [name, { means, kinds, panel }])),
);
/** Every meaning that a number can have. */
export const meanings = [...new Set([...counters.values(), freeBlocks].map(({ means }) => means))];

// Within the table blanks are underscores; no name has one of each.
const find = (name: string): Counter | undefined => counters.get(name) ?? counters.get(name.replaceAll(' ', '_'));

/** A number in a text. */
export interface Counted {
  from: number;
  to: number;
  name: string; // as it stands there
  counter: Counter;
  order?: number; // of the free blocks that it counts
  /** Whose frames, as Engine.showFramesOf takes it; '': all of these kinds. */
  of: string;
}
type Found = Omit<Counted, 'of'> & { of?: string };

const amount = /^\d+(\.\d+)?([KMGT]i?|B|%)?$/;
const rowNames = ['Mem:', 'Swap:', 'Low:', 'High:', 'Total:'];
const ofOrders = /^Node +\d+, zone +\w+(, type +\w+)?( +\d+){11} *$/;

interface Word {
  from: number;
  text: string;
}
const wordsOf = (line: string): Word[] =>
  [...line.matchAll(/(?:OBJ|CACHE) SIZE|# name|\S+/g)].map(({ index, 0: text }) => ({ from: index, text }));

/** `command`: the command line that printed the text, if one did. */
export function findCounters(text: string, command = ''): Counted[] {
  const found: Counted[] = [];
  const owners = new FrameOwners(command);
  let heading: string[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const words = wordsOf(line);
    owners.read(line);
    if (words.filter(({ text: name }) => find(name)).length > 1) {
      heading = words.map(({ text: name }) => name);
    } else {
      const below = underHeading(words, heading);
      heading = below ? heading : [];
      for (const one of below ?? byOrder(line, words) ?? [...behindName(line), ...beforeName(line)]) {
        const of = one.of ?? (one.order === undefined ? owners.of(one.name, one.counter) : owners.ofOrder(one.order));
        found.push({ ...one, of, from: start + one.from, to: start + one.to });
      }
    }
    start += line.length + 1;
  }
  return found;
}

const counted = ({ from, text }: Word, name: string, counter: Counter): Found => ({
  from,
  to: from + text.length,
  name,
  counter,
});

/** Null: the line does not stand under such a heading. */
function underHeading(words: Word[], heading: string[]): Found[] | null {
  const [first] = words;
  const row = first?.text.endsWith(':') ? first.text : '';
  const values = row ? words.slice(1) : words;
  const fits = row ? rowNames.includes(row) && values.length <= heading.length : values.length === heading.length;
  if (values.length === 0 || !fits) {
    return null;
  }
  const owner = ownerInRow(
    values.map(({ text }) => text),
    heading,
  );
  return values.flatMap((value, index) => {
    const name = heading[index] ?? '';
    const counter = find(row + name) ?? find(name);
    if (!counter || !amount.test(value.text)) {
      return [];
    }
    const of = counter.kinds === 0 ? '' : owner;
    return [{ ...counted(value, row === 'Swap:' ? `Swap ${name}` : name, counter), of }];
  });
}

function byOrder(line: string, words: Word[]): Found[] | null {
  if (!ofOrders.test(line)) {
    return null;
  }
  const first = words.findLastIndex(({ text }) => !/^\d+$/.test(text)) + 1;
  return words.slice(first).map((word, order) => ({ ...counted(word, `order ${order}`, freeBlocks), order }));
}

function behindName(line: string): Found[] {
  const named = /^((?:\s*pages)?\s*([A-Za-z_][\w()]*:?)\s+)(\d+)(?: kB)?\s*$/;
  const [, before = '', name = '', value = ''] = named.exec(line) ?? [];
  const plain = name.replace(/:$/, '');
  const counter = find(name) ?? find(plain);
  return counter ? [counted({ from: before.length, text: value }, plain, counter)] : [];
}

function beforeName(line: string): Found[] {
  const row = /^(?:\w+ )?(\w+) ?:/.exec(line)?.[1] ?? '';
  const named = /(\d+(?:\.\d+)?) (?:K )?([A-Za-z][\w/]*(?: [A-Za-z]\w*)*)(?=[,.]|$)/g;
  return [...line.matchAll(named)].flatMap(({ index, 1: value = '', 2: name = '' }) => {
    const counter = find(`${row}:${name}`) ?? find(name);
    return counter ? [counted({ from: index, text: value }, row === 'Swap' ? `Swap ${name}` : name, counter)] : [];
  });
}
