// What the engine does, reported at the moment it does it.
//
// One sink, a ring of fixed-size events; with no observer attached an emit is one test of one flag. Names are
// the kernel's tracepoints where the kernel has one. The counts survive the ring and answer `events("name")`.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace mmscope {

// kind, then what the fields of TraceEvent hold.
#define MMSCOPE_TRACE_KINDS(X)                                                                                   \
    X(zone_watermark_ok)       /* zone passes: a = NR_FREE_PAGES, b = the mark with its boost, pfn = HighAtomic  */ \
                               /* pages kept back (no frame!), migratetype = pack_rights() (mm/alloc_flags.h) */  \
    X(zone_watermark_low)      /* zone refused: likewise */                                                       \
    X(zone_no_block)           /* enough pages, but no free block of `order` or larger */                         \
    X(zone_small_blocks)       /* 2.6: enough pages, but too many of them in blocks smaller than `order` */        \
    X(list_empty)              /* lists of `order` up to order a hold nothing of `migratetype` */                 \
    X(take)                    /* head of the list: pfn, order, migratetype of the list */                        \
    X(expand)                  /* split: pfn, order = the block's, a = order wanted; upper halves stay listed */  \
    X(claim)                   /* pageblock(s) from pfn become `migratetype`: a = old type, b = block's order */  \
    X(claim_failed)            /* pageblock of pfn stays: a = pages free or alike, b = pages needed */            \
    X(move_freepages)          /* a free pages of the pageblock of pfn moved to lists of `migratetype` */         \
    X(steal)                   /* pfn, order = the block's, migratetype = the list's, a = the type asked for */   \
    X(mm_page_alloc_extfrag)   /* pfn, order wanted, migratetype wanted, a = fallback order, b = fallback type */ \
    X(mm_page_alloc)           /* pfn (0xffffffff: failed), order, migratetype, a = gfp */                        \
    X(page_alloc_failure)      /* nothing found: order, migratetype, a = gfp */                                   \
    X(mm_page_free)            /* pfn, order, migratetype of the pageblock */                                     \
    X(split_large)             /* a freed block larger than a pageblock is freed pageblock by pageblock */        \
    X(merge)                   /* pfn and its buddy a, both of `order`, become one block of order + 1 */          \
    X(relabel)                 /* pageblock of pfn becomes `migratetype` in a merge; a = old type */              \
    X(list_add)                /* pfn, order, migratetype; a = 0 head, 1 tail (its higher buddy is free) */       \
    X(pcp_refill)              /* the CPU's list of order and migratetype is empty: a = blocks wanted, b = got */ \
    X(pcp_take)                /* pfn from the CPU's list; a = pages its lists still hold, b = 0 head, 1 tail */   \
    X(pcp_put)                 /* pfn to the head of the CPU's list; a = pages its lists hold, b = their limit */ \
    X(pcp_drain)               /* the CPU's lists give back a pages; b = pages they hold before */                \
    X(mm_page_pcpu_drain)      /* pfn, order, migratetype: one block of a drain, from a list's tail */            \
    X(boost_watermark)         /* the zone's marks rise: a = boost in pages, b = the most it may be */            \
    X(zone_below_high)         /* free pages under the high mark: a = free pages, b = the limit; lists shrink */     \
    X(wakeup_kswapd)           /* zone, order that could not be had */                                            \
    X(nofragment_retry)        /* no zone without mixing migratetypes: all are tried again, mixing allowed */     \
    X(slowpath)                /* no zone above its low mark: all are tried again against min; a = gfp */         \
    X(reserve_highatomic)      /* pageblock of pfn becomes HighAtomic: a = pages reserved in the zone now */      \
    X(unreserve_highatomic)    /* pageblock of pfn becomes `migratetype` again: a = pages still reserved */      \
    X(mm_filemap_add_to_page_cache)      /* pfn, a = mapping, b = index: a page of a file */                       \
    X(mm_filemap_delete_from_page_cache) /* likewise: dropped, or its file's pages are */                         \
    X(writeback_dirty_folio)   /* pfn, a = mapping, b = index: a page of a file was written to */                  \
    X(balance_dirty_pages)     /* a = dirty pages, b = the limit: whoever writes waits for the flusher */          \
    X(writeback_written)       /* a = pages, b = mapping: they are on the disk */                                  \
    X(folio_keep_dirty)        /* pfn, a = mapping, b = index: reclaim moves a dirty page to the active list */     \
    X(anonymous_fault)         /* pfn, a = mapping, b = index: a page of anonymous memory, touched first */       \
    X(zap_page)                /* likewise: freed, because its area or its process is gone */                     \
    X(mm_lru_activate)         /* likewise: used again, so it moves to the active list */                         \
    X(shmem_read_hole)         /* a = mapping, b = index: nothing is there, so zeros are read and no page is made */ \
    X(shmem_full)              /* a = mapping, b = the most pages that its tmpfs may have: this one is refused */ \
    X(shmem_truncate)          /* a = mapping, b = pages that it has from now on */                               \
    X(mm_vmscan_kswapd_wake)   /* order = what it was woken for, a = node */                                      \
    X(mm_vmscan_kswapd_sleep)  /* a = node */                                                                     \
    X(kswapd_hopeless)         /* a = runs in a row that freed nothing, b = node; not woken any more */           \
    X(mm_vmscan_direct_reclaim_begin)    /* order, migratetype, a = gfp */                                        \
    X(mm_vmscan_direct_reclaim_end)      /* order, migratetype, a = pages freed */                                \
    X(mm_vmscan_lru_shrink_inactive)     /* order = priority, migratetype = LruList, a = pages freed, b = node */ \
    X(mm_vmscan_lru_shrink_active)       /* likewise, a = pages moved to the inactive list */                     \
    X(get_scan_count)          /* order = priority, migratetype = ScanBalance, a = anonymous % of looks, b = node */ \
    /* Swap: order = the area, a = the slot. */                                                                   \
    X(add_to_swap)             /* pfn: it has a slot from now on */                                               \
    X(swap_full)               /* pfn: there is no slot left for it; a = slots of all areas */                    \
    X(mm_vmscan_write_folio)   /* pfn: written to its slot */                                                     \
    X(swap_out)                /* pfn, migratetype = 1: it was written, 0: the slot had it already; it is freed */ \
    X(swap_read_folio)         /* pfn: the slot is read into it */                                                \
    X(swap_free)               /* nobody means the slot any more */                                               \
    X(swapon)                  /* a = pages, b = priority */                                                      \
    X(swapoff)                 /* migratetype = 1: done, a = slots that were used, b = that still are */          \
    X(workingset_refault)      /* pfn, order = 1: active at once, migratetype = 1: a file's, a = distance, b = most */ \
    X(reclaim_retry_zone)      /* order, pfn = min mark (no frame!), a = reclaimable pages, b = free pages */     \
    X(mm_compaction_suitable)  /* migratetype = 1: yes, a = NR_FREE_PAGES, b = fragmentation index + 1000 */      \
    X(mm_compaction_deferred)  /* order, a = requests since the last failure, b = how many are turned away */     \
    X(mm_compaction_begin)     /* order (11: all), migratetype = 1: async; pfn, a = the two scanners */           \
    X(mm_compaction_isolate_migratepages) /* pfn = from, a = to where, b = pages taken to be moved */             \
    X(mm_compaction_isolate_freepages)    /* pfn = from, a = to where, b = free pages taken */                    \
    X(migrate_page)            /* pfn = from, a = to, b = mapping */                                              \
    X(mm_compaction_migratepages)         /* a = pages moved, b = pages that could not be */                      \
    X(mm_compaction_end)       /* order, migratetype = CompactResult, pfn, a = the scanners, b = pages moved */   \
    X(mm_compaction_kcompactd_wake)       /* order, a = node */                                                   \
    X(compact_retry)           /* order, a = CompactPriority of the next attempt */                               \
    X(out_of_memory)           /* order, migratetype, a = gfp: the OOM killer is called */                        \
    X(mark_victim)             /* a = pages of the process that is killed, b = its pid; 0: the script's */         \
    X(oom_panic)               /* order, a = gfp, b = panic_on_oom; 0: nobody is left to be killed */             \
    X(might_sleep)             /* order, migratetype, a = gfp that may sleep (0: kmap), b = Context where nobody may */ \
    X(gfp_warning)             /* order, migratetype, a = gfp, b = GfpWarning */                                  \
    /* Slabs, by SLUB's names for what it counts: pfn, order = the slab's, a = what is said here, b = its cache. */  \
    X(kmem_cache_alloc)        /* the object's place in its slab */                                               \
    X(kmem_cache_free)         /* likewise */                                                                     \
    X(kmalloc)                 /* pfn = the object's frame, a = bytes asked for; b = 0xffffffff: a block of `order` */ \
    X(kfree)                   /* likewise */                                                                     \
    X(alloc_refill)            /* objects that others freed into the CPU's slab, now the CPU's */                 \
    X(cpu_partial_alloc)       /* the CPU's next partial slab becomes its slab: partial slabs left */             \
    X(alloc_from_partial)      /* the node's first partial slab becomes the CPU's: slabs left on the list */      \
    X(cpu_partial_node)        /* a further one goes to the CPU's partial slabs: how many it has */               \
    X(alloc_slab)              /* a new slab: its objects */                                                      \
    X(order_fallback)          /* which is of a smaller order than it should be: its objects */                   \
    X(free_frozen)             /* into a slab that another CPU allocates from: objects on the slab's own list */  \
    X(free_slowpath)           /* into a partial slab: objects on the slab's own list */                          \
    X(cpu_partial_free)        /* into a full slab, now one of the CPU's partial slabs: how many it has */        \
    X(cpu_partial_drain)       /* the CPU's partial slabs go to their nodes, this one first: how many */          \
    X(free_add_partial)        /* to the node's partial list: slabs on it */                                      \
    X(free_remove_partial)     /* empty, off the node's partial list: slabs left on it */                         \
    X(free_slab)               /* back to the page allocator: partial slabs that the node keeps */                \
    X(cpuslab_flush)           /* the CPU gives up its slab: partial slabs that it gives up too */                 \
    /* Sheaves (7.2): a = objects in the sheaf, pfn = frame of the one given next (none: 0xffffffff), b = cache. */  \
    X(sheaf_swap)              /* it becomes the CPU's main sheaf, the other the spare */                         \
    X(barn_get)                /* a full one of the barn, for the CPU's empty one */                              \
    X(barn_put)                /* the CPU's full one goes to the barn */                                          \
    X(sheaf_refill)            /* filled from slabs */                                                            \
    X(sheaf_flush)             /* all of its objects go back to their slabs */                                    \
    X(kmalloc_fix_flags)       /* a = gfp with a zone that slabs cannot be of, b = gfp without it */              \
    X(cache_from_obj)          /* pfn = the object's frame, a = the cache it was freed into, b = its own */                                  \
    /* slab_debug: pfn, order = the slab's; a = number of the bug among SlabAllocator::bugs() */                     \
    X(slab_bug)                /* b = which of its overwritten ranges */                                          \
    X(print_tracking)          /* who had the object */                                                           \
    X(slab_fix)                /* b = range that is put right; 0xffffffff: what else SLUB does (SlabBug::Repair) */ \
    /* vmalloc and kmap: @ = the page of an address (mm/address_event.h). */                                          \
    X(alloc_vmap_area)         /* @ of its start, b = pages, the guard page counted */                             \
    X(vmap_area_failed)        /* @ of the window's start, b = pages: no hole is large enough */                   \
    X(vmalloc_failed)          /* @ of the area, b = frames that could be had */                                   \
    X(vmap_pte_alloc)          /* @ of its first entry, pfn, order = height: a page table of the kernel's */       \
    X(vmap_pages_range)        /* @, pfn = the first frame, b = pages that are mapped now */                       \
    X(free_vmap_area_noflush)  /* @, b = pages, pfn = pages in all that are not purged (no frame!); of no area b = 0 and  \
                                  pfn = the address's bytes behind its page */                                    \
    X(purge_vmap_area_lazy)    /* @ of the lowest, b = areas, pfn = their pages (no frame!) */                     \
    X(flush_tlb_kernel_range)  /* @, b = pages, order = 1: the whole TLB of every CPU */                           \
    X(vfree_deferred)          /* @: freed by a worker, because the caller is an interrupt */                      \
    X(kmap_high)               /* @ of the slot, pfn, b = users */                                                 \
    X(kunmap_high)             /* likewise */                                                                      \
    X(flush_all_zero_pkmaps)   /* @ of the first slot, b = slots that nobody used */                               \
    /* Processes: @ = a and migratetype hold the page of an address (mm/address_event.h). */                         \
    X(mmu_access)              /* @, order = Access, b = pid: an instruction reads, writes or is fetched */          \
    X(tlb_hit)                 /* @, pfn, order = the TLB's level */                                              \
    X(tlb_miss)                /* @, order = Access, b = pid */                                                   \
    X(page_walk)               /* @, pfn = the table's, order = height, zone = PageEntry::summary(), b = entry's pfn */ \
    X(tlb_fill)                /* @, pfn, order = height of the leaf */                                           \
    X(access_frame)            /* @, pfn, order = Access: the access goes through */                              \
    X(page_fault_user)         /* @, order = Access, b = error code */                                            \
    X(find_vma)                /* @ of the area's start, b = its flags, pfn = its pages (no frame!) */             \
    X(expand_stack)            /* @ of its new start, b = pages that it grows by */                               \
    X(signal_generate)         /* @, order = signal, zone = si_code, b = pid */                                   \
    X(pte_alloc)               /* @, pfn, order = height, b = pid: a page table is made */                        \
    X(pte_free)                /* pfn, order = height, b = pid */                                                 \
    X(clear_page)              /* @, pfn: filled with zeroes */                                                   \
    X(map_zero_page)           /* @, pfn: read before it was ever written */                                      \
    X(set_pte)                 /* @, pfn, zone = PageEntry::summary(), b = pid */                                 \
    X(copy_page)               /* @, pfn = the copy, b = the original's */                                        \
    X(wp_page_reuse)           /* @, pfn: nobody else maps it */                                                  \
    X(mm_filemap_fault)        /* @, pfn, order = 1: it had to be read, b = mapping */                            \
    X(mm_filemap_map_pages)    /* @ of the first, b = pages mapped around a fault */                              \
    X(spurious_fault)          /* @: the entry permits it already, only the TLB did not know */                   \
    X(retry_access)            /* @, order = Access: the instruction starts again */                              \
    X(unmap_pte)               /* @, pfn, b = pid */                                                              \
    X(swap_pte)                /* @, pfn = slot (no frame!), zone = area, b = pid: the entry means a slot now */   \
    X(do_swap_page)            /* @, pfn, order = 1: it had to be read, b = pid */                                \
    /* Huge pages: pfn is the head's; with an address order = height of the leaf, else the huge page's order. */      \
    X(clear_huge_page)         /* @, pfn: filled with zeroes */                                                   \
    X(pgtable_trans_huge_deposit) /* @, pfn = the table's: it waits beside the leaf, b = pid */                   \
    X(set_huge_pmd)            /* @, pfn, zone = PageEntry::summary(), b = pid: one entry maps all of it */        \
    X(thp_fault_fallback)      /* @, b = pid: none to be had, so a page of 4 KiB */                               \
    X(thp_zero_page_alloc)     /* pfn: the huge page of zeroes */                                                 \
    X(map_huge_zero_page)      /* @, pfn: read before it was ever written */                                      \
    X(unmap_huge_pmd)          /* @, pfn, b = pid */                                                              \
    X(thp_split_pmd)           /* @, pfn, b = pid: single entries in place of the one, the frames are the same */  \
    X(thp_deferred_split_page) /* pfn, a = pages of it that are still mapped, b = that nobody maps */             \
    X(thp_split_page)          /* pfn, a = pages that nobody mapped: they are free */                             \
    X(hugepage_madvise)        /* @ of the start, pfn = pages (no frame!), b = flags */                           \
    /* Hugetlb memory: pfn is the head's, order = height of the leaf. */                                            \
    X(hugetlb_acct_memory)     /* a = reserved now, b = by so many more, migratetype = 1: less */ \
    X(hugetlb_acct_refused)    /* a = huge pages that were to be reserved, b = that are free and not reserved */ \
    X(dequeue_hugetlb)         /* @, pfn, b = free in the pool now */                                      \
    X(enqueue_hugetlb)         /* pfn, a = free in the pool now */                                         \
    X(set_huge_pte)            /* @, pfn, zone = PageEntry::summary(), b = pid: one entry maps all of it */  \
    X(copy_huge_page)          /* @, pfn = the copy, b = the original's */                                 \
    X(unmap_huge_pte)          /* @, pfn, b = pid */                                                       \
    X(hugetlb_no_page)         /* @, b = pid, zone = 1: the owner has taken the page away: SIGBUS */       \
    X(unmap_ref_private)       /* @, pfn, b = processes that lose the page to the owner of the reserve */   \
    X(alloc_pool_huge_page)    /* pfn, a = huge pages of the pool now */                                   \
    X(update_and_free_hugetlb) /* pfn, a = huge pages of the pool now: it goes back to the page allocator */ \
    X(hugetlb_max_huge_pages)  /* a = wanted, b = kept, pfn = surplus (no frame!) */                       \
    X(page_referenced)         /* pfn, a = entries with A set, b = 1: it becomes active, 0: it stays for now */    \
    X(tlb_flush)               /* order = 1: the whole ASID, @ of the first page, b = pages, zone = CPU */         \
    X(tlb_shootdown)           /* zone = the CPU asked for help, b = pages, @: as above */                        \
    X(switch_mm)               /* a = pid, order = ASID, migratetype = 1: flushed first, b = CPU */               \
    X(enter_lazy_tlb)          /* a = pid, b = CPU: a kernel thread runs there and leaves its page tables loaded */ \
    X(leave_lazy_tlb)          /* a = pid, order = ASID, migratetype = 1: flushed first, b = CPU: it is back */   \
    X(tlb_lazy_skipped)        /* @ of the first page, b = CPUs that are not asked to flush because they are lazy */ \
    X(tlb_leave_mm)            /* a = pid, b = CPU, order = 1: asked by another: it is lazy and changes to init_mm */ \
    X(sched_process_fork)      /* a = parent, b = child */                                                        \
    X(copy_page_range)         /* a = entries copied, b = of those write-protected in both */                     \
    X(fork_refused)            /* a = parent, b = the most processes that may be */                               \
    X(sched_process_exec)      /* a = pid, b = mapping of the program's file */                                   \
    X(oom_score_adj_update)    /* a = pid, b = the new value + 1000 */                                            \
    X(sched_process_exit)      /* a = pid, order = signal, b = pages that were resident */                        \
    X(mmap_area)               /* @ of the start, pfn = pages (no frame!), b = flags, order = Mm::Merged */        \
    X(munmap_area)             /* @ of the start, pfn = pages (no frame!), b = pid */                              \
    X(change_protection)       /* @ of the start, pfn = pages (no frame!), b = flags, order = 1: entries changed */ \
    X(vm_enough_memory)        /* refused: a = pages asked for, b = pages that may be promised */

