// The catalogues as the page fetches them, cut by need. `#words/en/ui` has the English words that the page opens with;
// `#words/<language>/page` the rest of those, and what the usual commands do. What it says only about something that a
// person did, and of rarer commands, is in `rare`; a pane's own words come with the pane (`learn`, `table`, `capture` for
// what is brought in) and the help's with the help. What the native command says is left out.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const prefix = '#words/';
// How the keys of each part begin.
const beginnings: Record<string, string[]> = {
  none: ['cli.'],
  capture: ['capture.', 'conform.', 'lockstep.', 'report.', 'tlb.table_', 'ui.import.', 'ui.tlb.'],
  help: ['help.', 'leaves_out.', 'ui.help.', 'ui.keys.'],
  learn: ['track.', 'ui.learn.'],
  table: ['ui.ask.', 'ui.process.', 'ui.slab.', 'ui.table.'],
  rare: [
    ...['error.', 'import.', 'proc.', 'prospect.', 'tlb.', 'ui.append.', 'ui.available.', 'ui.counter.'],
    ...['ui.link.', 'ui.share.', 'ui.terminal.'],
    ...['command.compact_memory', 'command.drop_caches', 'command.kfree', 'command.kmalloc', 'command.kmem_cache_'],
    ...['command.krealloc_', 'command.memset_', 'command.mmap', 'command.munmap', 'command.open', 'command.shmem_'],
    ...['command.touch_'],
    ...['command.swapoff', 'command.swapon', 'event.swapoff', 'event.swapon', 'event.workingset_refault_'],
    ...['event.add_to_swap', 'event.do_swap_page_', 'event.get_scan_count', 'event.swap_'],
    ...['event.anonymous_fault', 'event.compact_retry', 'event.gfp_warning_', 'event.kswapd_hopeless'],
    ...['event.mark_victim', 'event.might_sleep_', 'event.migrate_page', 'event.mm_compaction_', 'event.mm_filemap_'],
    ...['event.mm_lru_', 'event.mm_vmscan_', 'event.oom_panic', 'event.out_of_memory', 'event.reclaim_retry_zone'],
    ...['event.alloc_', 'event.barn_', 'event.cache_from_obj', 'event.cpu_partial_', 'event.cpuslab_', 'event.free_'],
    ...['event.kfree', 'event.kmalloc', 'event.warn_free_bad_obj', 'event.zap_page'],
    ...['command.access', 'command.fork', 'command.process_call', 'event.access_frame_', 'event.change_protection'],
    ...['event.clear_page', 'event.copy_page', 'event.expand_stack', 'event.find_vma', 'event.fork_refused'],
    ...['command.sysctl_thp', 'event.clear_huge_', 'event.hugepage_', 'event.map_huge_', 'event.pgtable_', 'event.set_huge_'],
    ...['event.thp_', 'event.unmap_huge_'],
    ...['command.sysctl_hugepages', 'event.copy_huge_', 'event.dequeue_', 'event.enqueue_', 'event.hugetlb_'],
    ...['event.unmap_ref_', 'event.update_and_'],
    ...['event.map_zero_page', 'event.mmap_area', 'event.mmu_access_', 'event.munmap_area', 'event.oom_score_'],
    ...['event.page_fault_user_', 'event.page_referenced_', 'event.page_walk', 'event.pte_', 'event.retry_access_'],
    ...['event.sched_process_', 'event.set_pte', 'event.shmem_', 'event.signal_generate_', 'event.spurious_fault'],
    ...['event.switch_mm', 'event.tlb_', 'event.unmap_pte', 'event.vm_enough_memory', 'event.wp_page_reuse'],
    ...['event.enter_lazy_tlb', 'event.leave_lazy_tlb'],
    ...['command.kmap', 'command.kunmap', 'command.kvmalloc', 'command.vfree', 'command.vmalloc', 'event.flush_'],
    ...['event.kmap_', 'event.kunmap_', 'event.purge_', 'event.vfree_', 'event.vmalloc_', 'event.vmap_'],
    ...['event.kmem_cache_', 'event.order_fallback', 'event.sheaf_', 'event.unreserve_', 'event.zone_small_blocks'],
  ],
};

export function words(): Plugin {
  return {
    name: 'mmscope-words',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) {
        return null;
      }
      const [language = '', part] = id.slice(prefix.length + 1).split('/');
      const file = fileURLToPath(new URL(`locales/${language}.json`, import.meta.url));
      this.addWatchFile(file);
      const catalogue = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      const kept = Object.entries(catalogue).filter(([key]) => partOf(key, language) === part);
      return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: 'js' };
    },
  };
}

function partOf(key: string, language: string): string {
  for (const [part, starts] of Object.entries(beginnings)) {
    if (starts.some((start) => key.startsWith(start))) {
      return part;
    }
  }
  return key.startsWith('ui.') && language === 'en' ? 'ui' : 'page';
}
