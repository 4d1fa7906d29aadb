import { expect, test } from 'vitest';
import english from '../locales/en.json' with { type: 'json' };
import { findCounters, meanings } from './counters.ts';

/** "number=meaning" of all that is found. */
const readAs = (text: string) =>
  findCounters(text).map(({ from, to, counter, order }) => `${text.slice(from, to)}=${counter.means}${order ?? ''}`);

test('numbers behind their names: meminfo, vmstat, status, smaps', () => {
  expect(readAs('MemTotal:        466372 kB\nBuffers:     4 kB\nActive(file):    12 kB\nHugePages_Total:       0\n')).toEqual([
    '466372=managed',
    '12=active_file',
  ]);
  expect(readAs('nr_free_pages 8980\nnr_bounce 0\npgfault 257\n')).toEqual(['8980=free', '257=faults']);
  expect(readAs('VmRSS:\t    1028 kB\nPPid:\t1\n')).toEqual(['1028=rss']);
  expect(readAs('bffdf000-c0000000 rw-p 00000000 00:00 0          [stack]\nSwap:   8 kB\nPss:    2 kB\n')).toEqual([
    '8=swap_used',
    '2=pss',
  ]);
});

test('the marks of zoneinfo, and the CPU lists that have a word with them in common', () => {
  const zone = '  pages free     5140\n        min      119\n        high     177\n              count: 3\n              high:  179\n';
  expect(readAs(zone)).toEqual(['5140=free', '119=min', '177=high', '3=pcp_count', '179=pcp_high']);
});

test('numbers under their names: free, where a line of its own means something else', () => {
  const text = [
    '               total        used        free      shared  buff/cache   available',
    'Mem:            38Mi       3.3Mi        35Mi          0B       2.0Mi        34Mi',
    'Swap:           63Mi          0B        63Mi',
    '',
  ].join('\n');
  expect(readAs(text)).toEqual([
    ...['38Mi=managed', '3.3Mi=used', '35Mi=free', '0B=shmem', '2.0Mi=buff_cache', '34Mi=available'],
    ...['63Mi=swap_total', '0B=swap_used', '63Mi=swap_free'],
  ]);
});

test('vmstat, ps, slabtop and slabinfo', () => {
  const vmstat = [
    'procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----',
    ' r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st',
    ' 1  0      0  35920      0   2048    0    0  2048     0    0    0  0  0 100  0  0',
  ].join('\n');
  expect(readAs(vmstat)).toEqual(['0=swap_used', '35920=free', '2048=cache', '0=swap_in', '0=swap_out']);
  expect(readAs('  PID  PPID %MEM    VSZ   RSS COMMAND\n    2     1  2.6   1156  1028 process\n')).toEqual([
    '2.6=rss_share',
    '1156=promised',
    '1028=rss',
  ]);
  const slabtop = [
    ' Active / Total Objects (% used)    : 32 / 32 (100.0%)',
    '  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                   ',
    '    32     31 100%    0.12K      1       32         4K kmalloc-128            ',
  ].join('\n');
  expect(readAs(slabtop)).toEqual(['32=objects', '31=active_objects', '1=slabs', '4K=cache_size']);
  const slabinfo = [
    '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>',
    'dentry                31     32    192   21    1 : tunables    0    0    0 : slabdata      2      2      0',
  ].join('\n');
  expect(readAs(slabinfo)).toEqual(['31=active_objects', '32=objects', '1=slab_pages', '2=slabs', '2=slabs']);
});

test('numbers before their names: top and vmstat -s', () => {
  const top = 'MiB Mem :     38.2 total,     35.1 free\nMiB Swap:     64.0 total,      0.5 used.     34.8 avail Mem\n';
  expect(readAs(top)).toEqual(['38.2=managed', '35.1=free', '64.0=swap_total', '0.5=swap_used', '34.8=available']);
  expect(readAs('        39104 K total memory\n         2048 K swap cache\n            3 pages swapped in\n')).toEqual([
    '39104=managed',
    '2048=cache',
    '3=swap_in',
  ]);
});

test('free blocks by order: buddyinfo and pagetypeinfo', () => {
  const numbers = ' 4 0 7 0 0 0 0 0 0 0 9 \n';
  const first = ['4=free_blocks0', '0=free_blocks1', '7=free_blocks2'];
  expect(readAs(`Node 0, zone    DMA32${numbers}`).slice(0, 3)).toEqual(first);
  expect(readAs(`Node    0, zone  DMA, type    Movable${numbers}`).at(-1)).toBe('9=free_blocks10');
  expect(readAs('Node 0, zone      DMA\n  per-node stats\n')).toEqual([]);
  expect(readAs('Node 0, zone  DMA   0   8   0   0   0 \n')).toEqual([]); // pageblocks by type
});