enum class TraceKind : u8 {
#define MMSCOPE_X(name) name,
    MMSCOPE_TRACE_KINDS(MMSCOPE_X)
#undef MMSCOPE_X
};

inline constexpr std::string_view kTraceKindNames[] = {
#define MMSCOPE_X(name) #name,
    MMSCOPE_TRACE_KINDS(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr u32 kTraceKinds = sizeof(kTraceKindNames) / sizeof(kTraceKindNames[0]);

struct TraceEvent {
    TraceKind kind;
    u8 order;
    u8 migratetype;
    u8 zone;  // index in PageAllocator::zones()
    u32 pfn;
    u32 a;
    u32 b;
    friend bool operator==(const TraceEvent&, const TraceEvent&) = default;
};

// Somebody who wants to look when a certain event has just happened.
class TraceWatcher {
public:
    virtual void event_reached() = 0;

protected:
    ~TraceWatcher() = default;
};

class Trace {
public:
    // An event that tells what the many others are about, and where it stands among those since begin(), from 0.
    struct Headline {
        u64 position = 0;
        TraceEvent event;
    };
    static constexpr u32 kMostHeadlines = 4;  // of a kind
    using Counts = std::array<u64, kTraceKinds>;

    // A trace that nobody looks at.
    Trace() = default;
    // Keeps the last `capacity` events (a power of two).
    explicit Trace(u32 capacity) : ring_(capacity), mask_(capacity - 1), attached_(true) {}

    bool is_attached() const { return attached_; }

    void emit(TraceKind kind, u32 zone, u32 order, u32 migratetype, u32 pfn, u32 a = 0, u32 b = 0) {
        if (!attached_) return;
        record({kind, static_cast<u8>(order), static_cast<u8>(migratetype), static_cast<u8>(zone), pfn, a, b});
    }

    // The last headlines of each kind are kept whatever comes after them.
    void emit_headline(TraceKind kind, u32 zone, u32 order, u32 migratetype, u32 pfn, u32 a = 0, u32 b = 0) {
        emit(kind, zone, order, migratetype, pfn, a, b);
        if (attached_) keep_headline();
    }

    // Events since begin(), oldest first; the oldest are gone once there are more than the ring holds.
    void begin() {
        begin_ = total_;
        headlines_.clear();
    }
    u64 size() const { return total_ - begin_; }                       // all of them
    u32 kept() const;                                                  // those still in the ring
    const TraceEvent& kept_event(u32 index) const;                     // 0 .. kept() - 1

    const std::vector<Headline>& headlines() const { return headlines_; }  // by position
    // Calls the watcher, once, right after event number `event` of those since begin(), from 1. 0: nobody watches.
    void watch(u64 event, TraceWatcher* watcher) {
        watched_ = event == 0 ? 0 : begin_ + event;
        watcher_ = watcher;
    }

    u64 total() const { return total_; }
    const Counts& counts() const { return counts_; }
    void restore(const Counts& counts, u64 total) { counts_ = counts; total_ = begin_ = total; }

private:
    void record(const TraceEvent& event) {
        ++counts_[static_cast<u32>(event.kind)];
        ring_[static_cast<u32>(total_++ & mask_)] = event;
        if (total_ == watched_) [[unlikely]] watcher_->event_reached();
    }
    void keep_headline();

    std::vector<TraceEvent> ring_;
    u64 mask_ = 0;
    u64 total_ = 0;
    u64 begin_ = 0;
    u64 watched_ = 0;  // a total; 0: none
    TraceWatcher* watcher_ = nullptr;
    std::vector<Headline> headlines_;
    Counts counts_{};
    bool attached_ = false;
};

}  // namespace mmscope