test('a line that was cut out of its table means nothing', () => {
  expect(readAs('Swap:         65532           0       65532\n')).toEqual([]);
});

test('what follows a table is not read as one of its lines', () => {
  const text = '  total  used  free\nMem:  1 2 3\nMemFree:   5 kB\n 7 8 9 10\n';
  expect(readAs(text)).toEqual(['1=managed', '2=used', '3=free', '5=free']);
});

test('every meaning has its sentence, and MemAvailable its terms', () => {
  expect(meanings.filter((means) => !(`ui.counter.${means}` in english))).toEqual(['available']);
});

/** "number=frames" of all that counts somebody's. */
const ownedIn = (text: string, command = '') =>
  findCounters(text, command).flatMap(({ from, to, of }) => (of === '' ? [] : [`${text.slice(from, to)}=${of}`]));

test('numbers of zoneinfo count their zone, its node or a list of a CPU', () => {
  const text = [
    'Node 0, zone      DMA',
    '  per-node stats',
    '      nr_inactive_anon 2',
    '      nr_anon_pages 3',
    '  pages free     3840',
    '        min      77',
    '      nr_zone_active_file 4',
    '  pagesets',
    '    cpu: 1',
    '              count: 5',
    'Node 0, zone    DMA32',
    '  pages free     6',
    'MemFree:   7 kB',
    '',
  ].join('\n');
  expect(ownedIn(text)).toEqual([
    '2=node 0 list inactive_anon',
    '3=node 0',
    '3840=node 0 zone DMA',
    '77=node 0 zone DMA',
    '4=node 0 zone DMA list active_file',
    '5=node 0 zone DMA cpu 1',
    '6=node 0 zone DMA32',
  ]);
  expect(ownedIn('Active(file):    12 kB\n')).toEqual(['12=list active_file']);
});

test('columns of buddyinfo and pagetypeinfo count the free blocks of an order in a zone', () => {
  const numbers = ' 4 0 7 0 0 0 0 0 0 0 9 \n';
  expect(ownedIn(`Node 0, zone    DMA32${numbers}`).slice(1, 3)).toEqual([
    '0=node 0 zone DMA32 order 1',
    '7=node 0 zone DMA32 order 2',
  ]);
  expect(ownedIn(`Node    1, zone  Normal, type    Movable${numbers}`).at(-1)).toBe(
    '9=node 1 zone Normal type Movable order 10',
  );
});

test('numbers of a process count its pages: by its status, by ps, by the name of its file', () => {
  expect(ownedIn('Name:\tx\nPid:\t12\nVmSize:\t 9 kB\nVmRSS:\t 8 kB\nRssAnon:\t 4 kB\nVmPTE:\t 5 kB\n')).toEqual([
    '8=process 12',
    '4=process 12 rss anon',
  ]);
  const ps = '  PID  PPID %MEM    VSZ   RSS COMMAND\n    1     0  0.0    132     4 init\n    2     1  2.6   1156  1028 x\n';
  expect(ownedIn(ps)).toEqual(['0.0=process 1', '4=process 1', '2.6=process 2', '1028=process 2']);
  const smaps = 'bffdf000-c0000000 rw-p 00000000 00:00 0          [stack]\nSize: 9 kB\nRss:   8 kB\nAnonymous: 4 kB\n';
  expect(ownedIn(smaps, 'cat /proc/3/smaps')).toEqual([
    '8=process 3 from 0xbffdf000 to 0xc0000000',
    '4=process 3 rss anon from 0xbffdf000 to 0xc0000000',
  ]);
  expect(ownedIn('VmRSS:   8 kB\n', "cat /proc/3/status | grep 'VmRSS'")).toEqual(['8=process 3']);
  expect(ownedIn('Rss:   8 kB\n', 'cat /proc/3/smaps /proc/4/smaps')).toEqual([]); // whose it is cannot be known
  expect(ownedIn('Pid:\t2\nVmRSS:\t 8 kB\nMemTotal: 1 kB\nAnonHugePages: 2 kB\n')).toEqual(['8=process 2']);
});

test('numbers of a cache count its slabs', () => {
  const slabtop = [
    '  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                   ',
    '    32     31 100%    0.12K      1       32         4K kmalloc-128            ',
  ].join('\n');
  expect(ownedIn(slabtop)).toEqual(['32', '31', '1', '4K'].map((number) => `${number}=cache kmalloc-128`));
  const slabinfo = [
    '# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>',
    'dentry                31     32    192   21    1 : tunables    0    0    0 : slabdata      2      2      0',
  ].join('\n');
  expect(new Set(ownedIn(slabinfo).map((found) => found.split('=')[1]))).toEqual(new Set(['cache dentry']));
});
